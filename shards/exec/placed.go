package exec

import (
	"bytes"

	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/protocol/slotmap"
)

// Elsewhere knows the other nodes of a cluster. Its answers are errors for clients, and it may be asked by any goroutine.
type Elsewhere interface {
	// Moved says which node serves a slot, Ask which one has the keys of a slot that are not here any more.
	Moved(slot uint16, cl *call.Client) *resp.Error
	Ask(slot uint16, cl *call.Client) *resp.Error
	// Down is why commands with such flags may not use keys while the cluster is not whole; nil: they may.
	Down(flags command.Flag) *resp.Error
	// IsDown reports whether the cluster is not whole, though it has to be.
	IsDown() bool
}

// Placed is why cmds, one command or those that one executes together, may not run on this node, as its slots are served now; nil: they may.
// Without the tokens of their keys the answer may be old, and says nothing of slots that are on their way: Run asks again.
func (c *Router) Placed(cmds []call.Command, cl *call.Client) *resp.Error {
	_, err := c.place(cmds, cl)
	return err
}

// transit is what place has found out about keys whose slot is on its way; who has the tokens looks whether they are there.
type transit struct {
	keyed bool // there are keys
	slot  uint16
	state slotmap.State // Migrating or Importing: they are to be looked for
}

func (t transit) onItsWay() bool { return t.state == slotmap.Migrating || t.state == slotmap.Importing }

func (c *Router) place(cmds []call.Command, cl *call.Client) (t transit, err *resp.Error) {
	if !c.k.Slots.Clustered() || cl.Replays { // what was loaded and slots are brought to agree when all of it is there
		return t, nil
	}
	n, flags, asking, err := c.oneSlot(cmds)
	if n < 0 || err != nil {
		return t, err
	}
	t.keyed, t.slot, t.state = true, uint16(n), c.k.Slots.State(uint16(n))
	if t.state == slotmap.Unserved {
		return t, resp.ErrSlotNotServed
	}
	if t.onItsWay() && c.leavesDatabase(cmds, cl.DB) {
		return t, resp.ErrTryAgain // what they would find there nobody knows
	}
	if err := c.e.Elsewhere.Down(flags); err != nil {
		return t, err
	}
	if t.onItsWay() && len(cmds) == 1 && cmds[0].Spec.Carries { // it is what has keys get on their way
		t.state = slotmap.Own
		return t, nil
	}
	if t.state == slotmap.Away || t.state == slotmap.Hidden || t.state == slotmap.Importing && !asking {
		return t, c.e.Elsewhere.Moved(t.slot, cl)
	}
	return t, nil
}

// Unkept is why the node refuses writes, as it cannot keep what they do; nil: it does not.
func (c *Router) Unkept() *resp.Error { return c.k.Settings.Refused.Load() }

// leavesDatabase reports whether one of cmds writes to another database than the one that is selected when it runs.
func (c *Router) leavesDatabase(cmds []call.Command, database int) bool {
	for i := range cmds {
		cmd := &cmds[i]
		if n, ok := cmd.Selects(c.k.Space.Databases()); ok {
			database = n
		}
		if cmd.Spec.Leaves != nil && cmd.Spec.Leaves(cmd.Args, database) {
			return true
		}
	}
	return false
}

// SlotPaused reports whether a command, which may change keys, concerns a slot that is paused: by its keys, or, where it names none or is a script,
// because it may change any.
func (c *Router) SlotPaused(cmd *call.Command) bool {
	var ok bool
	if c.slotted, ok = cmd.Spec.AppendSlotted(c.slotted[:0], cmd.Args); !ok {
		return false // the handler says what is wrong
	}
	for _, p := range c.slotted {
		if c.k.Slots.Paused(c.k.Space.Hasher().Key(cmd.Args[p]).Slot) {
			return true
		}
	}
	return len(c.slotted) == 0 || isScript(cmd.Spec)
}

