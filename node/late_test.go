package node_test

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestRepliesHeldBack has forty clients talk to one loop that two others keep busy, so that
// it finds many of them ready at a time and answers them together. Each compares every
// reply; some say QUIT behind a pipeline and some shut down their sending side, and are
// answered all the same.
func TestRepliesHeldBack(t *testing.T) {
	addr := nodetest.Start(t, [2]string{"io-threads", "1"})
	main := testkit.MustDial(t, addr)
	testkit.Must(main.Do("SETBIT", "heavy", strconv.Itoa(8<<20), "1"))(t)
	var busy, clients sync.WaitGroup
	var done atomic.Bool
	for range 2 {
		busy.Go(func() { keepBusy(t, addr, &done) })
	}
	for id := range 40 {
		clients.Go(func() {
			for round := range 15 {
				if err := counting(addr, id, round); err != nil {
					t.Error(err)
					return
				}
			}
		})
	}
	clients.Wait()
	done.Store(true)
	busy.Wait()
	info, err := testkit.Parse(testkit.Must(main.Do("INFO", "everything"))(t))
	if n := testkit.InfoField(info.Text, "replies_held_back"); err != nil || n == "0" || n == "" {
		t.Errorf("%q replies were held back (%v)", n, err)
	}
}

func keepBusy(t *testing.T, addr string, done *atomic.Bool) {
	c, err := testkit.Dial(addr)
	for err == nil && !done.Load() {
		_, err = c.Pipeline([]string{"BITCOUNT", "heavy"}, []string{"BITCOUNT", "heavy"})
	}
	if err != nil {
		t.Error(err)
		return
	}
	_ = c.Close()
}

// counting is one connection: it counts a key up, a few pipelines long, and ends.
func counting(addr string, id, round int) error {
	c, err := testkit.Dial(addr)
	if err != nil {
		return err
	}
	defer c.Close()
	key := fmt.Sprint("count:", id, ":", round)
	for n := range 8 {
		if err := threeMore(c, key, 3*n, nil); err != nil {
			return err
		}
	}
	switch id % 3 {
	case 0:
		return threeMore(c, key, 24, func() error { return c.Send(testkit.Command("QUIT")) })
	case 1:
		return threeMore(c, key, 24, c.Conn.(*net.TCPConn).CloseWrite)
	}
	return nil
}

// threeMore sends three INCRs, then what comes next, and compares their replies.
func threeMore(c *testkit.Client, key string, from int, next func() error) error {
	incr := testkit.Command("INCR", key)
	if err := c.Send([]byte(strings.Repeat(string(incr), 3))); err != nil {
		return err
	}
	if next != nil {
		if err := next(); err != nil {
			return err
		}
	}
	for i := range 3 {
		reply, err := c.Read()
		if want := fmt.Sprintf(":%d\r\n", from+i+1); err != nil || string(reply) != want {
			return fmt.Errorf("%s: %q instead of %q (%v)", key, reply, want, err)
		}
	}
	return nil
}
