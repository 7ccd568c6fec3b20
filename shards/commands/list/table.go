// Package list implements the commands on lists. A handler runs under the tokens of
// its keys and sees nothing but its exec.Ctx.
package list

import (
	"slices"

	"sigrun/protocol/command"
	"sigrun/shards/exec"
)

const (
	readKey = command.KeyRO
	getKey  = command.KeyRO | command.KeyAccess
	pushKey = command.KeyRW | command.KeyInsert
	popKey  = command.KeyRW | command.KeyAccess | command.KeyDelete

	editKey = command.KeyRW | command.KeyDelete

	popCost  = "O(N+M) where N is the number of keys and M the number of elements returned."
	pushCost = "O(1) for each element, O(N) to add N of them."
)

// Rows are the commands of this family.
func Rows() []exec.Row {
	return slices.Concat(pushRows(), popRows(), readRows(), moveRows(), editRows())
}

func spec(name string, arity int, flags command.Flag, keys []command.KeySpec, since, summary, complexity string) command.Spec {
	return command.Spec{Name: name, Arity: arity, Flags: flags, ACL: command.CatList, Keys: keys, Group: "list",
		Since: since, Summary: summary, Complexity: complexity}
}

func pushRows() []exec.Row {
	push := func(run exec.Handler, name, since, summary string) exec.Row {
		return exec.Row{Run: run, Spec: spec(name, -3, command.Write|command.DenyOOM|command.Fast,
			command.OneKey(pushKey), since, summary, pushCost)}
	}
	return []exec.Row{
		push(lpush, "LPUSH", "1.0.0", "Adds elements at the head of a list, which is made if it does not exist."),
		push(rpush, "RPUSH", "1.0.0", "Adds elements at the tail of a list, which is made if it does not exist."),
		push(lpushx, "LPUSHX", "2.2.0", "Adds elements at the head of a list, if it exists."),
		push(rpushx, "RPUSHX", "2.2.0", "Adds elements at the tail of a list, if it exists."),
	}
}

func popRows() []exec.Row {
	pop := func(run exec.Handler, name, summary string) exec.Row {
		return exec.Row{Run: run, Spec: spec(name, -2, command.Write|command.Fast, command.OneKey(popKey), "1.0.0",
			summary, "O(N) where N is the number of elements returned.")}
	}
	wait := func(run exec.Handler, name, summary string) exec.Row {
		keys := []command.KeySpec{{First: 1, Last: -2, Flags: popKey}}
		return exec.Row{Run: run, Spec: spec(name, -3, command.Write|command.Blocking, keys, "2.0.0", summary,
			"O(N) where N is the number of keys.")}
	}
	return []exec.Row{
		pop(lpop, "LPOP", "Takes elements off the head of a list; a list without elements is deleted."),
		pop(rpop, "RPOP", "Takes elements off the tail of a list; a list without elements is deleted."),
		wait(blpop, "BLPOP", "Takes an element off the head of the first list that has one, and waits for one otherwise."),
		{Run: lmpop, Spec: spec("LMPOP", -4, command.Write, []command.KeySpec{{First: 2, NumAt: 1, Flags: popKey}}, "7.0.0",
			"Takes elements off an end of the first list that has some.", popCost)},
		{Run: blmpop, Spec: spec("BLMPOP", -5, command.Write|command.Blocking, []command.KeySpec{{First: 3, NumAt: 2, Flags: popKey}}, "7.0.0",
			"Takes elements off an end of the first list that has some, and waits for one otherwise.", popCost)},
		wait(brpop, "BRPOP", "Takes an element off the tail of the first list that has one, and waits for one otherwise."),
	}
}

func readRows() []exec.Row {
	return []exec.Row{
		{Run: llen, Spec: spec("LLEN", 2, command.ReadOnly|command.Fast, command.OneKey(readKey), "1.0.0",
			"Returns the number of elements of a list.", "O(1)")},
		{Run: lrange, Spec: spec("LRANGE", 4, command.ReadOnly, command.OneKey(getKey), "1.0.0",
			"Returns the elements of a list between two positions.",
			"O(S+N) where S is the distance of the first element from the nearer end and N the number of elements.")},
		{Run: lpos, Spec: spec("LPOS", -3, command.ReadOnly, command.OneKey(getKey), "6.0.6",
			"Returns the positions of the elements of a list that are equal to a value.",
			"O(N) where N is the number of elements looked at.")},
		{Run: lindex, Spec: spec("LINDEX", 3, command.ReadOnly, command.OneKey(getKey), "1.0.0",
			"Returns the element of a list at a position.", "O(N) where N is the distance from the nearer end.")},
	}
}

func moveRows() []exec.Row {
	keys := []command.KeySpec{{First: 1, Flags: popKey}, {First: 2, Flags: pushKey}}
	return []exec.Row{
		{Run: lmove, Spec: spec("LMOVE", 5, command.Write|command.DenyOOM, keys, "6.2.0",
			"Takes an element off one end of a list and adds it at an end of another one.", "O(1)")},
		{Run: blmove, Spec: spec("BLMOVE", 6, command.Write|command.DenyOOM|command.Blocking, keys, "6.2.0",
			"Moves an element from a list to another one, and waits for one when there is none.", "O(1)")},
		{Run: rpoplpush, Spec: spec("RPOPLPUSH", 3, command.Write|command.DenyOOM, keys, "1.2.0",
			"Takes the last element off a list and adds it at the head of another one.", "O(1)")},
		{Run: brpoplpush, Spec: spec("BRPOPLPUSH", 4, command.Write|command.DenyOOM|command.Blocking, keys, "2.2.0",
			"Moves the last element of a list to the head of another one, and waits for one when there is none.", "O(1)")},
	}
}

// editRows change the inside of a list.
func editRows() []exec.Row {
	return []exec.Row{
		{Run: linsert, Spec: spec("LINSERT", 5, command.Write|command.DenyOOM, command.OneKey(pushKey), "2.2.0",
			"Adds an element before or behind another one.", "O(N) where N is the number of elements looked at.")},
		{Run: lrem, Spec: spec("LREM", 4, command.Write, command.OneKey(editKey), "1.0.0",
			"Takes elements that are equal to a value out of a list; a list without elements is deleted.",
			"O(N) where N is the length of the list.")},
		{Run: lset, Spec: spec("LSET", 4, command.Write|command.DenyOOM, command.OneKey(command.KeyRW|command.KeyUpdate), "1.0.0",
			"Replaces the element of a list at a position.", "O(N) where N is the distance from the nearer end.")},
		{Run: ltrim, Spec: spec("LTRIM", 4, command.Write, command.OneKey(editKey), "1.0.0",
			"Takes the elements outside of a range off both ends of a list; a list without elements is deleted.",
			"O(N) where N is the number of elements taken off.")},
	}
}
