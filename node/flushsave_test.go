package node_test

import (
	"math/rand/v2"
	"path/filepath"
	"sync"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/internal/vfs"
)

// A snapshot that is finished at the moment of FLUSHALL must not bring back what that removed: whichever of its last
// operations FLUSHALL meets, what is on disk once FLUSHALL is answered is the empty file.
func TestFlushAllBesideTheEndOfASnapshot(t *testing.T) {
	for _, operation := range []string{"sync", "rename", "syncdir"} {
		for _, points := range []string{"3600 1", ""} {
			t.Run(operation+" "+points, func(t *testing.T) { flushAt(t, operation, points) })
		}
	}
}

func flushAt(t *testing.T, operation, points string) {
	m := &vfs.Mem{}
	reached, goOn := make(chan struct{}), make(chan struct{})
	var mu sync.Mutex
	armed := false
	m.Before = func(op, name string) error {
		mu.Lock()
		held := armed && op == operation
		if held {
			armed = false
		}
		mu.Unlock()
		if held {
			close(reached)
			<-goOn
		}
		return nil
	}
	c := startOn(t, m, [2]string{"save", points})
	c.Want(t, "+OK\r\n", "SET", "generation", "1")
	mu.Lock()
	armed = true
	mu.Unlock()
	c.Want(t, "+Background saving started\r\n", "BGSAVE")
	<-reached
	answered := flushing(t, c)
	if operation == "sync" { // not in place yet, and out of date
		<-answered
	} else {
		testkit.Await(t, c.Conn.RemoteAddr().String(), "db0", "") // done, and not answered
	}
	close(goOn)
	<-answered
	awaitSave(t, c)
	c.Want(t, ":0\r\n", "DBSIZE")
	want := "bad" // no generation in it
	switch {
	case points == "" && operation == "sync":
		want = "none"
	case points == "": // the snapshot was complete before, and nobody asked for an empty one
		want = "1"
	}
	for i := range 8 {
		if have := generation(m.Crash(rand.New(rand.NewPCG(1, uint64(i))))); have != want {
			t.Fatalf("the file holds %q, want %q", have, want)
		}
	}
	for _, name := range m.Names() {
		if filepath.Base(name) != "dump.rdb" {
			t.Errorf("%s was left", name)
		}
	}
}

// Each of two FLUSHALLs at the same time is answered when what it removed is gone from disk, too, although the file of one of them
// is out of date before it is in place.
func TestFlushAllBesideAnother(t *testing.T) {
	m := &vfs.Mem{}
	var mu sync.Mutex
	var hold []string // the operations that are held next
	held := make(chan chan struct{}, 2)
	m.Before = func(op, name string) error {
		mu.Lock()
		wait := len(hold) > 0 && op == hold[0]
		if wait {
			hold = hold[1:]
		}
		mu.Unlock()
		if wait {
			goOn := make(chan struct{})
			held <- goOn
			<-goOn
		}
		return nil
	}
	c := startOn(t, m, [2]string{"save", "3600 1"})
	c.Want(t, "+OK\r\n", "SET", "generation", "1")
	c.Want(t, "+OK\r\n", "SAVE")
	mu.Lock()
	hold = []string{"create", "sync"}
	mu.Unlock()
	first := flushing(t, c)
	firstCreates := <-held
	second := flushing(t, c)
	secondSyncs := <-held
	close(firstCreates)
	<-first
	for i := range 8 {
		if have := generation(m.Crash(rand.New(rand.NewPCG(1, uint64(i))))); have != "bad" {
			t.Errorf("the file holds %q after FLUSHALL", have)
		}
	}
	close(secondSyncs)
	<-second
}

// flushing has another client of the server say FLUSHALL, and tells when that is answered.
func flushing(t *testing.T, c *testkit.Client) (answered chan struct{}) {
	answered = make(chan struct{})
	go func() {
		defer close(answered)
		other, err := testkit.Dial(c.Conn.RemoteAddr().String())
		if err != nil {
			t.Error(err)
			return
		}
		defer other.Close()
		other.Want(t, "+OK\r\n", "FLUSHALL")
	}()
	return answered
}
