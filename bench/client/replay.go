package client

import (
	"strings"

	"sigrun/bench/wire"
	"sigrun/bench/workload"
)

// Log is commands that were recorded, with their times.
type Log struct {
	Classes []string
	Entries []Entry
	Speed   float64 // 2: twice as fast as they were recorded
}

// Entry is one of them.
type Entry struct {
	At     int64 // nanoseconds since the first
	Client int   // that sent it, from 0
	Class  int
	DB     int // that the client was in; -1: nobody knows
	Args   []string
}

// entry is one as a thread sends it.
type entry struct {
	at    int64
	lane  *lane
	cmd   *workload.Command
	bytes []byte
	db    int
	// selects: behind it the connection is in a database that only the server knows.
	selects bool
}

// farAway is a time, in nanoseconds, that no run reaches.
const farAway = 1e18

// of are the entries of a thread's lanes. Who sent more than there are lanes share one.
func (l *Log) of(t *thread) (list []entry) {
	mine := map[uint64]*lane{}
	for _, l := range t.lanes {
		mine[l.id] = l
	}
	commands := make([]workload.Command, len(l.Classes))
	for i := range commands {
		commands[i] = workload.Command{Class: i, Name: l.Classes[i]}
	}
	for i := range l.Entries {
		e := &l.Entries[i]
		to := mine[uint64(e.Client%t.Clients)]
		if to == nil {
			continue
		}
		list = append(list, entry{at: t.from + int64(min(float64(e.At)/l.Speed, farAway)), lane: to, cmd: &commands[e.Class],
			bytes: wire.AppendCommand(nil, e.Args...), db: e.DB, selects: strings.EqualFold(e.Args[0], "select")})
	}
	return list
}
