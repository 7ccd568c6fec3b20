package exec

import "sigrun/shards/commit"

// Recording reports whether anybody takes commits: a handler that would rewrite
// its command asks first.
func (c *Effects) Recording() bool { return c.k.Commits.On() }

// Rewrite has consumers of commits repeat something else than the command as it was sent: what it
// did, where repeating it would do something else (a relative time, a waiting pop). It
// comes with Touched or Removed, and only while Recording.
func (c *Effects) Rewrite(args ...[]byte) {
	c.rewritten, c.stirred = args, true
}

// record adds what a command or the passing of time did to the commit, for everybody unless it says for whom.
func (c *Effects) record(r commit.Record) {
	if r.Targets == 0 {
		r.Targets = commit.Everybody
	}
	c.commit.Records = append(c.commit.Records, r)
	c.stirred = true
}

// effects stands for a script among the records: its commands are recorded, it is not.
var effects = [][]byte{}

// Unrecorded keeps the command itself out of the records: what it did stands in Records,
// or is nothing that counts. It comes with Touched, Removed or ChangedUnwatched, and only
// while Recording.
func (c *Effects) Unrecorded() { c.rewritten, c.stirred = effects, true }

// Record adds one more thing that the command did, before itself, to the records. Only while Recording.
func (c *Effects) Record(args ...[]byte) {
	c.record(commit.Record{DB: c.db, Slot: c.slot(), Args: own(args)})
}

// Replicate has replicas repeat the command, which changed nothing here. Only while Recording.
func (c *Effects) Replicate() {
	c.record(commit.Record{DB: c.db, Slot: commit.NoSlot, Targets: commit.Replicas, Args: c.lasting(c.Args)})
}

// lasting is arguments that live until the step is over: those of a script's command do not.
func (c *Effects) lasting(args [][]byte) [][]byte {
	if c.InScript() {
		return own(args)
	}
	return args
}

// own is a copy of arguments that lives on.
func own(args [][]byte) [][]byte {
	all := make([][]byte, len(args))
	for i, a := range args {
		all[i] = append([]byte(nil), a...)
	}
	return all
}

// note adds the command that just ran to the records of its transaction or script.
func (c *Effects) note() {
	args := c.Args
	if c.rewritten != nil {
		args, c.rewritten = c.rewritten, nil
	}
	if c.changes != 0 && len(args) != 0 && c.Recording() {
		c.record(commit.Record{DB: c.db, Slot: c.slot(), Args: c.lasting(args)})
	}
}

// slot is that of the running command's keys.
func (c *Step) slot() int32 {
	if c.cmd.Shard >= 0 {
		return int32(c.cmd.Slot)
	}
	if len(c.Spec.Keys) == 0 || !c.hashed(c.cmd) || len(c.keys) == 0 {
		return commit.NoSlot
	}
	first := c.keys[0].Slot
	for i := range c.keys {
		if c.keys[i].Slot != first {
			return commit.ManySlots
		}
	}
	return int32(first)
}
