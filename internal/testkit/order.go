package testkit

import (
	"fmt"
	"strconv"
	"strings"
	"sync"
	"testing"
)

// PipelineOrder lets one client write round after round to many keys, each round as one pipeline in the order of the
// keys, while others read them, at once by MGET and one by one from the last key to the first. Nobody may see a key
// that is ahead of one written before it.
func PipelineOrder(t testing.TB, addr string, rounds int) {
	t.Helper()
	keys := make([]string, 24)
	for i := range keys {
		keys[i] = "order:" + strconv.Itoa(i)
	}
	writer := MustDial(t, addr)
	done := make(chan struct{})
	var readers sync.WaitGroup
	for _, atOnce := range []bool{true, false} {
		c := MustDial(t, addr)
		readers.Add(1)
		go func() {
			defer readers.Done()
			if err := readOrdered(c, keys, atOnce, done); err != nil {
				t.Errorf("read at once %v: %v", atOnce, err)
			}
		}()
	}
	for round := range rounds {
		batch := make([][]string, len(keys))
		for i, k := range keys {
			batch[i] = []string{"SET", k, strconv.Itoa(round + 1)}
		}
		if _, err := writer.Pipeline(batch...); err != nil {
			t.Error(err)
			break
		}
	}
	close(done)
	readers.Wait()
}

func readOrdered(c *Client, keys []string, atOnce bool, done chan struct{}) error {
	for {
		select {
		case <-done:
			return nil
		default:
		}
		seen, err := readRounds(c, keys, atOnce)
		if err == nil {
			err = ordered(seen)
		}
		if err != nil {
			return err
		}
	}
}

// readRounds returns the round of each key, in the order of keys.
func readRounds(c *Client, keys []string, atOnce bool) ([]int, error) {
	seen := make([]int, len(keys))
	if atOnce {
		raw, err := c.Do(append([]string{"MGET"}, keys...)...)
		if err != nil {
			return nil, err
		}
		r, err := Parse(raw)
		if err != nil || len(r.Elems) != len(keys) {
			return nil, fmt.Errorf("MGET: %q %v", raw, err)
		}
		for i, e := range r.Elems {
			seen[i], _ = strconv.Atoi(e.Text)
		}
		return seen, nil
	}
	for i := len(keys) - 1; i >= 0; i-- {
		raw, err := c.Do("GET", keys[i])
		if err != nil {
			return nil, err
		}
		r, err := Parse(raw)
		if err != nil {
			return nil, err
		}
		seen[i], _ = strconv.Atoi(r.Text)
	}
	return seen, nil
}

// ordered refuses a reading in which a later key is in a later round than an earlier one.
func ordered(seen []int) error {
	for i := 1; i < len(seen); i++ {
		if seen[i] > seen[i-1] {
			return fmt.Errorf("key %d is in round %d, key %d before it only in %d", i, seen[i], i-1, seen[i-1])
		}
	}
	return nil
}

// PublishOrder lets publishers on several connections send to one channel and subscribers on others listen. All must
// hear every message, in the same order, and each publisher's in the order sent.
func PublishOrder(t testing.TB, addr string, publishers, subscribers, messages int) {
	t.Helper()
	listeners := make([]*Client, subscribers)
	for i := range listeners {
		listeners[i] = MustDial(t, addr)
		listeners[i].Want(t, "*3\r\n$9\r\nsubscribe\r\n$5\r\norder\r\n:1\r\n", "SUBSCRIBE", "order")
	}
	heard := make([][]string, subscribers)
	var all sync.WaitGroup
	for i, c := range listeners {
		all.Add(1)
		go func() {
			defer all.Done()
			var err error
			if heard[i], err = hear(c, publishers*messages); err != nil {
				t.Errorf("subscriber %d after %d messages: %v", i, len(heard[i]), err)
			}
		}()
	}
	for i := range publishers {
		c := MustDial(t, addr)
		all.Add(1)
		go func() {
			defer all.Done()
			if err := speak(c, i, messages); err != nil {
				t.Errorf("publisher %d: %v", i, err)
			}
		}()
	}
	all.Wait()
	for i := range heard {
		if err := sameOrder(heard[0], heard[i]); err != nil {
			t.Errorf("subscribers 0 and %d: %v", i, err)
		}
	}
}

// speak publishes in pipelines of 8, so that messages of one publisher are on their way together.
func speak(c *Client, id, messages int) error {
	var batch [][]string
	for n := range messages {
		batch = append(batch, []string{"PUBLISH", "order", fmt.Sprintf("%d %d", id, n)})
		if len(batch) == 8 || n == messages-1 {
			if _, err := c.Pipeline(batch...); err != nil {
				return err
			}
			batch = batch[:0]
		}
	}
	return nil
}

func hear(c *Client, n int) ([]string, error) {
	var heard []string
	for range n {
		raw, err := c.Read()
		if err != nil {
			return heard, err
		}
		r, err := Parse(raw)
		if err != nil || len(r.Elems) != 3 {
			return heard, fmt.Errorf("%q %v", raw, err)
		}
		heard = append(heard, r.Elems[2].Text)
	}
	return heard, nil
}

// sameOrder compares what two subscribers heard and looks for a publisher whose messages overtook each other.
func sameOrder(a, b []string) error {
	next := map[string]int{}
	for i := range a {
		if i >= len(b) || a[i] != b[i] {
			return fmt.Errorf("message %d is not the same", i)
		}
		id, n, _ := strings.Cut(a[i], " ")
		if n != strconv.Itoa(next[id]) {
			return fmt.Errorf("message %d of publisher %s came where %d was due", i, id, next[id])
		}
		next[id]++
	}
	return nil
}
