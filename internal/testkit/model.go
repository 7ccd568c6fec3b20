package testkit

import (
	"fmt"
	"math"
	"sort"
	"strconv"
	"strings"
)

// State is a small Valkey that runs one command after another: what histories are checked against. It knows strings and
// lists without expiry and answers in RESP2. A State is never changed; Run and Step return new ones.
type State struct {
	keys map[string]entry
	text string // canonical, for comparison
}

// entry is a value; items of a list are never changed in place.
type entry struct {
	isList bool
	text   string
	items  []string
}

// Empty is the state after FLUSHALL.
func Empty() *State { return &State{keys: map[string]entry{}} }

// String tells all keys and values, in order.
func (s *State) String() string { return s.text }

// Run takes commands in one indivisible step and returns the raw reply of each.
func (s *State) Run(commands ...[]string) (*State, []string) {
	w := world{}
	for k, e := range s.keys {
		w[k] = e
	}
	replies := make([]string, len(commands))
	for i, args := range commands {
		replies[i] = w.run(args)
	}
	return &State{keys: w, text: w.String()}, replies
}

// world is a keyspace on its way from one state to the next.
type world map[string]entry

func (w world) String() string {
	names := make([]string, 0, len(w))
	for k := range w {
		names = append(names, k)
	}
	sort.Strings(names)
	var b strings.Builder
	for _, k := range names {
		if e := w[k]; e.isList {
			fmt.Fprintf(&b, "%s=%q ", k, e.items)
		} else {
			fmt.Fprintf(&b, "%s=%q ", k, e.text)
		}
	}
	return b.String()
}

// Raw replies and errors of the model.
const (
	rawOK        = "+OK\r\n"
	rawNull      = "$-1\r\n"
	rawNullArray = "*-1\r\n"
	rawWrongType = "-WRONGTYPE Operation against a key holding the wrong kind of value\r\n"
	rawNotInt    = "-ERR value is not an integer or out of range\r\n"
	rawOverflow  = "-ERR increment or decrement would overflow\r\n"
	rawNoKey     = "-ERR no such key\r\n"
	rawSame      = "-ERR source and destination objects are the same\r\n"
)

func rawInt(n int) string { return ":" + strconv.Itoa(n) + "\r\n" }

func rawBulk(s string) string { return "$" + strconv.Itoa(len(s)) + "\r\n" + s + "\r\n" }

func rawArray(elems []string) string {
	return "*" + strconv.Itoa(len(elems)) + "\r\n" + strings.Join(elems, "")
}

func (w world) run(args []string) string {
	name, a := strings.ToUpper(args[0]), args[1:]
	switch name {
	case "GET":
		return w.get(a[0])
	case "SET":
		w[a[0]] = entry{text: a[1]}
		return rawOK
	case "MGET":
		return w.mget(a)
	case "MSET":
		for i := 0; i < len(a); i += 2 {
			w[a[i]] = entry{text: a[i+1]}
		}
		return rawOK
	case "INCR":
		return w.incr(a[0])
	case "DEL", "EXISTS":
		return w.count(a, name == "DEL")
	case "FLUSHALL":
		clear(w)
		return rawOK
	case "RENAME":
		return w.rename(a[0], a[1])
	case "COPY":
		return w.copy(a[0], a[1], len(a) == 3)
	case "LPUSH", "RPUSH":
		return w.push(a[0], a[1:], name == "LPUSH")
	case "LPOP", "RPOP":
		return w.pop(a[0], name == "LPOP")
	case "LLEN":
		e := w[a[0]]
		return w.list(a[0], rawInt(len(e.items)))
	case "LRANGE":
		return w.lrange(a[0], a[1], a[2])
	case "BLMOVE":
		return w.move(a[0], a[1], strings.ToUpper(a[2]) == "LEFT", strings.ToUpper(a[3]) == "LEFT")
	}
	panic("BUG: the model does not know " + name)
}

func (w world) get(k string) string {
	e, ok := w[k]
	switch {
	case !ok:
		return rawNull
	case e.isList:
		return rawWrongType
	}
	return rawBulk(e.text)
}

func (w world) mget(names []string) string {
	elems := make([]string, len(names))
	for i, k := range names {
		if elems[i] = w.get(k); elems[i] == rawWrongType {
			elems[i] = rawNull
		}
	}
	return rawArray(elems)
}

func (w world) incr(k string) string {
	e, ok := w[k]
	if e.isList {
		return rawWrongType
	}
	if !ok {
		e.text = "0"
	}
	n, err := strconv.ParseInt(e.text, 10, 64)
	if err != nil || strconv.FormatInt(n, 10) != e.text {
		return rawNotInt
	}
	if n == math.MaxInt64 {
		return rawOverflow
	}
	w[k] = entry{text: strconv.FormatInt(n+1, 10)}
	return rawInt(int(n + 1))
}

func (w world) count(names []string, remove bool) string {
	n := 0
	for _, k := range names {
		if _, ok := w[k]; ok {
			n++
		}
		if remove {
			delete(w, k)
		}
	}
	return rawInt(n)
}

func (w world) rename(from, to string) string {
	e, ok := w[from]
	if !ok {
		return rawNoKey
	}
	delete(w, from)
	w[to] = e
	return rawOK
}

func (w world) copy(from, to string, replace bool) string {
	if from == to {
		return rawSame
	}
	e, ok := w[from]
	if _, there := w[to]; !ok || there && !replace {
		return rawInt(0)
	}
	w[to] = e
	return rawInt(1)
}

// list answers reply, unless the key holds a string.
func (w world) list(k, reply string) string {
	if e, ok := w[k]; ok && !e.isList {
		return rawWrongType
	}
	return reply
}

func (w world) push(k string, values []string, front bool) string {
	if e := w.list(k, ""); e != "" {
		return e
	}
	items := append([]string(nil), w[k].items...)
	for _, v := range values {
		if front {
			items = append([]string{v}, items...)
		} else {
			items = append(items, v)
		}
	}
	w[k] = entry{isList: true, items: items}
	return rawInt(len(items))
}

func (w world) pop(k string, front bool) string {
	items := w[k].items
	if len(items) == 0 {
		return w.list(k, rawNull)
	}
	v, rest := items[len(items)-1], items[:len(items)-1]
	if front {
		v, rest = items[0], items[1:]
	}
	if len(rest) == 0 {
		delete(w, k)
	} else {
		w[k] = entry{isList: true, items: rest}
	}
	return rawBulk(v)
}

func (w world) lrange(k, from, to string) string {
	items := w[k].items
	start, _ := strconv.Atoi(from)
	stop, _ := strconv.Atoi(to)
	if start < 0 {
		start = max(start+len(items), 0)
	}
	if stop < 0 {
		stop += len(items)
	}
	elems := []string{}
	for i := start; i <= stop && i < len(items); i++ {
		elems = append(elems, rawBulk(items[i]))
	}
	return w.list(k, rawArray(elems))
}

func (w world) move(from, to string, fromFront, toFront bool) string {
	if e := w.list(from, ""); e != "" {
		return e
	}
	if len(w[from].items) == 0 {
		return rawNull
	}
	if e := w.list(to, ""); e != "" {
		return e
	}
	reply := w.pop(from, fromFront)
	r, _ := Parse([]byte(reply))
	w.push(to, []string{r.Text}, toFront)
	return reply
}
