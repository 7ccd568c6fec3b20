package testkit

import (
	"errors"
	"math"
	"math/rand"
	"slices"
	"strconv"
	"strings"
)

// Sorting is SORT with all its options, over lists, sets and sorted sets, among commands
// that fill them and the keys that patterns name. Words of their own stand for
//
//	$k      a key that is sorted          $s   a key to store in
//	$e $n   an element, mostly a number; one that is no number
//	$p      a pattern                     $v   what is under a key that a pattern names
var Sorting = sorting{NewGrammar([]Rule{
	{8, Exact, "RPUSH $k $e $e $e $e"}, {6, Exact, "RPUSH $k $e"}, {3, Exact, "RPUSH $k $n"}, {4, Exact, "SADD m $e $e $e"}, {5, Exact, "ZADD $k 1 $e 2 $e 3 $e 0 $e"}, {2, Exact, "ZADD $k 5 $n"},
	{8, Exact, "SET $w $v"}, {5, Exact, "MSET $w $v $w $v $w $v"}, {4, Exact, "HSET $h f $v g $v"}, {2, Exact, "DEL $w"}, {4, Exact, "DEL $k"}, {1, Exact, "RPUSH $w x"},
	{12, Exact, "SORT $k (ALPHA|DESC|ASC|LIMIT I I)"}, {12, Exact, "SORT $k BY $p (ALPHA|DESC|ASC)"}, {10, Exact, "SORT $k (ALPHA|GET $p|GET #|DESC|LIMIT I I)"},
	{10, Exact, "SORT $k BY $p (GET $p|GET #|ALPHA|STORE $s)"}, {10, Exact, "SORT $k ALPHA STORE $s"}, {6, Exact, "SORT $k STORE $s (DESC|LIMIT I I|GET $p)"},
	{6, Exact, "SORT_RO $k (ALPHA|DESC|BY $p|GET $p|GET #)"}, {1, Exact, "SORT_RO $k (STORE $s|x)"}, {6, Exact, "LRANGE $s 0 -1"}, {2, Exact, "DEL $s"}, {1, Exact, "SET $k V"},
	{3, Exact, "MULTI"}, {6, Exact, "EXEC"}, {1, Exact, "WATCH $k"}, {3, Exact, "EVAL script 1 $k"}, {1, Exact, "TYPE $k"},
})}

type sorting struct{ *Grammar }

// Step makes one command. Sets, which are under the key m, have an order of their own in
// each server, and so have elements whose weights are compared as texts and equal.
func (g sorting) Step(r *rand.Rand) Step {
	for {
		s := g.Grammar.Step(r)
		if slices.ContainsFunc(s.Args, outOfRange) {
			continue
		}
		if is(s.Args, "EVAL") {
			if len(s.Args) != 4 || s.Args[2] != "1" {
				continue
			}
			s.Args[1] = "return redis.call('SORT', KEYS[1], 'BY', 'w*', 'GET', 'w*', 'GET', '#')"
		}
		if !strings.HasPrefix(strings.ToUpper(s.Args[0]), "SORT") {
			return s
		}
		has := func(word string) bool {
			return slices.ContainsFunc(s.Args, func(w string) bool { return strings.EqualFold(w, word) })
		}
		switch {
		case has("BY") && has("ALPHA") && has("STORE"):
			continue
		case has("BY") && has("ALPHA"):
			s.How = Shape
		case has("BY") && len(s.Args) > 1 && s.Args[1] == "m":
			if s.How = Sorted; has("LIMIT") || has("GET") {
				s.How = Shape
			}
		}
		return s
	}
}

// outOfRange reports a number beyond what doubles hold, or so small that they lose digits:
// 7.0 takes one for the error of a later SORT.
func outOfRange(w string) bool {
	d, err := strconv.ParseFloat(w, 64)
	return errors.Is(err, strconv.ErrRange) || d != 0 && math.Abs(d) < 0x1p-1022
}

func sortWord(r *rand.Rand, w string) string {
	one := func(of ...string) string { return of[r.Intn(len(of))] }
	small := func() string { return strconv.Itoa(r.Intn(8)) }
	switch w {
	case "$k":
		return one("a", "b", "c", "d", "m")
	case "$s":
		return one("s", "t", "a")
	case "$e":
		return one(small(), small(), small(), "1.5", "-2", "10", "1e2", strconv.Itoa(r.Intn(100)))
	case "$n":
		return one("x", "", "1 ", "nan", "inf", "777\x00z", "b", "B")
	case "$p":
		return one("w*", "w*", "w*", "h*->f", "h*->g", "h*->", "nokey", "#", "*", "v*x", "a*->f->g", "")
	case "$w":
		return one("w", "w", "w", "v") + small() + one("", "", "x")
	case "$h":
		return "h" + small()
	case "$v":
		return one(small(), small(), "5", "2.5", "x", "abc", "", "-1")
	}
	return w
}
