package exec

import (
	"sigrun/shards/journal"
	"sigrun/storage/db"
)

// Recording reports whether anybody takes the journal: a handler that would rewrite
// its command asks first.
func (c *Ctx) Recording() bool { return c.e.recorded }

// Rewrite has the journal say something else than the command as it was sent: what it
// did, where repeating it would do something else (a relative time, a waiting pop). It
// comes with Touched or Removed, and only while Recording.
func (c *Ctx) Rewrite(args ...[]byte) {
	if c.Script != nil && c.Script.active { // whose arguments live until its next command
		for i, a := range args {
			args[i] = append([]byte(nil), a...)
		}
	}
	c.rewritten = args
}

// record adds what a command or the passing of time did to the records under way.
func (c *Ctx) record(database int, args [][]byte) {
	c.records = append(c.records, journal.Record{DB: database, Args: args})
}

// effects stands for a script in the journal: its commands are recorded, it is not.
var effects = [][]byte{}

// Unrecorded keeps the command itself out of the journal: what it did stands in Records,
// or is nothing that counts. It comes with Touched, Removed or Aside, and only while
// Recording.
func (c *Ctx) Unrecorded() { c.rewritten = effects }

// Record adds one more thing that the command did, before itself, to the journal. The
// arguments live on. Only while Recording.
func (c *Ctx) Record(args ...[]byte) {
	c.records = append(c.records, journal.Record{DB: c.db, Args: args})
}

// note adds the command that just ran to the records of its transaction or script.
func (c *Ctx) note() {
	args := c.Args
	if c.rewritten != nil {
		args, c.rewritten = c.rewritten, nil
	}
	if c.e.recorded && c.changes != 0 && len(args) != 0 {
		c.records = append(c.records, journal.Record{DB: c.db, Args: args})
	}
}

// noteExpired records the removal of a key whose time has come: consumers never decide
// that by their own clocks.
func (c *Ctx) noteExpired(database int, k *db.Key) {
	if c.e.recorded {
		name := append([]byte(nil), k.Name...)
		gone := journal.Record{DB: database, Args: [][]byte{[]byte("UNLINK"), name}}
		c.records = append(c.records, gone)
		if c.Script != nil && c.Script.active {
			c.Script.expired = append(c.Script.expired, gone)
		}
	}
}

// handOver gives what was recorded to the journal, in one piece, under the tokens of
// everything that it changed. shard names the stream it goes by: the lowest one held.
func (c *Ctx) handOver(shard int) {
	if len(c.records) == 0 {
		return
	}
	c.e.Journal.Append(shard, c.records)
	clear(c.records)
	c.records = c.records[:0]
}

// stream is the shard by which the running command's records go.
func (c *Ctx) stream() int {
	if c.held != nil {
		return c.held.Next(0)
	}
	return int(c.cmd.Shard)
}
