package node_test

import (
	"fmt"
	"math/rand"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
	"sigrun/protocol/slot"
)

var relaxed = [2]string{"pipeline-order", "relaxed"}

// TestRelaxedKeepsRepliesAndKeysInOrder has clients send pipelines over keys of their own
// and compares every reply with the model: however commands overtake each other, replies
// come in order and every key sees its commands in order.
func TestRelaxedKeepsRepliesAndKeysInOrder(t *testing.T) {
	nodetest.EachModeInTraffic(t, func(t *testing.T, addr string) {
		var clients sync.WaitGroup
		for id := range 4 {
			clients.Go(func() {
				if err := relaxedClient(addr, id, 60); err != nil {
					t.Error(err)
				}
			})
		}
		clients.Wait()
		info, err := testkit.Parse(testkit.Must(testkit.MustDial(t, addr).Do("INFO", "everything"))(t))
		if n := testkit.InfoField(info.Text, "calls_overtaken"); err != nil || n == "0" && strings.HasSuffix(t.Name(), "chaos") {
			t.Errorf("%s calls were overtaken: nothing was relaxed (%v)", n, err)
		}
	}, relaxed)
}

func relaxedClient(addr string, id, rounds int) error {
	c, err := testkit.Dial(addr)
	if err != nil {
		return err
	}
	defer c.Close()
	r := rand.New(rand.NewSource(testkit.Seed() + int64(id)))
	model := testkit.Empty()
	for range rounds {
		batch := make([][]string, 1+r.Intn(120))
		for i := range batch {
			batch[i] = relaxedCommand(r, id)
		}
		var want []string
		model, want = model.Run(batch...)
		got, err := c.Pipeline(batch...)
		if err != nil {
			return err
		}
		for i := range want {
			if string(got[i]) != want[i] {
				return fmt.Errorf("client %d, %q: got %q, want %q", id, batch[i], got[i], want[i])
			}
		}
	}
	return nil
}

func relaxedCommand(r *rand.Rand, id int) []string {
	key := func() string { return fmt.Sprintf("relaxed:%d:%d", id, r.Intn(30)) }
	switch r.Intn(12) {
	case 0:
		return []string{"MGET", key(), key(), key()}
	case 1:
		return []string{"DEL", key()}
	case 2:
		return []string{"RPUSH", key(), strconv.Itoa(r.Intn(9))}
	case 3:
		return []string{"LRANGE", key(), "0", "-1"}
	case 4, 5:
		return []string{"SET", key(), strconv.Itoa(r.Intn(99))}
	case 6:
		return []string{"MSET", key(), "1", key(), "2"}
	case 7, 8:
		return []string{"GET", key()}
	}
	return []string{"INCR", key()}
}

// TestRelaxedOvertakes holds one shard with a script and sees a command behind it take
// effect before, then -BUSY in its place among the replies, and the connection go on.
func TestRelaxedOvertakes(t *testing.T) {
	for _, ignition := range []string{"off", "forced"} {
		t.Run("ignition "+ignition, func(t *testing.T) {
			addr := nodetest.Start(t, relaxed, [2]string{"ignition", ignition}, [2]string{"io-threads", "2"},
				[2]string{"busy-reply-threshold", "5000"})
			script, c, other := testkit.MustDial(t, addr), testkit.MustDial(t, addr), testkit.MustDial(t, addr)
			if err := script.Send(testkit.Command("EVAL", "redis.call('GET', KEYS[1]) while true do end", "1", "held")); err != nil {
				t.Fatal(err)
			}
			testkit.Await(t, addr, "scripts_running", "1")
			var raw []byte
			for _, args := range [][]string{{"SET", "held", "1"}, {"SET", "free", "2"}, {"GET", "free"}} {
				raw = append(raw, testkit.Command(args...)...)
			}
			if err := c.Send(raw); err != nil {
				t.Fatal(err)
			}
			reply := []byte("$-1\r\n")
			for string(reply) == "$-1\r\n" { // -BUSY comes in the end
				reply = testkit.Must(other.Do("GET", "free"))(t)
			}
			if string(reply) != "$1\r\n2\r\n" {
				t.Errorf("the command on a free shard waited: %q", reply)
			}
			for _, want := range []string{"-BUSY Valkey is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.\r\n", "+OK\r\n", "$1\r\n2\r\n"} {
				if got, err := c.Read(); err != nil || string(got) != want {
					t.Errorf("got %q %v, want %q", got, err, want)
				}
			}
			other.Want(t, "+OK\r\n", "SCRIPT", "KILL")
			if _, err := script.Read(); err != nil {
				t.Fatal(err)
			}
			c.Want(t, "$-1\r\n", "GET", "held")
		})
	}
}

// A client that is cut off by the last of the replies that it waited for ends once. It waits: a script holds the shard.
func TestRelaxedClientsEndOnce(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		c, holds := testkit.MustDial(t, addr), testkit.MustDial(t, addr)
		testkit.Must(c.Do("SADD", "set", strings.Repeat("x", 1000)))(t)
		const enough = 20
		for overtaken, deadline := 0, time.Now().Add(time.Minute); overtaken < enough; {
			if time.Now().After(deadline) {
				t.Fatalf("%d calls were overtaken", overtaken)
			}
			var victims []*testkit.Client
			for range enough {
				victims = append(victims, testkit.MustDial(t, addr))
			}
			_ = holds.Send(testkit.Command("EVAL", "for i = 1, 5e6 do end", "1", "set"))
			for _, v := range victims {
				_ = v.Send(testkit.Command("SRANDMEMBER", "set", "-1500"))
			}
			for _, v := range victims {
				if _, err := v.Read(); err == nil {
					t.Fatal("a reply came that is too large")
				}
				_ = v.Close()
			}
			testkit.Must(holds.Read())(t)
			overtaken = number(t, c, "sigrun", "calls_overtaken")
		}
		testkit.Await(t, addr, "connected_clients", "3")
	}, relaxed, [2]string{"client-output-buffer-limit", "normal 1mb 0 0"})
}

