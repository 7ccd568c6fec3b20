package node_test

import (
	"math/rand/v2"
	"sync"
	"testing"
	"time"

	"sigrun/internal/testkit"
	"sigrun/internal/vfs"
)

// A snapshot that is cancelled when nothing is left to be done but to put its file in place does not come into place, and one whose
// file comes into place is not said to be cancelled.
func TestCancelBesideTheEndOfASnapshot(t *testing.T) {
	const cancelled = "+Background saving cancelled\r\n"
	const ended = "-ERR Background saving is currently not in progress or scheduled\r\n"
	for _, at := range []struct {
		operation, reply, file, saves string
	}{{"sync", cancelled, "none", "1"}, {"rename", ended, "1", "1"}, {"syncdir", ended, "1", "1"}} {
		t.Run(at.operation, func(t *testing.T) {
			m, c, goOn := saveHeldAt(t, at.operation)
			if at.reply == cancelled {
				c.Want(t, at.reply, "BGSAVE", "CANCEL")
				testkit.Await(t, c.Conn.RemoteAddr().String(), "rdb_bgsave_in_progress", "0")
				goOn()
			} else { // the answer comes with the end
				_ = c.Send(testkit.Command("BGSAVE", "CANCEL"))
				testkit.Await(t, c.Conn.RemoteAddr().String(), "rdb_bgsave_in_progress", "1")
				goOn()
				if have := string(testkit.Must(c.Read())(t)); have != at.reply {
					t.Errorf("%q, want %q", have, at.reply)
				}
			}
			info := string(testkit.Must(c.Do("INFO", "persistence"))(t))
			for field, want := range map[string]string{"rdb_bgsave_in_progress": "0", "rdb_last_bgsave_status": "ok", "rdb_saves": at.saves} {
				if have := testkit.InfoField(info, field); have != want {
					t.Errorf("%s:%s, want %s", field, have, want)
				}
			}
			c.Want(t, "+OK\r\n", "SET", "generation", "3")
			c.Want(t, "+Background saving started\r\n", "BGSAVE") // when the one before has gone
			if have := generation(m); have != at.file && have != "3" {
				t.Errorf("the file holds %q, want %q", have, at.file)
			}
			awaitSave(t, c)
		})
	}
}

// A node that ends without saving leaves the file as it was, also when a snapshot is complete at that moment; one that saves at its
// end does so although the file of a snapshot is just coming into place.
func TestShutdownBesideTheEndOfASnapshot(t *testing.T) {
	for _, at := range []struct{ operation, how, file string }{{"sync", "NOSAVE", "none"}, {"sync", "SAVE", "2"}, {"rename", "SAVE", "2"}} {
		t.Run(at.operation+" "+at.how, func(t *testing.T) {
			m, c, goOn := saveHeldAt(t, at.operation)
			c.Want(t, "+OK\r\n", "SET", "generation", "2")
			_ = c.Send(testkit.Command("SHUTDOWN", at.how))
			wait := 50 * time.Millisecond // where SHUTDOWN waits for the end of the snapshot, it has to go on
			if at.how == "NOSAVE" {       // which gives the snapshot up, if it has come by then
				wait = 3 * time.Second
			}
			time.AfterFunc(wait, goOn)
			if reply, err := c.Read(); err == nil {
				t.Errorf("SHUTDOWN was answered: %q", reply)
			}
			goOn()
			if have := generation(m.Crash(rand.New(rand.NewPCG(1, 1)))); have != at.file {
				t.Errorf("the file holds %q, want %q", have, at.file)
			}
		})
	}
}

// saveHeldAt begins a BGSAVE that stands still at one of its last operations until goOn is called.
func saveHeldAt(t *testing.T, operation string) (m *vfs.Mem, c *testkit.Client, goOn func()) {
	reached, held := make(chan struct{}), make(chan struct{})
	var mu sync.Mutex
	armed := false
	m = &vfs.Mem{Before: func(op, name string) error {
		mu.Lock()
		stop := armed && op == operation
		armed = armed && !stop
		mu.Unlock()
		if stop {
			close(reached)
			<-held
		}
		return nil
	}}
	goOn = sync.OnceFunc(func() { close(held) })
	c = startOn(t, m)
	t.Cleanup(goOn)
	c.Want(t, "+OK\r\n", "SET", "generation", "1")
	mu.Lock()
	armed = true
	mu.Unlock()
	c.Want(t, "+Background saving started\r\n", "BGSAVE")
	<-reached
	return m, c, goOn
}
