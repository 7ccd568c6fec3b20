// Package set implements the commands on sets. A handler runs under the tokens of its keys
// and sees nothing but its exec.Ctx.
package set

import (
	"slices"

	"sigrun/protocol/command"
	"sigrun/shards/exec"
)

const (
	readKey = command.KeyRO
	getKey  = command.KeyRO | command.KeyAccess
	addKey  = command.KeyRW | command.KeyInsert
	remKey  = command.KeyRW | command.KeyDelete
	popKey  = command.KeyRW | command.KeyAccess | command.KeyDelete
	putKey  = command.KeyOW | command.KeyUpdate
)

// Rows are the commands of this family.
func Rows() []exec.Row {
	return slices.Concat(memberRows(), randomRows(), joinRows())
}

func row(run exec.Handler, s command.Spec) exec.Row {
	s.ACL, s.Group = command.CatSet, "set"
	return exec.Row{Run: run, Spec: s}
}

// unordered says that the members of a reply come in no order.
var unordered = []string{"nondeterministic_output_order"}

func memberRows() []exec.Row {
	const fastWrite, fastRead = command.Write | command.Fast, command.ReadOnly | command.Fast
	return []exec.Row{
		row(sadd, command.Spec{Name: "SADD", Arity: -3, Flags: fastWrite | command.DenyOOM, Keys: command.OneKey(addKey), Since: "1.0.0",
			Summary: "Adds members to a set, which is made if it does not exist.", Complexity: "O(1) for each member, O(N) to add N of them."}),
		row(srem, command.Spec{Name: "SREM", Arity: -3, Flags: fastWrite, Keys: command.OneKey(remKey), Since: "1.0.0",
			Summary: "Removes members from a set; a set without members is deleted.", Complexity: "O(N) where N is the number of members named."}),
		row(sismember, command.Spec{Name: "SISMEMBER", Arity: 3, Flags: fastRead, Keys: command.OneKey(readKey), Since: "1.0.0",
			Summary: "Tells whether something is a member of a set.", Complexity: "O(1)"}),
		row(smismember, command.Spec{Name: "SMISMEMBER", Arity: -3, Flags: fastRead, Keys: command.OneKey(getKey), Since: "6.2.0",
			Summary: "Tells which of several things are members of a set.", Complexity: "O(N) where N is the number of things asked for."}),
		row(scard, command.Spec{Name: "SCARD", Arity: 2, Flags: fastRead, Keys: command.OneKey(readKey), Since: "1.0.0",
			Summary: "Returns the number of members of a set.", Complexity: "O(1)"}),
		row(smembers, command.Spec{Name: "SMEMBERS", Arity: 2, Flags: command.ReadOnly, Keys: command.OneKey(getKey), Since: "1.0.0",
			Summary: "Returns all members of a set.", Complexity: "O(N) where N is the number of members.", Tips: unordered}),
		row(sscan, command.Spec{Name: "SSCAN", Arity: -3, Flags: command.ReadOnly, Keys: command.OneKey(getKey), Since: "2.8.0",
			Summary: "Walks over the members of a set in steps.", Complexity: "O(1) for a step, O(N) for a whole walk, N being the number of members.",
			Tips: []string{"nondeterministic_output"}}),
		row(smove, command.Spec{Name: "SMOVE", Arity: 4, Flags: fastWrite, Since: "1.0.0",
			Keys:    []command.KeySpec{{First: 1, Flags: popKey}, {First: 2, Flags: addKey}},
			Summary: "Moves a member from a set to another one.", Complexity: "O(1)"}),
	}
}

func randomRows() []exec.Row {
	const cost = "O(1) without a count, else O(N) where N is the absolute value of the count."
	chance := []string{"nondeterministic_output"}
	return []exec.Row{
		row(spop, command.Spec{Name: "SPOP", Arity: -2, Flags: command.Write | command.Fast, Keys: command.OneKey(popKey), Since: "1.0.0",
			Summary: "Removes and returns random members of a set; a set without members is deleted.", Complexity: cost, Tips: chance}),
		row(srandmember, command.Spec{Name: "SRANDMEMBER", Arity: -2, Flags: command.ReadOnly, Keys: command.OneKey(getKey), Since: "1.0.0",
			Summary: "Returns random members of a set.", Complexity: cost, Tips: chance}),
	}
}

func joinRows() []exec.Row {
	const (
		interCost = "O(N*M) where N is the size of the smallest set and M the number of sets."
		sumCost   = "O(N) where N is the number of members of all sets."
	)
	read := func(run exec.Handler, name, summary, cost string) exec.Row {
		return row(run, command.Spec{Name: name, Arity: -2, Flags: command.ReadOnly, Since: "1.0.0", Summary: summary, Complexity: cost,
			Keys: []command.KeySpec{{First: 1, Last: -1, Flags: getKey}}, Tips: unordered})
	}
	store := func(run exec.Handler, name, summary, cost string) exec.Row {
		return row(run, command.Spec{Name: name, Arity: -3, Flags: command.Write | command.DenyOOM, Since: "1.0.0", Summary: summary, Complexity: cost,
			Keys: []command.KeySpec{{First: 1, Flags: putKey}, {First: 2, Last: -1, Flags: getKey}}})
	}
	return []exec.Row{
		read(sinter, "SINTER", "Returns what is a member of all of the sets.", interCost),
		row(sintercard, command.Spec{Name: "SINTERCARD", Arity: -3, Flags: command.ReadOnly, Since: "7.0.0",
			Keys:    []command.KeySpec{{First: 2, NumAt: 1, Flags: getKey}},
			Summary: "Counts what is a member of all of the sets.", Complexity: interCost}),
		store(sinterstore, "SINTERSTORE", "Stores what is a member of all of the sets.", interCost),
		read(sunion, "SUNION", "Returns what is a member of any of the sets.", sumCost),
		store(sunionstore, "SUNIONSTORE", "Stores what is a member of any of the sets.", sumCost),
		read(sdiff, "SDIFF", "Returns what is a member of the first set and of no other one.", sumCost),
		store(sdiffstore, "SDIFFSTORE", "Stores what is a member of the first set and of no other one.", sumCost),
	}
}
