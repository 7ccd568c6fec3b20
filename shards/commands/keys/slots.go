package keys

import (
	"sigrun/internal/num"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/protocol/slot"
	"sigrun/shards/exec"
	"sigrun/storage/db"
)

// slotRows are the subcommands of CLUSTER that look at the keys of one slot: they run at its shard.
func slotRows() []exec.Row {
	of := func(run exec.Handler, name string, arity int, summary, complexity string, tips ...string) exec.Row {
		return exec.Row{Run: run, Spec: command.Spec{Name: "CLUSTER|" + name, Arity: arity, Flags: command.Stale, Place: command.OnEachShard, SlotAt: 2,
			Group: "cluster", Since: "3.0.0", Summary: summary, Complexity: complexity, Tips: tips}}
	}
	return []exec.Row{
		of(countKeysInSlot, "COUNTKEYSINSLOT", 3, "Counts the keys of a slot.", "O(1)"),
		of(keysInSlot, "GETKEYSINSLOT", 4, "Names keys of a slot.", "O(N) where N is the number of keys asked for", "nondeterministic_output"),
	}
}

// partOfSlot is what the shard of the slot that a command names holds of the selected database, and most the number that may follow.
func partOfSlot(c *exec.Ctx, wrong string) (p *db.Part, n uint16, most int64, err error) {
	if !c.InCluster() {
		return nil, 0, 0, resp.ErrClusterDisabled
	}
	at, ok := num.ParseInt(c.Args[2])
	if !ok {
		return nil, 0, 0, resp.ErrNotInteger
	}
	if len(c.Args) > 3 {
		if most, ok = num.ParseInt(c.Args[3]); !ok {
			return nil, 0, 0, resp.ErrNotInteger
		}
	}
	if at < 0 || at >= slot.Count || most < 0 {
		return nil, 0, 0, resp.Errorf("ERR %s", wrong)
	}
	if p = c.PartAt(uint16(at)); p == nil {
		return nil, 0, 0, resp.ErrTryAgain // it moved to another shard at this moment, within a transaction
	}
	return p, uint16(at), most, nil
}

// countKeysInSlot implements CLUSTER COUNTKEYSINSLOT slot.
func countKeysInSlot(c *exec.Ctx) error {
	p, n, _, err := partOfSlot(c, "Invalid slot")
	if err != nil {
		return err
	}
	c.Out.Int(int64(p.SlotCount(n)))
	return nil
}

// keysInSlot implements CLUSTER GETKEYSINSLOT slot count.
func keysInSlot(c *exec.Ctx) error {
	p, n, most, err := partOfSlot(c, "Invalid slot or number of keys")
	if err != nil {
		return err
	}
	mark, found := c.Out.Mark(), 0
	db.EachInSlot(p, n, func(e db.Entry) bool {
		if int64(found) == most || c.Out.Full() {
			return false
		}
		c.Out.Bulk(e.Key())
		c.Out.Grown()
		found++
		return true
	})
	c.Out.InsertArray(mark, found)
	return nil
}