// Whoever wants no replies is not cut off because one would have been large.
func TestRepliesThatNobodyWantsCutNobodyOff(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		c := testkit.MustDial(t, addr)
		defer c.Close()
		testkit.Must(c.Do("SADD", "set", strings.Repeat("x", 1000)))(t)
		_ = c.Send(append(testkit.Command("CLIENT", "REPLY", "OFF"), testkit.Command("SRANDMEMBER", "set", "-10000")...))
		c.Want(t, "+OK\r\n", "CLIENT", "REPLY", "ON")
	}, [2]string{"client-output-buffer-limit", "normal 1mb 0 0"})
}

// elsewhere is a key whose commands may overtake those on another: neither slot nor shard nor bit of the reorder buffer is the same.
func elsewhere(from string) string {
	for i := 0; ; i++ {
		key := fmt.Sprint("elsewhere", i)
		if a, b := int(slot.Of([]byte(from))), int(slot.Of([]byte(key))); a&63 != b&63 && max(a-b, b-a) > slot.Count/2 {
			return key
		}
	}
}

// whileHeld runs do while a script holds the shard of the key "held", again when the script has ended before.
func whileHeld(t *testing.T, c *testkit.Client, do func()) {
	loops := 30_000_000
	for deadline := time.Now().Add(2 * time.Minute); ; loops *= 2 {
		script := testkit.MustDial(t, c.Conn.RemoteAddr().String())
		_ = script.Send(testkit.Command("EVAL", fmt.Sprintf("redis.call('GET', KEYS[1]) for i = 1, %d do end", loops), "1", "held"))
		over := make(chan struct{})
		go func() {
			defer close(over)
			_, _ = script.Read()
		}()
		for running := false; !running && !closed(over); running = number(t, c, "sigrun", "scripts_running") > 0 {
			time.Sleep(time.Millisecond)
		}
		do()
		held := number(t, c, "sigrun", "scripts_running") > 0
		<-over
		_ = script.Close()
		if held {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal("no script lasted for long enough")
		}
	}
}

// closed reports whether nothing is to come by a channel any more.
func closed(over chan struct{}) bool {
	select {
	case <-over:
		return true
	default:
		return false
	}
}

var oneLoop, patient = [2]string{"io-threads", "1"}, [2]string{"busy-reply-threshold", "60000"}

// A command that overtakes another and turns out to last keeps its place among the replies, and its client ends once.
func TestRelaxedLastingCommandsKeepTheirPlace(t *testing.T) {
	addr := nodetest.Start(t, relaxed, oneLoop, patient)
	c := testkit.MustDial(t, addr)
	c.Want(t, "+OK\r\n", "SET", "held", "first")
	z := elsewhere("held")
	members := []string{"ZADD", z}
	for i := range 30000 {
		members = append(members, strconv.Itoa(i), "m"+strconv.Itoa(i))
	}
	ask := append(append(testkit.Command("GET", "held"), testkit.Command("ZPOPMIN", z, "25000")...), testkit.Command("PING")...)
	for _, stays := range []bool{false, true} {
		var y *testkit.Client
		whileHeld(t, c, func() {
			if y != nil {
				_ = y.Close()
			}
			testkit.Must(c.Do(members...))(t)
			y = testkit.MustDial(t, addr)
			if err := y.Send(ask); err != nil {
				t.Fatal(err)
			}
			for string(testkit.Must(c.Do("ZCARD", z))(t)) != ":5000\r\n" {
				time.Sleep(time.Millisecond)
			}
			if !stays {
				_ = y.Close()
			}
		})
		for _, want := range []string{"$5\r\nfirst\r\n", "*50000\r\n", "+PONG\r\n"} {
			if got, err := y.Read(); stays && (err != nil || !strings.HasPrefix(string(got), want)) {
				t.Errorf("got %.20q %v, want %.20q", got, err, want)
			}
		}
		_ = y.Close()
	}
	testkit.Await(t, addr, "connected_clients", "2") // c, and who looks
}

// A reply that is too large, behind one that is awaited, ends its own client and no other one.
func TestRelaxedCutsOffWhoAsked(t *testing.T) {
	addr := nodetest.Start(t, relaxed, oneLoop, patient, [2]string{"client-output-buffer-limit", "normal 1mb 0 0"})
	c := testkit.MustDial(t, addr)
	set := elsewhere("held")
	c.Want(t, ":1\r\n", "SADD", set, strings.Repeat("x", 1000))
	var y *testkit.Client
	whileHeld(t, c, func() {
		before := number(t, c, "sigrun", "calls_overtaken")
		if y != nil {
			_ = y.Close()
		}
		y = testkit.MustDial(t, addr)
		if err := y.Send(append(testkit.Command("GET", "held"), testkit.Command("SRANDMEMBER", set, "-1500")...)); err != nil {
			t.Fatal(err)
		}
		for number(t, c, "sigrun", "calls_overtaken") == before && number(t, c, "sigrun", "scripts_running") > 0 {
			time.Sleep(time.Millisecond)
		}
	})
	if got, err := y.Read(); err == nil {
		t.Errorf("got %.20q", got)
	}
	c.Want(t, ":1\r\n", "SCARD", set)
}
