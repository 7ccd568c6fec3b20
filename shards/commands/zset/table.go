// Package zset implements the commands on sorted sets. A handler runs under the tokens of
// its keys and sees nothing but its exec.Ctx.
package zset

import (
	"slices"

	"sigrun/protocol/command"
	"sigrun/shards/exec"
)

const (
	readKey = command.KeyRO
	getKey  = command.KeyRO | command.KeyAccess
	addKey  = command.KeyRW | command.KeyUpdate
	remKey  = command.KeyRW | command.KeyDelete
	popKey  = command.KeyRW | command.KeyAccess | command.KeyDelete
	putKey  = command.KeyOW | command.KeyUpdate

	fastRead  = command.ReadOnly | command.Fast
	fastWrite = command.Write | command.Fast

	rangeCost   = "O(log(N)+M) where N is the number of members and M how many of them are returned."
	removeCost  = "O(log(N)+M) where N is the number of members and M how many of them are removed."
	popCost     = "O(log(N)*M) where N is the number of members and M how many of them are popped."
	mpopCost    = "O(K)+O(M*log(N)) where K is the number of keys, N that of the members and M how many of them are popped."
	combineCost = "O(N)+O(M*log(M)) where N is the number of members of all sets and M that of the result."
	interCost   = "O(N*K)+O(M*log(M)) where N is the number of members of the smallest set, K that of sets and M that of the result's members."
	diffCost    = "O(N*K)+O(M*log(M)) where N is the number of members of the first set, K that of sets and M that of the result's members."
	logCost     = "O(log(N)) where N is the number of members."
)

// Rows are the commands of this family.
func Rows() []exec.Row {
	return slices.Concat(memberRows(), readRows(), rangeRows(), oldRangeRows(), removeRows(), popRows(), combineRows(), storeRows())
}

func row(run exec.Handler, name string, arity int, flags command.Flag, keys []command.KeySpec, since, summary, cost string, tips ...string) exec.Row {
	return exec.Row{Run: run, Spec: command.Spec{Name: name, Arity: arity, Flags: flags, ACL: command.CatSortedSet, Keys: keys,
		Group: "sorted-set", Since: since, Summary: summary, Complexity: cost, Tips: tips}}
}

func memberRows() []exec.Row {
	return []exec.Row{
		row(zadd, "ZADD", -4, fastWrite|command.DenyOOM, command.OneKey(addKey), "1.2.0",
			"Adds members with scores to a sorted set, which is made if it does not exist, or changes their scores.",
			"O(log(N)) for each member, where N is the number of members."),
		row(zincrby, "ZINCRBY", 4, fastWrite|command.DenyOOM, command.OneKey(addKey|command.KeyAccess), "1.2.0",
			"Adds to the score of a member of a sorted set, which is made if it does not exist.", logCost),
		row(zrem, "ZREM", -3, fastWrite, command.OneKey(remKey), "1.2.0",
			"Removes members from a sorted set; one without members is deleted.",
			"O(M*log(N)) where N is the number of members and M how many of them are removed."),
	}
}

func readRows() []exec.Row {
	return []exec.Row{
		row(zcard, "ZCARD", 2, fastRead, command.OneKey(readKey), "1.2.0", "Returns the number of members of a sorted set.", "O(1)"),
		row(zscore, "ZSCORE", 3, fastRead, command.OneKey(getKey), "1.2.0", "Returns the score of a member of a sorted set.", "O(1)"),
		row(zmscore, "ZMSCORE", -3, fastRead, command.OneKey(getKey), "6.2.0", "Returns the scores of members of a sorted set.",
			"O(N) where N is the number of members asked for."),
		row(zrank, "ZRANK", -3, fastRead, command.OneKey(getKey), "2.0.0",
			"Returns the position of a member of a sorted set, counted from the lowest score up.", logCost),
		row(zrevrank, "ZREVRANK", -3, fastRead, command.OneKey(getKey), "2.0.0",
			"Returns the position of a member of a sorted set, counted from the highest score down.", logCost),
		row(zcount, "ZCOUNT", 4, fastRead, command.OneKey(getKey), "2.0.0",
			"Returns the number of members of a sorted set whose scores lie in a range.", logCost),
		row(zlexcount, "ZLEXCOUNT", 4, fastRead, command.OneKey(getKey), "2.8.9",
			"Returns the number of members of a sorted set whose names lie in a range.", logCost),
		row(zrandmember, "ZRANDMEMBER", -2, command.ReadOnly, command.OneKey(getKey), "6.2.0",
			"Returns members of a sorted set chosen at random.", "O(N) where N is the number of members returned.", "nondeterministic_output"),
		row(zscan, "ZSCAN", -3, command.ReadOnly, command.OneKey(getKey), "2.8.0",
			"Walks over the members of a sorted set in steps.",
			"O(1) for a step, O(N) for a whole walk, N being the number of members.", "nondeterministic_output"),
	}
}

func rangeRows() []exec.Row {
	storeKeys := []command.KeySpec{{First: 1, Flags: putKey}, {First: 2, Flags: getKey}}
	return []exec.Row{
		row(zrange, "ZRANGE", -4, command.ReadOnly, command.OneKey(getKey), "1.2.0",
			"Returns the members of a sorted set in a range of positions, scores or names.", rangeCost),
		row(zrangestore, "ZRANGESTORE", -5, command.Write|command.DenyOOM, storeKeys, "6.2.0",
			"Makes a sorted set of the members of another one in a range of positions, scores or names.",
			"O(log(N)+M) where N is the number of members and M how many of them are stored."),
	}
}

