// Package geo implements the commands on places of the earth: members of sorted sets whose
// scores storage/geohash makes. A handler runs under the tokens of its keys and sees
// nothing but its exec.Ctx.
package geo

import (
	"slices"

	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
)

const (
	getKey = command.KeyRO | command.KeyAccess
	addKey = command.KeyRW | command.KeyUpdate
	putKey = command.KeyOW | command.KeyUpdate

	searchCost = "O(N+log(M)) where N is the number of members in the squares around the area and M that of the members inside."
)

var (
	errUnit     = &resp.Error{Text: "ERR unsupported unit provided. please use M, KM, FT, MI"}
	errRadius   = &resp.Error{Text: "ERR need numeric radius"}
	errNegative = &resp.Error{Text: "ERR radius cannot be negative"}
	errWidth    = &resp.Error{Text: "ERR need numeric width"}
	errHeight   = &resp.Error{Text: "ERR need numeric height"}
	errBox      = &resp.Error{Text: "ERR height or width cannot be negative"}
	errVertices = &resp.Error{Text: "ERR invalid number of vertices"}
	errPolygon  = &resp.Error{Text: "ERR GEOSEARCH BYPOLYGON must have at least 3 vertices"}
	errCount    = &resp.Error{Text: "ERR COUNT must be > 0"}
	errAny      = &resp.Error{Text: "ERR the ANY argument requires COUNT argument"}
)

// Rows are the commands of this family.
func Rows() []exec.Row { return slices.Concat(placeRows(), searchRows(), oldSearchRows()) }

func row(run exec.Handler, name string, arity int, flags command.Flag, keys []command.KeySpec, since, summary, cost string) exec.Row {
	return exec.Row{Run: run, Spec: command.Spec{Name: name, Arity: arity, Flags: flags, ACL: command.CatGeo, Keys: keys,
		Group: "geo", Since: since, Summary: summary, Complexity: cost}}
}

func placeRows() []exec.Row {
	get := command.OneKey(getKey)
	return []exec.Row{
		row(geoadd, "GEOADD", -5, command.Write|command.DenyOOM, command.OneKey(addKey), "3.2.0",
			"Adds members at places to a geospatial index, which is made if it does not exist, or moves them.",
			"O(log(N)) for each member, where N is the number of members."),
		row(geopos, "GEOPOS", -2, command.ReadOnly, get, "3.2.0",
			"Returns the longitude and latitude of members of a geospatial index.", "O(1) for each member asked for."),
		row(geodist, "GEODIST", -4, command.ReadOnly, get, "3.2.0",
			"Returns the distance between two members of a geospatial index.", "O(1)"),
		row(geohash, "GEOHASH", -2, command.ReadOnly, get, "3.2.0",
			"Returns the geohashes of members of a geospatial index.", "O(1) for each member asked for."),
	}
}

func searchRows() []exec.Row {
	store := []command.KeySpec{{First: 1, Flags: putKey}, {First: 2, Flags: getKey}}
	return []exec.Row{
		row(geosearch, "GEOSEARCH", -7, command.ReadOnly, command.OneKey(getKey), "6.2.0",
			"Returns the members of a geospatial index in a circle, a box or a polygon.", searchCost),
		row(geosearchstore, "GEOSEARCHSTORE", -8, command.Write|command.DenyOOM, store, "6.2.0",
			"Makes a geospatial index of the members of another one in a circle, a box or a polygon.", searchCost),
	}
}

// oldSearchRows are those for which GEOSEARCH has options now.
func oldSearchRows() []exec.Row {
	const around = "Returns the members of a geospatial index within a distance of a point"
	const aroundMember = "Returns the members of a geospatial index within a distance of one of them"
	store := func(from int) []command.KeySpec {
		return []command.KeySpec{{First: 1, Flags: getKey},
			{Word: "STORE", First: from, Flags: putKey, Find: func(args [][]byte) (first, last int, ok bool) { return storeKey(args, "STORE") }},
			{Word: "STOREDIST", First: from, Flags: putKey, Find: func(args [][]byte) (first, last int, ok bool) { return storeKey(args, "STOREDIST") }}}
	}
	return []exec.Row{
		row(georadius, "GEORADIUS", -6, command.Write|command.DenyOOM, store(6), "3.2.0", around+", or stores them.", searchCost),
		row(georadiusRO, "GEORADIUS_RO", -6, command.ReadOnly, command.OneKey(getKey), "3.2.10", around+".", searchCost),
		row(georadiusbymember, "GEORADIUSBYMEMBER", -5, command.Write|command.DenyOOM, store(5), "3.2.0", aroundMember+", or stores them.", searchCost),
		row(georadiusbymemberRO, "GEORADIUSBYMEMBER_RO", -5, command.ReadOnly, command.OneKey(getKey), "3.2.10", aroundMember+".", searchCost),
	}
}

// storeKey finds the key behind a word, which is STORE or STOREDIST. Where both stand, both
// name a key, although only the last of the two counts.
func storeKey(args [][]byte, word string) (first, last int, ok bool) {
	first = 1 // and last is before it: there is none
	for i := 5; i+1 < len(args); i++ {
		if exec.Is(args[i], "STORE") || exec.Is(args[i], "STOREDIST") {
			if exec.Is(args[i], word) {
				first, last = i+1, i+1
			}
			i++
		}
	}
	return first, last, true
}
