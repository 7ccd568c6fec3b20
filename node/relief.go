package node

import (
	"sigrun/actors/ignition"
	"sigrun/protocol/call"
)

// relieved is what relieve needs from one look to the next.
type relieved struct {
	lost     uint64 // tries, at the last look
	commands uint64
	heat     []ignition.Heat // scratch
}

// relieve looks where loops quarrel about tokens, and moves a slot to another shard, or
// lends a shard to a worker, where that is of use (ignition.Reliever).
func (n *Node) relieve() {
	t := &n.relieved
	lost, commands := uint64(n.dispatcher.Stats.LostTries.Value()), n.reactor.Commands()
	quarrels, ran := lost-t.lost, commands-t.commands
	t.lost, t.commands = lost, commands
	if n.value("ignition").String() != "auto" {
		return
	}
	if t.heat = t.heat[:0]; quarrels > 0 {
		t.heat = n.heats(t.heat)
	}
	n.reliever.Shards = n.dispatcher.Shards()
	switch do := n.reliever.Step(t.heat, ran); {
	case do.Moves:
		n.moveSlot(do.Slot, do.To)
	case do.Lend >= 0:
		n.dispatcher.Lend(do.Lend, 0)
	case do.Back >= 0:
		n.dispatcher.Lend(do.Back, -1)
	}
}

// heats empties the counters of lost tries into list.
func (n *Node) heats(list []ignition.Heat) []ignition.Heat {
	for s := range n.heat {
		if h := &n.heat[s]; h.Load() > 0 {
			list = append(list, ignition.Heat{Slot: uint16(s), Shard: n.engine.Owner(uint16(s)), Lost: int(h.Swap(0))})
		}
	}
	return list
}

// moveSlot gives a slot to another shard, on an executor, once both tokens are to be had.
// A slot with more keys than one hold may move stays where it is, and one that an earlier move has given away meanwhile where that is.
func (n *Node) moveSlot(slot uint16, to int) {
	c := &call.Call{Loop: -1}
	c.Set.Add(n.engine.Owner(slot))
	c.Set.Add(to)
	c.Work = func() { n.engine.MoveSlot(slot, to, &c.Set) }
	n.dispatcher.Submit(c)
}