// oldRangeRows are those for which ZRANGE has options now.
func oldRangeRows() []exec.Row {
	old := func(run exec.Handler, name, since, summary string) exec.Row {
		return row(run, name, -4, command.ReadOnly, command.OneKey(getKey), since, summary, rangeCost)
	}
	return []exec.Row{
		old(zrevrange, "ZREVRANGE", "1.2.0", "Returns the members of a sorted set in a range of positions, counted from the highest score down."),
		old(zrangebyscore, "ZRANGEBYSCORE", "1.0.5", "Returns the members of a sorted set whose scores lie in a range."),
		old(zrevrangebyscore, "ZREVRANGEBYSCORE", "2.2.0", "Returns the members of a sorted set whose scores lie in a range, the highest first."),
		old(zrangebylex, "ZRANGEBYLEX", "2.8.9", "Returns the members of a sorted set whose names lie in a range."),
		old(zrevrangebylex, "ZREVRANGEBYLEX", "2.8.9", "Returns the members of a sorted set whose names lie in a range, the last first."),
	}
}

func removeRows() []exec.Row {
	remove := func(run exec.Handler, name, since, summary string) exec.Row {
		return row(run, name, 4, command.Write, command.OneKey(remKey), since, summary, removeCost)
	}
	return []exec.Row{
		remove(zremrangebyrank, "ZREMRANGEBYRANK", "2.0.0", "Removes the members of a sorted set in a range of positions; one without members is deleted."),
		remove(zremrangebyscore, "ZREMRANGEBYSCORE", "1.2.0", "Removes the members of a sorted set whose scores lie in a range; one without members is deleted."),
		remove(zremrangebylex, "ZREMRANGEBYLEX", "2.8.9", "Removes the members of a sorted set whose names lie in a range; one without members is deleted."),
	}
}

func popRows() []exec.Row {
	const waits = command.Write | command.Blocking
	all := []command.KeySpec{{First: 1, Last: -2, Flags: popKey}}
	return []exec.Row{
		row(zpopmin, "ZPOPMIN", -2, fastWrite, command.OneKey(popKey), "5.0.0",
			"Removes and returns the members of a sorted set with the lowest scores; one without members is deleted.", popCost),
		row(zpopmax, "ZPOPMAX", -2, fastWrite, command.OneKey(popKey), "5.0.0",
			"Removes and returns the members of a sorted set with the highest scores; one without members is deleted.", popCost),
		row(bzpopmin, "BZPOPMIN", -3, waits|command.Fast, all, "5.0.0",
			"Removes and returns the member with the lowest score of the first sorted set that has some, and waits for one otherwise.", logCost),
		row(bzpopmax, "BZPOPMAX", -3, waits|command.Fast, all, "5.0.0",
			"Removes and returns the member with the highest score of the first sorted set that has some, and waits for one otherwise.", logCost),
		row(zmpop, "ZMPOP", -4, command.Write, []command.KeySpec{{First: 2, NumAt: 1, Flags: popKey}}, "7.0.0",
			"Removes and returns members of the first sorted set that has some, those with the lowest or highest scores.", mpopCost),
		row(bzmpop, "BZMPOP", -5, waits, []command.KeySpec{{First: 3, NumAt: 2, Flags: popKey}}, "7.0.0",
			"Removes and returns members of the first sorted set that has some, and waits for one otherwise.", mpopCost),
	}
}

func combineRows() []exec.Row {
	combine := func(run exec.Handler, name, since, summary, cost string) exec.Row {
		return row(run, name, -3, command.ReadOnly, []command.KeySpec{{First: 2, NumAt: 1, Flags: getKey}}, since, summary, cost)
	}
	return []exec.Row{
		combine(zunion, "ZUNION", "6.2.0", "Returns the members of several sorted sets, with what their scores make together.", combineCost),
		combine(zinter, "ZINTER", "6.2.0", "Returns the members that several sorted sets have in common, with what their scores make together.", interCost),
		combine(zdiff, "ZDIFF", "6.2.0", "Returns the members of a sorted set that none of several others has.", diffCost),
		combine(zintercard, "ZINTERCARD", "7.0.0", "Returns the number of members that several sorted sets have in common.",
			"O(N*K) where N is the number of members of the smallest set and K that of sets."),
	}
}

func storeRows() []exec.Row {
	store := func(run exec.Handler, name, since, summary, cost string) exec.Row {
		keys := []command.KeySpec{{First: 1, Flags: putKey}, {First: 3, NumAt: 2, Flags: getKey}}
		return row(run, name, -4, command.Write|command.DenyOOM, keys, since, summary, cost)
	}
	return []exec.Row{
		store(zunionstore, "ZUNIONSTORE", "2.0.0", "Makes a sorted set of the members of several others.", combineCost),
		store(zinterstore, "ZINTERSTORE", "2.0.0", "Makes a sorted set of the members that several others have in common.", interCost),
		store(zdiffstore, "ZDIFFSTORE", "6.2.0", "Makes a sorted set of the members of another one that none of several others has.", diffCost),
	}
}
