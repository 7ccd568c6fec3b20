package node_test

import (
	"net"
	"strconv"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// A client sends a script and a SET in one packet and resets the connection: at once, once the script runs, or when it has its reply.
// The SET takes effect behind its script or not at all, and nothing is left of the connection.
func TestResetBehindAScript(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		c := testkit.MustDial(t, addr)
		testkit.Must(c.Do("EVAL", "return 1", "0"))(t)
		goroutines, memory := number(t, c, "sigrun", "goroutines"), number(t, c, "memory", "used_memory_overhead")
		const rounds = 150
		for i := range rounds {
			victim, err := testkit.Dial(addr)
			if err != nil {
				t.Fatal(err)
			}
			n := strconv.Itoa(i)
			_ = victim.Send(append(testkit.Command("EVAL", "for i = 1, 20000 do end return redis.call('SET', KEYS[1], 1)", "1", "script:"+n),
				testkit.Command("SET", "behind:"+n, n)...))
			switch i % 3 {
			case 1:
				testkit.Must(c.Do("PING"))(t)
			case 2:
				if reply, err := victim.Read(); err != nil || string(reply) != "+OK\r\n" {
					t.Errorf("%q %v", reply, err)
				}
			}
			_ = victim.Conn.(*net.TCPConn).SetLinger(0)
			_ = victim.Close()
		}
		testkit.Await(t, addr, "connected_clients", "2")
		testkit.Await(t, addr, "scripts_running", "0")
		for i := range rounds {
			n := strconv.Itoa(i)
			script, behind := string(testkit.Must(c.Do("EXISTS", "script:"+n))(t)), string(testkit.Must(c.Do("EXISTS", "behind:"+n))(t))
			if behind > script || i%3 == 2 && script != ":1\r\n" {
				t.Errorf("%d: the script %s, what is behind it %s", i, script, behind)
			}
		}
		testkit.AwaitAtMost(t, addr, "goroutines", goroutines+10) // executors that came to be are kept
		testkit.AwaitAtMost(t, addr, "used_memory_overhead", memory+64<<10)
		c.Want(t, "+OK\r\n", "FLUSHALL")
		testkit.Await(t, addr, "used_memory_dataset", "0")
	})
}
