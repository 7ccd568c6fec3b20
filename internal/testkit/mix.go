package testkit

import (
	"fmt"
	"math/rand"
)

// Mix is a kind of history: which operations clients choose from. Next may use nothing but r; unique is a value nobody
// else writes, so that a reader can tell whose write it saw.
type Mix struct {
	Name string
	Next func(r *rand.Rand, unique string) Op
}

// Mixes lists all of them.
func Mixes() []Mix {
	return []Mix{
		{"registers", single(registers)},
		{"transactions", grouped(registers, Transaction)},
		{"moves", single(moves)},
		{"lists", single(lists)},
		{"scripts", grouped(registers, Script, LooseScript)},
		{"everything", everything},
	}
}

// command makes one command.
type command func(r *rand.Rand, unique string) []string

// historyKeys hash to slots that are far apart; "n" holds numbers in most mixes.
var historyKeys = []string{"a", "b", "c", "d", "n"}

func key(r *rand.Rand) string { return historyKeys[r.Intn(4)] }

// pair makes two different keys.
func pair(r *rand.Rand) (string, string) {
	i, j := r.Intn(4), r.Intn(3)
	if j >= i {
		j++
	}
	return historyKeys[i], historyKeys[j]
}

func registers(r *rand.Rand, unique string) []string {
	a, b := pair(r)
	switch r.Intn(10) {
	case 0, 1:
		return []string{"GET", a}
	case 2:
		return []string{"SET", a, unique}
	case 3, 4:
		return []string{"MSET", a, unique, b, unique}
	case 5, 6, 7:
		return []string{"MGET", a, b, "n"}
	case 8:
		return []string{"INCR", "n"}
	}
	return []string{"DEL", a, b}
}

func moves(r *rand.Rand, unique string) []string {
	a, b := pair(r)
	switch r.Intn(8) {
	case 0, 1:
		return []string{"SET", a, unique}
	case 2, 3:
		return []string{"RENAME", a, b}
	case 4:
		return []string{"COPY", a, b, "REPLACE"}
	case 5:
		return []string{"COPY", a, b}
	case 6:
		return []string{"EXISTS", a, b}
	}
	return []string{"MGET", a, b}
}

func lists(r *rand.Rand, unique string) []string {
	a, b := pair(r)
	side := [...]string{"LEFT", "RIGHT"}
	switch r.Intn(10) {
	case 0, 1:
		return []string{"LPUSH", a, unique}
	case 2:
		return []string{"RPUSH", a, unique, unique + "'"}
	case 3:
		return []string{"LPOP", a}
	case 4:
		return []string{"RPOP", a}
	case 5, 6, 7:
		return []string{"BLMOVE", a, b, side[r.Intn(2)], side[r.Intn(2)], "0.02"}
	case 8:
		return []string{"LLEN", a}
	}
	return []string{"LRANGE", a, "0", "-1"}
}

func single(next command) func(*rand.Rand, string) Op {
	return func(r *rand.Rand, unique string) Op {
		return Op{Commands: [][]string{next(r, unique)}}
	}
}

// grouped makes units of two to four commands two times in three; half of the transactions watch a key.
func grouped(next command, units ...Unit) func(*rand.Rand, string) Op {
	return func(r *rand.Rand, unique string) Op {
		if r.Intn(3) == 0 {
			return single(next)(r, unique)
		}
		o := Op{Unit: units[r.Intn(len(units))]}
		for i := range 2 + r.Intn(3) {
			o.Commands = append(o.Commands, next(r, fmt.Sprintf("%s.%d", unique, i)))
		}
		if o.Unit == Transaction && r.Intn(2) == 0 {
			o.Watch = []Read{{Args: []string{"GET", key(r)}}}
		}
		return o
	}
}

// everything lets all of it meet on the same keys, wrong types included. Blocking commands stay out of units, where
// they do not block.
func everything(r *rand.Rand, unique string) Op {
	switch r.Intn(6) {
	case 0:
		return single(lists)(r, unique)
	case 1:
		return single(moves)(r, unique)
	case 2:
		return grouped(moves, Transaction, Script, LooseScript)(r, unique)
	}
	return grouped(registers, Transaction, Script, LooseScript)(r, unique)
}
