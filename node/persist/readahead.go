package persist

import (
	"sigrun/internal/sim"
	"sigrun/storage/aof"
)

// readAhead reads the files of an append-only set on a goroutine of its own, a few batches before they are executed.
type readAhead struct {
	files *aof.Loading
	read  chan *piece
	free  chan *piece
	all   sim.WaitGroup
}

// piece is a step that was read, or why there is none.
type piece struct {
	aof.Step
	err error
}

// piecesAhead is how many there are.
const piecesAhead = 4

func newReadAhead(files *aof.Loading) *readAhead {
	r := &readAhead{files: files, read: make(chan *piece, piecesAhead), free: make(chan *piece, piecesAhead)}
	for range piecesAhead {
		r.free <- &piece{}
	}
	r.goOn()
	return r
}

// goOn has it read on, at first and behind a snapshot, which whoever executes reads himself.
func (r *readAhead) goOn() { r.all.Go("reads ahead", r.run) }

func (r *readAhead) run() {
	for {
		p, open := sim.Receive("waits for what was read to be executed", r.free)
		if !open {
			return
		}
		p.err = r.files.Next(&p.Step)
		ends := p.err != nil || p.Snapshot != nil
		if r.read <- p; ends {
			return
		}
	}
}

// next is the next step, which belongs to the caller until done.
func (r *readAhead) next() *piece {
	sim.Yield("wants what was read")
	p, _ := sim.Receive("waits for the file", r.read)
	return p
}

func (r *readAhead) done(p *piece) { r.free <- p }

// end ends it, wherever it is. All steps are done, or never will be.
func (r *readAhead) end() {
	close(r.free)
	r.all.Wait()
	r.files.Close()
}
