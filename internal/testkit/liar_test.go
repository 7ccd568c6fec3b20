package testkit

import (
	"bufio"
	"net"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"
)

// liar is a server on top of the model that breaks one promise. The checker has to notice each, or it proves nothing.
type liar struct {
	lie   string // "" is honest
	mu    sync.Mutex
	state *State
}

// serve answers one connection until it ends.
func (l *liar) serve(conn net.Conn) {
	defer conn.Close()
	in := bufio.NewReader(conn)
	s := &liarSession{liar: l}
	for {
		raw, err := readReply(in)
		if err != nil {
			return
		}
		r, err := Parse(raw)
		if err != nil {
			return
		}
		args := make([]string, len(r.Elems))
		for i, e := range r.Elems {
			args[i] = e.Text
		}
		if _, err := conn.Write([]byte(s.answer(args))); err != nil {
			return
		}
	}
}

type liarSession struct {
	*liar
	queue   [][]string
	inMulti bool
	watched *State // at WATCH; nil without
}

func (s *liarSession) answer(args []string) string {
	switch args[0] {
	case "FLUSHALL":
		s.mu.Lock()
		defer s.mu.Unlock()
		s.state = Empty()
		return rawOK
	case "WATCH":
		s.mu.Lock()
		defer s.mu.Unlock()
		s.watched = s.state
		return rawOK
	case "MULTI":
		s.inMulti = true
		return rawOK
	case "EXEC":
		return s.exec()
	}
	if s.inMulti {
		s.queue = append(s.queue, args)
		return "+QUEUED\r\n"
	}
	return s.single(args)
}

func (s *liarSession) exec() string {
	queue, watched := s.queue, s.watched
	s.queue, s.inMulti, s.watched = nil, false, nil
	if s.lie == "EXEC in pieces" {
		var replies []string
		for _, c := range queue {
			replies = append(replies, s.run(c)...)
			time.Sleep(200 * time.Microsecond)
		}
		return rawArray(replies)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if watched != nil && watched.String() != s.state.String() && s.lie != "deaf WATCH" {
		return rawNullArray
	}
	next, replies := s.state.Run(queue...)
	s.state = next
	return rawArray(replies)
}

// single runs a command, or what a server would make of it that breaks it into pieces.
func (s *liarSession) single(a []string) string {
	pause := func() { time.Sleep(200 * time.Microsecond) }
	switch {
	case s.lie == "MSET in pieces" && a[0] == "MSET":
		s.run([]string{"SET", a[1], a[2]})
		pause()
		return s.run([]string{"SET", a[3], a[4]})[0]
	case s.lie == "MGET in pieces" && a[0] == "MGET":
		var replies []string
		for _, k := range a[1:] {
			replies = append(replies, s.run([]string{"GET", k})...)
			pause()
		}
		return rawArray(replies)
	case s.lie == "RENAME in pieces" && a[0] == "RENAME":
		if s.run([]string{"COPY", a[1], a[2], "REPLACE"})[0] != rawInt(1) {
			return rawNoKey
		}
		pause()
		s.run([]string{"DEL", a[1]})
		return rawOK
	case s.lie == "BLMOVE in pieces" && a[0] == "BLMOVE":
		popped := s.run([]string{a[3][:1] + "POP", a[1]})[0]
		if popped == rawNull {
			return popped
		}
		pause()
		r, _ := Parse([]byte(popped))
		s.run([]string{a[4][:1] + "PUSH", a[2], r.Text})
		return popped
	case s.lie == "stale GET" && (a[0] == "GET" || a[0] == "MGET"):
		s.mu.Lock()
		old := s.state
		s.mu.Unlock()
		time.Sleep(50 * time.Microsecond)
		_, replies := old.Run(a)
		return replies[0]
	}
	return s.run(a)[0]
}

func (s *liarSession) run(args []string) []string {
	s.mu.Lock()
	defer s.mu.Unlock()
	next, replies := s.state.Run(args)
	s.state = next
	return replies
}

func (l *liar) listen(t *testing.T) string {
	t.Helper()
	l.state = Empty()
	socket, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	go func() {
		for {
			conn, err := socket.Accept()
			if err != nil {
				return
			}
			go l.serve(conn)
		}
	}()
	return socket.Addr().String()
}

// TestLiesAreCaught gives each broken promise up to 40 rounds to be noticed. A read that took its answer from a moment
// within its own time is no lie, and neither is an honest server.
func TestLiesAreCaught(t *testing.T) {
	cases := []struct {
		lie, mix string
		caught   bool
	}{
		{"", "registers", false},
		{"", "transactions", false},
		{"", "moves", false},
		{"", "lists", false},
		{"stale GET", "registers", false},
		{"MSET in pieces", "registers", true},
		{"MGET in pieces", "registers", true},
		{"EXEC in pieces", "transactions", true},
		{"deaf WATCH", "transactions", true},
		{"RENAME in pieces", "moves", true},
		{"BLMOVE in pieces", "lists", true},
	}
	for _, c := range cases {
		t.Run(strings.TrimSpace(c.mix+" "+c.lie), func(t *testing.T) {
			addr := (&liar{lie: c.lie}).listen(t)
			caught := false
			for round := int64(0); round < 40 && !caught; round++ {
				if !c.caught && round == 3 {
					break
				}
				history, err := Record(addr, mixCalled(c.mix), round, 8, 30)
				if err != nil {
					t.Fatal(err)
				}
				verdict := porcupine.CheckOperationsTimeout(Model(), history, judging)
				if verdict == porcupine.Unknown {
					t.Fatal("undecided")
				}
				caught = verdict == porcupine.Illegal
			}
			if caught != c.caught {
				t.Errorf("caught: %v", caught)
			}
		})
	}
}

func mixCalled(name string) Mix {
	for _, m := range Mixes() {
		if m.Name == name {
			return m
		}
	}
	panic("BUG: no mix " + name)
}
