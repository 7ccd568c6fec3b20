package node_test

import (
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"sigrun/internal/config"
	"sigrun/internal/glob"
	"sigrun/internal/testkit"
	"sigrun/internal/vfs"
	"sigrun/node"
)

// A node that ends does not answer a FLUSHALL that it cannot bring to disk any more: what it removed would be back after the next start.
func TestFlushAllOfANodeThatEnds(t *testing.T) {
	m := &vfs.Mem{}
	var hold atomic.Bool
	goOn, held := make(chan struct{}), make(chan struct{})
	m.Before = func(operation, name string) error {
		if operation == "create" && hold.CompareAndSwap(true, false) {
			close(held)
			<-goOn
		}
		return nil
	}
	cfg := config.New(glob.Match)
	for _, o := range [][2]string{{"port", "0"}, {"bind", "127.0.0.1"}, {"save", "3600 1"}} {
		if err := cfg.Override(o[0], o[1]); err != nil {
			t.Fatal(err)
		}
	}
	n := testkit.Must(node.Start(node.Options{Config: cfg, FS: m, AnyPort: true, Loads: true}))(t)
	if err := n.Load(); err != nil {
		t.Fatal(err)
	}
	c, d, e := testkit.MustDial(t, n.Addr()), testkit.MustDial(t, n.Addr()), testkit.MustDial(t, n.Addr())
	for _, who := range []*testkit.Client{d, e} { // who is not accepted before the end begins is reset
		who.Want(t, "+PONG\r\n", "PING")
	}
	c.Want(t, "+OK\r\n", "SET", "generation", "1")
	c.Want(t, "+OK\r\n", "SAVE")
	hold.Store(true)
	go func() { _, _ = d.Do("BGSAVE") }()
	<-held
	closed := make(chan struct{})
	go func() { _ = n.Close(); close(closed) }() // which waits for the snapshot
	<-n.Control.Leaving()
	flush := make(chan string, 1)
	go func() {
		reply, _ := c.Do("FLUSHALL")
		flush <- string(reply)
	}()
	until(t, e, ":0\r\n", "DBSIZE")
	close(goOn)
	<-closed
	if reply, kept := <-flush, generation(m.Crash(rand.New(rand.NewPCG(1, 1)))); reply == "+OK\r\n" && kept == "1" {
		t.Errorf("FLUSHALL was answered, and the file holds generation %q", kept)
	}
}
