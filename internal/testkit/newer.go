package testkit

import (
	"math/rand"
	"strconv"
)

// Newer makes commands on strings that are younger than the reference; it gets a script
// that does what the documentation says.
func Newer(r *rand.Rand) Step {
	key := func() string { return word(r, "k") }
	text := func() string { return [...]string{"x", "12", "ohmytext"}[r.Intn(3)] }
	s := Step{Conn: r.Intn(3)}
	switch r.Intn(6) {
	case 0:
		s.Args = []string{"SET", key(), text()}
	case 1, 2:
		k, v := key(), text()
		s.Args = []string{"DELIFEQ", k, v}
		s.Instead = []string{"EVAL", deleteIfEqual, "1", k, v}
	case 3, 4:
		s.compareAndSet(r, key(), text(), text())
	default:
		s.setSeveral(r, key, text)
	}
	return s
}

const deleteIfEqual = `local v = redis.pcall('GET', KEYS[1])
if type(v) == 'table' then return v end
if v == ARGV[1] then return redis.call('DEL', KEYS[1]) end
return 0`

const setIfEqual = `local v = redis.pcall('GET', KEYS[1])
if type(v) == 'table' then return v end
local done = false
if v == ARGV[2] then done = redis.call('SET', KEYS[1], ARGV[1], unpack(ARGV, 4)) end
if ARGV[3] == 'GET' then return v end
return done`

// compareAndSet makes SET with IFEQ.
func (s *Step) compareAndSet(r *rand.Rand, key, value, comparison string) {
	expiry := [...][]string{nil, {"EX", "1000"}, {"PX", "1000000"}, {"KEEPTTL"}, {"PXAT", "99999999999999"}}[r.Intn(5)]
	s.Args = append([]string{"SET", key, value, "IFEQ", comparison}, expiry...)
	get := ""
	if r.Intn(2) == 0 {
		get = "GET"
		s.Args = append(s.Args, "get")
	}
	s.Instead = append([]string{"EVAL", setIfEqual, "1", key, value, comparison, get}, expiry...)
}

const setAll = `local n = tonumber(ARGV[2])
if ARGV[1] ~= '' and redis.call('EXISTS', unpack(KEYS)) ~= (ARGV[1] == 'XX' and n or 0) then return 0 end
for i = 1, n do redis.call('SET', KEYS[i], ARGV[2 + i], unpack(ARGV, 3 + n)) end
return 1`

// setSeveral makes MSETEX.
func (s *Step) setSeveral(r *rand.Rand, key, text func() string) {
	n := 1 + r.Intn(3)
	count := strconv.Itoa(n)
	condition := [...]string{"", "NX", "XX"}[r.Intn(3)]
	expiry := [...][]string{nil, {"EX", "1000"}, {"PX", "1000000"}, {"KEEPTTL"}, {"PXAT", "99999999999999"}}[r.Intn(5)]
	s.Args = []string{"MSETEX", count}
	var keys, values []string
	for range n {
		k, v := key(), text()
		s.Args = append(s.Args, k, v)
		keys, values = append(keys, k), append(values, v)
	}
	if condition != "" {
		s.Args = append(s.Args, condition)
	}
	s.Args = append(s.Args, expiry...)
	s.Instead = append(append([]string{"EVAL", setAll, count}, keys...), condition, count)
	s.Instead = append(append(s.Instead, values...), expiry...)
}
