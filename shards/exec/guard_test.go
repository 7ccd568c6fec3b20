package exec_test

import (
	"testing"

	"sigrun/protocol/call"
	"sigrun/shards/exec"
)

// A handler that meets a fault on an executor is told of, with the command that was running, of a transaction that of its commands which it was.
func TestFaultsAreTold(t *testing.T) {
	b := newBare(t)
	e := b.ctx.Engine()
	var told []*call.Fault
	e.Crashed = func(f *call.Fault) { told = append(told, f) }
	e.Handlers[b.table.Lookup([]byte("APPEND")).ID()] = func(*exec.Ctx) error { panic("a fault") }
	run := func(c *call.Call) (v any) {
		defer func() { v = recover() }()
		c.Client, c.Set = &b.cl, *b.all
		b.ctx.RunCall(c)
		return nil
	}
	single := b.command("APPEND", "k", "v")
	if v := run(&call.Call{Command: single}); v != "a fault" || len(told) != 1 || told[0].Value != v || told[0].Command.Spec != single.Spec || told[0].Client != &b.cl ||
		told[0].Shard() != int(single.Shard) || len(told[0].Stack) == 0 {
		t.Errorf("%v: %+v", v, told)
	}
	if v := run(&call.Call{Command: b.command("GET", "k")}); v != nil || len(told) != 1 {
		t.Errorf("%v: %+v", v, told)
	}
}

// A fault of a goroutine that runs no call is told of, without a command, and goes on; where nobody is told it goes on as it is.
func TestFaultsOfOthersAreTold(t *testing.T) {
	e := newBare(t).ctx.Engine()
	var told []*call.Fault
	run := func() (v any) {
		defer func() { v = recover() }()
		defer e.Guard()
		panic("a fault")
	}
	e.Crashed = nil
	if v := run(); v != "a fault" || len(told) != 0 {
		t.Errorf("%v: %+v", v, told)
	}
	e.Crashed = func(f *call.Fault) { told = append(told, f) }
	if v := run(); v != "a fault" || len(told) != 1 || told[0].Value != v || told[0].Command != nil || len(told[0].Stack) == 0 {
		t.Errorf("%v: %+v", v, told)
	}
}
