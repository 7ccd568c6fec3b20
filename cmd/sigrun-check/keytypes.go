package main

import (
	"fmt"
	"io"
	"slices"
	"strings"

	"sigrun/storage/rdb"
)

// keyTypes counts the keys of a snapshot by type, and keeps the largest.
type keyTypes struct {
	byType  map[rdb.Type]*share
	largest []large
}

// large is a key.
type large struct {
	database uint64
	name     string
	kind     rdb.Type
	elements int
	bytes    int64
}

// mostLarge is how many keys are told of that are larger than all others.
const mostLarge = 10

func (k *keyTypes) add(database uint64, it *rdb.Item, elements int, bytes int64) {
	if k.byType == nil {
		k.byType = map[rdb.Type]*share{}
	}
	one := k.byType[it.Type]
	if one == nil {
		one = &share{name: it.Type.String()}
		k.byType[it.Type] = one
	}
	one.many++
	one.bytes += bytes
	if len(k.largest) == mostLarge && k.largest[mostLarge-1].bytes >= bytes {
		return
	}
	at, _ := slices.BinarySearchFunc(k.largest, bytes, func(l large, bytes int64) int {
		if l.bytes >= bytes {
			return -1
		}
		return 1
	})
	k.largest = slices.Insert(k.largest, at, large{database, string(it.Name), it.Type, elements, bytes})
	k.largest = k.largest[:min(len(k.largest), mostLarge)]
}

// print tells of the types, and of the largest keys if their names are to be told.
func (k *keyTypes) print(out io.Writer, names bool) {
	var all []*share
	for _, one := range k.byType {
		all = append(all, one)
	}
	slices.SortFunc(all, func(a, b *share) int { return strings.Compare(a.name, b.name) })
	for _, one := range all {
		fmt.Fprintf(out, "[info] type %s: %d keys, %d bytes\n", one.name, one.many, one.bytes)
	}
	if !names {
		return
	}
	for _, l := range k.largest {
		fmt.Fprintf(out, "[info] largest: db=%d type=%s elements=%d value_bytes=%d key='%s'\n", l.database, l.kind, l.elements, l.bytes, l.name)
	}
}
