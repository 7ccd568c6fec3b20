package keyspace

import (
	"sync/atomic"

	"sigrun/protocol/slot"
)

// SlotUse is what the commands on the keys of one slot have taken (CLUSTER SLOT-STATS), since the node serves it. The token of the slot's shard is
// needed.
type SlotUse struct {
	Nanos   uint64 // of time, commands of scripts being the script's
	In, Out uint64 // bytes of commands and replies
}

// SlotUses are those of all slots, when they are counted (cluster-slot-stats-enabled).
type SlotUses struct {
	On  atomic.Bool
	All []SlotUse // nil outside a cluster
}

// Begin makes room for them.
func (u *SlotUses) Begin() { u.All = make([]SlotUse, slot.Count) }

// Forget begins anew for a slot that has come or gone.
func (u *SlotUses) Forget(n uint16) { u.All[n] = SlotUse{} }