// oneSlot is the slot of all keys, and of the names that belong to a slot as keys do; -1: there are none. flags are those of all commands.
func (c *Router) oneSlot(cmds []call.Command) (slot int, flags command.Flag, asking bool, err *resp.Error) {
	slot = -1
	hasher := c.k.Space.Hasher()
	for i := range cmds {
		cmd := &cmds[i]
		flags |= cmd.Spec.Flags
		asking = asking || cmd.Asking || cmd.Spec.Has(command.Asking)
		if cmd.Spec.Has(command.Debugging) {
			continue // it looks at what is here, whoever serves that
		}
		var ok bool
		if c.slotted, ok = cmd.Spec.AppendSlotted(c.slotted[:0], cmd.Args); !ok {
			continue // the handler says what is wrong
		}
		for _, p := range c.slotted {
			if k := hasher.Key(cmd.Args[p]); slot < 0 {
				slot = int(k.Slot)
			} else if slot != int(k.Slot) {
				return slot, flags, asking, resp.ErrCrossSlot
			}
		}
	}
	return slot, flags, asking, nil
}

// strayed is asked for a command whose token is held when its slot is another shard's or not this node's alone: it answers, or lets the command
// run.
func (c *Ctx) strayed(cmd *call.Command, cl *call.Client, out *resp.Writer) (v call.Verdict, stop bool) {
	if c.k.Owner(cmd.Slot) != int(cmd.Shard) {
		return call.Verdict{Outcome: call.Moved}, true
	}
	if len(cmd.Spec.Keys) == 0 { // the slot stands for the shard
		return v, false
	}
	one := [1]call.Command{*cmd}
	return v, c.misplaced(one[:], cl, out)
}

// misplaced answers commands that may not run here, and reports whether it did. The tokens of their keys are held.
func (c *Ctx) misplaced(cmds []call.Command, cl *call.Client, out *resp.Writer) bool {
	t, err := c.place(cmds, cl)
	if err == nil && t.onItsWay() {
		c.Client = cl // whose keys may be due, and not for it
		err = c.travels(t, cmds, cl)
	}
	if err == nil {
		return false
	}
	c.Refused(&cmds[0], err.Text)
	out.Error(err)
	return true
}

// travels is why commands may not run whose slot is on its way: some of their keys are elsewhere.
func (c *Ctx) travels(t transit, cmds []call.Command, cl *call.Client) *resp.Error {
	var there, missing int
	var first []byte
	several, database := false, cl.DB
	for i := range cmds {
		cmd := &cmds[i]
		if n, ok := cmd.Selects(c.k.Space.Databases()); ok {
			database = n
		}
		c.slotted, _ = cmd.Spec.AppendKeys(c.slotted[:0], cmd.Args)
		for _, at := range c.slotted {
			k := c.k.Space.Hasher().Key(cmd.Args[at])
			if first == nil {
				first = k.Name
			}
			several = several || !bytes.Equal(first, k.Name)
			if e, due := c.peek(database, &k); e != 0 && !due {
				there++
			} else {
				missing++
			}
		}
	}
	switch {
	case missing == 0:
		return nil
	case t.state == slotmap.Migrating && there == 0:
		return c.e.Elsewhere.Ask(t.slot, cl)
	case t.state == slotmap.Migrating || several:
		return resp.ErrTryAgain
	}
	return nil
}

// InCluster reports whether the node is one of a cluster.
func (c *Router) InCluster() bool { return c.k.Slots.Clustered() }

// Stranded is why a command waits in vain for keys on this node; nil: they may come.
func (c *Router) Stranded(cmd *call.Command, cl *call.Client) *resp.Error {
	one := [1]call.Command{*cmd}
	n, _, _, err := c.oneSlot(one[:])
	switch {
	case !c.k.Slots.Clustered() || n < 0 || err != nil:
		return nil
	case c.e.Elsewhere.IsDown(): // and even where reads are allowed nobody may write what it waits for
		return resp.ErrClusterDown
	}
	switch c.k.Slots.State(uint16(n)) {
	case slotmap.Unserved:
		return resp.ErrSlotNotServed
	case slotmap.Away, slotmap.Hidden:
		return c.e.Elsewhere.Moved(uint16(n), cl)
	}
	return nil
}
