// Package hash implements the commands on hashes. A handler runs under the tokens of its
// keys and sees nothing but its exec.Ctx.
package hash

import (
	"slices"

	"sigrun/protocol/command"
	"sigrun/shards/exec"
)

const (
	readKey = command.KeyRO
	getKey  = command.KeyRO | command.KeyAccess
	setKey  = command.KeyRW | command.KeyInsert
	fixKey  = command.KeyRW | command.KeyUpdate
	addKey  = command.KeyRW | command.KeyAccess | command.KeyUpdate
	delKey  = command.KeyRW | command.KeyDelete
	takeKey = command.KeyRW | command.KeyAccess | command.KeyDelete
	exKey   = command.KeyRW | command.KeyAccess

	fastRead  = command.ReadOnly | command.Fast
	fastWrite = command.Write | command.Fast

	perField = "O(N) where N is the number of fields named."
	whole    = "O(N) where N is the size of the hash."
)

// Rows are the commands of this family.
func Rows() []exec.Row {
	return slices.Concat(readRows(), walkRows(), writeRows(), expireRows(), askRows())
}

func row(run exec.Handler, name string, arity int, flags command.Flag, key command.KeyFlag, since, summary, complexity string, tips ...string) exec.Row {
	return exec.Row{Run: run, Spec: command.Spec{Name: name, Arity: arity, Flags: flags, ACL: command.CatHash, Keys: command.OneKey(key),
		Group: "hash", Since: since, Summary: summary, Complexity: complexity, Tips: tips}}
}

func readRows() []exec.Row {
	return []exec.Row{
		row(hget, "HGET", 3, fastRead, getKey, "2.0.0", "Returns the value of a field of a hash.", "O(1)"),
		row(hmget, "HMGET", -3, fastRead, getKey, "2.0.0", "Returns the values of fields of a hash.", perField),
		row(hlen, "HLEN", 2, fastRead, readKey, "2.0.0", "Returns the number of fields of a hash.", "O(1)"),
		row(hexists, "HEXISTS", 3, fastRead, readKey, "2.0.0", "Tells whether a hash has a field.", "O(1)"),
		row(hstrlen, "HSTRLEN", 3, fastRead, readKey, "3.2.0", "Returns the length of the value of a field.", "O(1)"),
	}
}

func walkRows() []exec.Row {
	const unordered, chance = "nondeterministic_output_order", "nondeterministic_output"
	return []exec.Row{
		row(hgetall, "HGETALL", 2, command.ReadOnly, getKey, "2.0.0", "Returns all fields of a hash with their values.", whole, unordered),
		row(hkeys, "HKEYS", 2, command.ReadOnly, getKey, "2.0.0", "Returns all fields of a hash.", whole, unordered),
		row(hvals, "HVALS", 2, command.ReadOnly, getKey, "2.0.0", "Returns all values of a hash.", whole, unordered),
		row(hscan, "HSCAN", -3, command.ReadOnly, getKey, "2.8.0", "Walks over the fields of a hash in steps.",
			"O(1) for a step, O(N) for a whole walk, N being the number of fields.", chance),
		row(hrandfield, "HRANDFIELD", -2, command.ReadOnly, getKey, "6.2.0", "Returns random fields of a hash.",
			"O(N) where N is the number of fields returned.", chance),
	}
}

func writeRows() []exec.Row {
	const store = fastWrite | command.DenyOOM
	return []exec.Row{
		row(hset, "HSET", -4, store, fixKey, "2.0.0", "Gives fields of a hash values; the hash is made if it does not exist.",
			"O(1) for each field, O(N) to set N of them."),
		row(hmset, "HMSET", -4, store, fixKey, "2.0.0", "Gives fields of a hash values.", perField),
		row(hsetnx, "HSETNX", 4, store, setKey, "2.0.0", "Gives a field of a hash a value, unless it has one.", "O(1)"),
		row(hincrby, "HINCRBY", 4, store, addKey, "2.0.0", "Adds an integer to the value of a field, 0 if it has none.", "O(1)"),
		row(hincrbyfloat, "HINCRBYFLOAT", 4, store, addKey, "2.6.0", "Adds a number to the value of a field, 0 if it has none.", "O(1)"),
		row(hdel, "HDEL", -3, fastWrite, delKey, "2.0.0", "Removes fields from a hash; a hash without fields is deleted.", perField),
		row(hgetdel, "HGETDEL", -5, fastWrite, takeKey, "9.1.0", "Returns the values of fields and removes them.", perField),
		row(hsetex, "HSETEX", -6, store, setKey, "9.0.0", "Gives fields of a hash values and a time to live.", perField),
	}
}

func expireRows() []exec.Row {
	set := func(run exec.Handler, name, summary string) exec.Row {
		return row(run, name, -6, fastWrite, fixKey, "9.0.0", summary, perField)
	}
	return []exec.Row{
		set(hexpire, "HEXPIRE", "Has fields of a hash expire in so many seconds."),
		set(hpexpire, "HPEXPIRE", "Has fields of a hash expire in so many milliseconds."),
		set(hexpireAt, "HEXPIREAT", "Has fields of a hash expire at a Unix time in seconds."),
		set(hpexpireAt, "HPEXPIREAT", "Has fields of a hash expire at a Unix time in milliseconds."),
		row(hpersist, "HPERSIST", -5, fastWrite, fixKey, "9.0.0", "Has fields of a hash never expire.", perField),
		row(hgetex, "HGETEX", -5, fastWrite, exKey, "9.0.0", "Returns the values of fields and changes when they expire.", perField),
	}
}

func askRows() []exec.Row {
	ask := func(run exec.Handler, name, summary string) exec.Row {
		return row(run, name, -5, fastRead, getKey, "9.0.0", summary, perField)
	}
	return []exec.Row{
		ask(httl, "HTTL", "Tells in how many seconds fields of a hash expire."),
		ask(hpttl, "HPTTL", "Tells in how many milliseconds fields of a hash expire."),
		ask(hexpireTime, "HEXPIRETIME", "Tells the Unix time in seconds at which fields of a hash expire."),
		ask(hpexpireTime, "HPEXPIRETIME", "Tells the Unix time in milliseconds at which fields of a hash expire."),
	}
}
