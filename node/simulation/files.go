//go:build sim

package simulation

import (
	"errors"
	"math/rand/v2"
	"time"

	"sigrun/internal/sim"
	"sigrun/internal/vfs"
)

var errNoSpace = errors.New("no space left on device")

// files makes the file system of a run: others go on at each operation, some last, some fail, and at one of them power is lost: what is
// left then is kept for another node.
func (x *run) files() vfs.FS {
	operations := int64(0)
	x.disk = &vfs.Mem{}
	x.disk.Before = func(operation, name string) error {
		sim.Yield("before " + operation)
		if sim.IntN(4) == 0 {
			sim.Sleep(time.Duration(sim.IntN(2000)) * time.Microsecond)
		}
		if operations++; operations == x.set[PowerCut] && !x.calm {
			x.left = x.disk.Crash(rand.New(rand.NewPCG(sim.Uint64(), 5)))
			x.flushedThen = x.flushed
		}
		if fails := x.set[Fails]; fails > 0 && !x.calm && sim.IntN(int(fails)) == 0 {
			sim.Note(operation + " fails")
			return errNoSpace
		}
		return nil
	}
	return x.disk
}
