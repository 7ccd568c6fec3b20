// Package sorting implements SORT and SORT_RO. The handler runs under the tokens of its
// keys, or under all when other keys are named by the elements that it sorts, and sees
// nothing but its exec.Ctx.
package sorting

import (
	"bytes"

	"sigrun/protocol/command"
	"sigrun/shards/exec"
)

const cost = "O(N+M*log(M)) where N is the number of elements and M how many are returned. When the elements are not sorted, O(N)."

// Rows are the commands of this family.
func Rows() []exec.Row {
	const categories = command.CatSet | command.CatSortedSet | command.CatList | command.CatDangerous
	none := func([][]byte) (first, last int, ok bool) { return 1, 0, true }
	keys := []command.KeySpec{
		{First: 1, Flags: command.KeyRO | command.KeyAccess},
		{Nowhere: true, Flags: command.KeyRO | command.KeyAccess, Find: none, Note: "of BY and GET: the elements name them"},
	}
	store := command.KeySpec{Nowhere: true, Flags: command.KeyOW | command.KeyUpdate, Find: storeKey, Note: "of STORE, which may stand anywhere"}
	return []exec.Row{
		{Run: sort, Spec: command.Spec{Name: "SORT", Arity: -2, Flags: command.Write | command.DenyOOM, ACL: categories,
			Keys: append(keys[:2:2], store), Indirect: indirect, Group: "generic", Since: "1.0.0", Complexity: cost,
			Summary: "Sorts the elements of a list, a set or a sorted set, and returns or stores them."}},
		{Run: sortRO, Spec: command.Spec{Name: "SORT_RO", Arity: -2, Flags: command.ReadOnly, ACL: categories,
			Keys: keys, Indirect: indirect, Group: "generic", Since: "7.0.0", Complexity: cost,
			Summary: "Returns the sorted elements of a list, a set or a sorted set."}},
	}
}

// values is how many arguments belong to an option.
func values(word []byte) int {
	switch {
	case exec.Is(word, "LIMIT"):
		return 2
	case exec.Is(word, "BY"), exec.Is(word, "GET"), exec.Is(word, "STORE"):
		return 1
	}
	return 0
}

// storeKey finds the key behind the last STORE.
func storeKey(args [][]byte) (first, last int, ok bool) {
	first = 1
	for i := 2; i+1 < len(args); i += 1 + values(args[i]) {
		if exec.Is(args[i], "STORE") {
			first, last = i+1, i+1
		}
	}
	return first, last, true
}

// indirect reports whether elements name keys.
func indirect(args [][]byte) bool {
	for i := 2; i+1 < len(args); i += 1 + values(args[i]) {
		if (exec.Is(args[i], "BY") || exec.Is(args[i], "GET")) && bytes.IndexByte(args[i+1], '*') >= 0 {
			return true
		}
	}
	return false
}
