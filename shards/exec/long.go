package exec

import (
	"sigrun/protocol/call"
	"sigrun/storage/db"
)

// longWork is the number of elements from which a command does not run on a loop: at
// some 50 ns each, a millisecond for everybody behind it.
const longWork = 20000

// bytesPerElement is how much of a string takes as long as an element of another value.
const bytesPerElement = 64

// LastsToCopy is Lasts for a command that is about to copy the value of e.
func (c *Step) LastsToCopy(e db.Entry) error { return c.Lasts(c.k.SizeOf(e) / bytesPerElement) }

// Lasts is asked by a handler that is about to look at so many elements, before it
// changes anything: an error that it must return takes the command to an executor, where
// it begins again. What the table marks Long is there already; nor does anything begin
// again in the middle of a transaction or script.
func (c *Step) Lasts(elements int) error {
	if elements < longWork || c.loop < 0 || c.inTx || c.serving != nil {
		return nil
	}
	c.wanted = call.ShardSet{}
	c.Route(c.cmd, &c.wanted)
	return errLong
}
