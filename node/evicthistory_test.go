package node_test

import (
	"fmt"
	"math/rand"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/anishathalye/porcupine"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// touch is what one client did with one key, and seen what it was answered: a value's number, or that there was none.
type touch struct {
	key, verb string
	number    int // of the value that it writes
}

// absent is the number of no value.
const absent = 0

// evictedModel is one key that may go at any time, and then is gone: a value that was not there, or not any more, is never seen again.
var evictedModel = porcupine.Model{
	Partition: func(history []porcupine.Operation) [][]porcupine.Operation {
		at := map[string][]porcupine.Operation{}
		for _, op := range history {
			key := op.Input.(touch).key
			at[key] = append(at[key], op)
		}
		var parts [][]porcupine.Operation
		for _, part := range at {
			parts = append(parts, part)
		}
		return parts
	},
	Init: func() any { return absent },
	Step: func(state, input, output any) (bool, any) {
		now, in, seen := state.(int), input.(touch), output.(int)
		if in.verb == "SET" {
			return true, in.number
		}
		if seen != absent && seen != now {
			return false, now
		}
		switch in.verb {
		case "GET": // of a key that is not there it is known that it is gone
			return true, seen
		case "SETNX": // seen is what it left in place
			if seen == absent {
				return true, in.number
			}
			return true, now
		case "GETSET":
			return true, in.number
		}
		return true, absent // GETDEL
	},
	DescribeOperation: func(in, out any) string { return fmt.Sprint(in, " -> ", out) },
}

// valued is a value of a number, as long as it takes to have keys go.
func valued(number int) string { return strconv.Itoa(number) + ":" + strings.Repeat("v", 8000) }

func numberOf(t *testing.T, reply string) int {
	_, text, _ := strings.Cut(reply, "\r\n")
	if strings.HasPrefix(reply, "$-1") || strings.HasPrefix(reply, "_") {
		return absent
	}
	head, tail, _ := strings.Cut(text, ":")
	n, err := strconv.Atoi(head)
	if err != nil || tail != strings.Repeat("v", 8000)+"\r\n" {
		t.Errorf("a value that nobody wrote: %.60q", reply)
	}
	return n
}

// TestHistoriesWhileEvicting has eight clients work on keys of which not all find room. One order for each key explains what they saw, in which a key
// goes now and then, and what has gone does not come back; and each key that went is counted, once: those that came are there, or were removed, or went.
func TestHistoriesWhileEvicting(t *testing.T) {
	for _, policy := range []string{"allkeys-lru", "allkeys-lfu", "allkeys-random"} {
		t.Run(policy, func(t *testing.T) {
			nodetest.EachMode(t, func(t *testing.T, addr string) { evictingHistory(t, addr, policy) })
		})
	}
}

func evictingHistory(t *testing.T, addr, policy string) {
	c := testkit.MustDial(t, addr)
	setting(t, c, "notify-keyspace-events", "Eneg$")
	events := testkit.MustDial(t, addr)
	kinds := []string{"new", "evicted", "del"}
	for _, kind := range kinds {
		testkit.Must(events.Do("SUBSCRIBE", "__keyevent@0__:"+kind))(t)
	}
	setting(t, c, "maxmemory-policy", policy, "maxmemory", strconv.Itoa(fieldOf(t, c, "used_memory")+400<<10))
	var history []porcupine.Operation
	var mu sync.Mutex
	var all sync.WaitGroup
	begin := time.Now()
	for id := range 8 {
		all.Go(func() {
			own := played(t, testkit.MustDial(t, addr), id, begin)
			mu.Lock()
			history = append(history, own...)
			mu.Unlock()
		})
	}
	all.Wait()
	if verdict := porcupine.CheckOperationsTimeout(evictedModel, history, time.Minute); verdict != porcupine.Ok {
		t.Errorf("%d operations: %v", len(history), verdict)
	}
	setting(t, c, "maxmemory", "0") // nothing goes any more
	size := testkit.Must(c.Do("DBSIZE"))(t)
	left, _ := strconv.Atoi(strings.Trim(string(size), ":\r\n"))
	evicted := fieldOf(t, c, "evicted_keys")
	testkit.Must(c.Do("PUBLISH", "__keyevent@0__:new", "the end"))(t)
	counts := map[string]int{}
	for {
		m := string(testkit.Must(events.Read())(t))
		if strings.Contains(m, "the end") {
			break
		}
		for _, kind := range kinds {
			if strings.Contains(m, "@0__:"+kind+"\r\n") {
				counts[kind]++
			}
		}
	}
	if counts["evicted"] != evicted || evicted < 100 || counts["new"]-counts["del"]-evicted != left {
		t.Errorf("%d keys are left; events: %v; evicted_keys: %d", left, counts, evicted)
	}
}

// played is what one client does, and sees.
func played(t *testing.T, c *testkit.Client, id int, begin time.Time) (history []porcupine.Operation) {
	rng := rand.New(rand.NewSource(testkit.Seed()*100 + int64(id)))
	for i := range 250 {
		in := touch{key: fmt.Sprint("k", rng.Intn(120)), number: 1 + i*8 + id}
		var args []string
		switch rng.Intn(10) {
		case 0, 1, 2, 3:
			in.verb, args = "GET", []string{"GET", in.key}
		case 4, 5, 6:
			in.verb, args = "SET", []string{"SET", in.key, valued(in.number)}
		case 7:
			in.verb, args = "SETNX", []string{"SET", in.key, valued(in.number), "NX", "GET"}
		case 8:
			in.verb, args = "GETSET", []string{"GETSET", in.key, valued(in.number)}
		default:
			in.verb, args = "GETDEL", []string{"GETDEL", in.key}
		}
		from := time.Since(begin)
		reply, err := c.Do(args...)
		if err != nil {
			t.Error(err)
			return history
		}
		seen := absent
		if in.verb != "SET" {
			seen = numberOf(t, string(reply))
		} else if string(reply) != "+OK\r\n" {
			t.Errorf("%q", reply)
		}
		history = append(history, porcupine.Operation{ClientId: id, Input: in, Call: from.Nanoseconds(), Output: seen, Return: time.Since(begin).Nanoseconds()})
	}
	return history
}

// TestEvictedModelBites: what was gone does not come back, and nobody sees what was not written yet.
func TestEvictedModelBites(t *testing.T) {
	at := int64(0)
	op := func(verb string, number, seen int) porcupine.Operation {
		at += 10
		return porcupine.Operation{Input: touch{"k", verb, number}, Call: at, Output: seen, Return: at + 5}
	}
	for text, history := range map[string][]porcupine.Operation{
		"gone and back":        {op("SET", 1, 0), op("GET", 0, 0), op("GET", 0, 1)},
		"never written":        {op("GET", 0, 3), op("SET", 3, 0)},
		"an older one":         {op("SET", 1, 0), op("SET", 2, 0), op("GET", 0, 1)},
		"there for a moment":   {op("SET", 1, 0), op("SETNX", 2, 0), op("GET", 0, 1)},
		"removed and returned": {op("SET", 1, 0), op("GETDEL", 0, 1), op("GETSET", 2, 1)},
	} {
		if porcupine.CheckOperations(evictedModel, history) {
			t.Errorf("%s: it is believed", text)
		}
	}
	if !porcupine.CheckOperations(evictedModel, []porcupine.Operation{op("SET", 1, 0), op("GET", 0, 1), op("GET", 0, 0), op("SETNX", 2, 0), op("GETSET", 3, 2), op("GETDEL", 0, 0), op("GET", 0, 0)}) {
		t.Error("a history with an eviction is not believed")
	}
}
