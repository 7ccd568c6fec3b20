package archtest

import "testing"

// TestMeetingsAreJudged shows what a simulated run would not know of.
func TestMeetingsAreJudged(t *testing.T) {
	try(t, map[string]breach{
		"a goroutine by sim":              {"goroutines have an owner", "storage/db/a.go:2", "storage/db/a.go", "package db\nfunc f() { sim.Go(\"f\", f) }"},
		"a goroutine of a group":          {"goroutines have an owner", "storage/db/a.go:2", "storage/db/a.go", "package db\nfunc f() { x.jobs.Go(\"f\", f) }"},
		"a goroutine unseen":              {"goroutines meet where a run can be simulated", "node/a.go:2 starts", "node/a.go", "package node\nfunc f() { go f() }"},
		"a goroutine seen":                {"goroutines meet where a run can be simulated", "", "node/a.go", "package node\nfunc f() { sim.Go(\"f\", f) }"},
		"a sleep":                         {"goroutines meet where a run can be simulated", "sim.Sleep", "node/a.go", "package node\nfunc f() { time.Sleep(1) }"},
		"a sleep at a door":               {"goroutines meet where a run can be simulated", "", "cmd/a/a.go", "package main\nfunc f() { time.Sleep(1) }"},
		"a sleep on the ground":           {"goroutines meet where a run can be simulated", "", "internal/ring/a.go", "package ring\nfunc f() { time.Sleep(1) }"},
		"a lock":                          {"goroutines meet where a run can be simulated", "sim.Mutex", "node/a.go", "package node\ntype t struct { mu sync.Mutex }"},
		"chance":                          {"goroutines meet where a run can be simulated", "internal/rng", "node/a.go", "package node\nimport _ \"math/rand/v2\""},
		"a receive":                       {"goroutines meet where a run can be simulated", "sim.Receive", "node/a.go", "package node\nfunc f(c chan int) { <-c }"},
		"a select":                        {"goroutines meet where a run can be simulated", "sim.Either", "node/a.go", "package node\nfunc f(c chan int) { select { case <-c: } }"},
		"a select that polls":             {"goroutines meet where a run can be simulated", "", "node/a.go", "package node\nfunc f(c chan int) { select { case <-c: default: } }"},
		"a walk over a field":             {"walks over maps have an order", "node/a.go:3", "node/a.go", "package node\ntype t struct { m map[int]int }\nfunc f(x t) { for range x.m { } }"},
		"a walk over a variable":          {"walks over maps have an order", "node/a.go:2", "node/a.go", "package node\nfunc f() { m := map[int]int{}; for range m { } }"},
		"a walk over what is returned":    {"walks over maps have an order", "node/a.go:3", "node/a.go", "package node\nfunc g() map[int]int { return nil }\nfunc f() { for range g() { } }"},
		"a walk over keys":                {"walks over maps have an order", "node/a.go:2", "node/a.go", "package node\nfunc f() { for range maps.Keys(x) { } }"},
		"a walk over a slice":             {"walks over maps have an order", "", "node/a.go", "package node\ntype t struct { m []int }\nfunc f(x t) { for range x.m { } }"},
		"a walk in order":                 {"walks over maps have an order", "", "node/a.go", "package node\ntype t struct { m map[int]int }\nfunc f(x t) { for range sim.Walk(x.m, cmp.Compare) { } }"},
		"a walk whose order is no matter": {"walks over maps have an order", "", "node/a.go", "package node\ntype t struct { m map[int]int }\nfunc f(x t) { for range x.m { // in any order\n} }"},
	})
}
