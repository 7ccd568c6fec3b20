//go:build sim

package simulation

import (
	"errors"
	"time"

	"sigrun/internal/sim"
	"sigrun/internal/vfs"
)

var errNoSpace = errors.New("no space left on device")

// mostCuts bounds the moments at which somebody looks what a loss of power would leave.
const mostCuts = 12

// files makes the file system of a run: others go on at each operation, some last, some fail, and at some of them power could be lost: what
// would be left is looked at, and the last of it kept for another node.
func (x *run) files() vfs.FS {
	operations := int64(0)
	x.disk = &vfs.Mem{}
	x.disk.Before = func(operation, name string) error {
		if x.set.is(Appends) {
			sim.Note(operation + " " + name)
		}
		sim.Yield("before " + operation)
		if sim.IntN(4) == 0 {
			most := 2000
			if sim.IntN(6) == 0 { // now and then a disk takes its time, and others overtake
				most = 40000
			}
			if x.set.is(Appends) && operation == "sync" && sim.IntN(20) == 0 { // so long that writers are held back
				most = 4_000_000
			}
			if x.set.is(Chaos) { // which does not do too much meanwhile
				most = min(most, 20*int(x.set[Disorder]))
			}
			x.onDisk++
			sim.Sleep(time.Duration(sim.IntN(most)) * time.Microsecond)
			x.onDisk--
		}
		if operations++; x.set.is(PowerCut) && !x.calm && operations%x.set[PowerCut] == 0 && operations/x.set[PowerCut] <= mostCuts {
			x.left = x.losePower()
		}
		x.mayLose()
		if fails := x.set[Fails]; fails > 0 && !x.calm && sim.IntN(int(fails)) == 0 {
			sim.Note(operation + " of " + name + " fails")
			x.vault.failed = true
			if x.set.is(Appends) && operation == "write" && sim.IntN(2) == 0 {
				return vfs.Half
			}
			if x.set.is(Appends) && operation == "sync" && sim.IntN(2) == 0 {
				return vfs.Dropped
			}
			return errNoSpace
		}
		return nil
	}
	return x.disk
}
