package metrics

import (
	"fmt"
	"strings"
)

// Section is a part of INFO. The constants stand in the order in which they are written.
type Section uint8

const (
	Server Section = iota
	Clients
	Memory
	Persistence
	Stats
	Replication
	CPU
	Modules
	Engines
	CommandStats
	ErrorStats
	LatencyStats
	Cluster
	Keyspace
	Debug
	Sigrun // what only this server has: tokens, rings, ignition
	sections
)

// layout says how a section is titled and asked for.
var layout = [sections]struct {
	title     string
	ask       string // lower case
	byDefault bool
	inAll     bool
}{
	Server:       {"Server", "server", true, true},
	Clients:      {"Clients", "clients", true, true},
	Memory:       {"Memory", "memory", true, true},
	Persistence:  {"Persistence", "persistence", true, true},
	Stats:        {"Stats", "stats", true, true},
	Replication:  {"Replication", "replication", true, true},
	CPU:          {"CPU", "cpu", true, true},
	Modules:      {"Modules", "modules", true, true},
	Engines:      {"Scripting Engines", "scriptingengines", false, true},
	CommandStats: {"Commandstats", "commandstats", false, true},
	ErrorStats:   {"Errorstats", "errorstats", true, true},
	LatencyStats: {"Latencystats", "latencystats", false, true},
	Cluster:      {"Cluster", "cluster", true, true},
	Keyspace:     {"Keyspace", "keyspace", true, true},
	Debug:        {"Debug", "debug", false, false},
	Sigrun:       {"Sigrun", "sigrun", true, true},
}

// Row is one field of INFO, or, with Lines, as many as there are at the moment (a line per database or command).
// The functions run on the goroutine that renders and may read counters only.
type Row struct {
	Section Section
	Name    string
	Value   func() string
	Lines   func(emit func(name, value string))
}

// Info holds the rows of one node. It is filled at start and only read afterwards.
type Info struct {
	rows [sections][]Row
}

// Add appends rows; within a section they are written in the order added.
func (i *Info) Add(rows ...Row) {
	for _, r := range rows {
		if (r.Value == nil) == (r.Lines == nil) {
			panic("BUG: an INFO row has either a value or lines: " + r.Name)
		}
		i.rows[r.Section] = append(i.rows[r.Section], r)
	}
}

// Render writes the sections a client asked for: names in any case, default, all  or everything;
// none means default. An unknown name asks for nothing. A section without rows is left out.
func (i *Info) Render(asked ...string) string {
	want := wanted(asked)
	var b strings.Builder
	for s := range sections {
		if !want[s] || len(i.rows[s]) == 0 {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString("# " + layout[s].title + "\r\n")
		emit := func(name, value string) { b.WriteString(name + ":" + value + "\r\n") }
		for _, r := range i.rows[s] {
			if r.Value != nil {
				emit(r.Name, r.Value())
			} else {
				r.Lines(emit)
			}
		}
	}
	return b.String()
}

func wanted(asked []string) (want [sections]bool) {
	if len(asked) == 0 {
		asked = []string{"default"}
	}
	for _, a := range asked {
		a = strings.ToLower(a)
		for s, l := range layout {
			hit := a == l.ask || a == "default" && l.byDefault || a == "all" && l.inAll ||
				a == "everything" && Section(s) != Debug
			want[s] = want[s] || hit
		}
	}
	return want
}

// Number makes the value of a row from a function that folds counters.
func Number(fold func() uint64) func() string {
	return func() string { return fmt.Sprint(fold()) }
}

// Text makes the value of a row that never changes.
func Text(s string) func() string {
	return func() string { return s }
}

// Bytes writes a size the way INFO's _human fields do: 512B, 1.50K, 2.00G.
func Bytes(n uint64) string {
	if n < 1024 {
		return fmt.Sprintf("%dB", n)
	}
	f := float64(n) / 1024
	for _, unit := range "KMGTP" {
		if f < 1024 {
			return fmt.Sprintf("%.2f%c", f, unit)
		}
		f /= 1024
	}
	return fmt.Sprintf("%dB", n)
}
