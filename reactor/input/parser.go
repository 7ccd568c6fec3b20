// Package input turns the bytes that connections send into commands. A Parser is a loop's: it reads whole commands where they lie, a
// batch at a time, and looks their rows up. An Input is a connection's: what has arrived and may not be parsed yet, and the
// command that does not arrive in one piece. Both belong to the loop's goroutine. Nothing here decides on a command or runs one.
package input

import (
	"slices"
	"sync/atomic"

	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
)

// Limits bound what a connection may send. Configuration stores into them; loops read them.
type Limits struct {
	MaxBulk     atomic.Int64 // proto-max-bulk-len
	QueryBuffer atomic.Int64 // client-query-buffer-limit
}

// maxBatch bounds the look-ahead.
const maxBatch = 64

// spareAssemblers is how many a loop keeps.
const spareAssemblers = 64

// Parser is a loop's scratch memory of parsing.
type Parser struct {
	Table  *command.Table
	Limits *Limits
	Blocks resp.BlockSource // where large arguments lie

	Batch []call.Command // the commands that were parsed last
	ends  []int          // where each of them ends
	argv  [][]byte
	spare []*resp.Assembler
}

// Parse fills the batch with the commands at the front of buf and returns the bytes they take.
func (p *Parser) Parse(buf []byte, unauthenticated bool) (n int, err error) {
	lim := p.limits(unauthenticated)
	p.Batch, p.ends, p.argv = p.Batch[:0], p.ends[:0], p.argv[:0]
	for n < len(buf) && len(p.Batch) < maxBatch {
		start := len(p.argv)
		var used int
		p.argv, used, err = resp.Scan(buf[n:], p.argv, &lim)
		if used == 0 {
			break
		}
		n += used
		if args := p.argv[start:len(p.argv):len(p.argv)]; len(args) > 0 {
			p.add(p.lookupNext(args), args)
			p.ends = append(p.ends, n)
		}
	}
	return n, err
}

// One makes a batch of a command that was put together.
func (p *Parser) One(args [][]byte) *call.Command {
	p.Batch = p.Batch[:0]
	p.add(p.lookup(args), args)
	return &p.Batch[0]
}

// End is where the first ran commands of the batch end.
func (p *Parser) End(ran int) int {
	if ran == 0 {
		return 0
	}
	return p.ends[ran-1]
}

func (p *Parser) limits(unauthenticated bool) resp.Limits {
	lim := resp.DefaultLimits()
	lim.MaxBulk = p.Limits.MaxBulk.Load()
	lim.Unauthenticated = unauthenticated
	return lim
}

// add appends a command to the batch, word by word: one that is put together and copied at
// once holds up the processor.
func (p *Parser) add(spec *command.Spec, args [][]byte) {
	n := len(p.Batch)
	p.Batch = slices.Grow(p.Batch, 1)[:n+1]
	cmd := &p.Batch[n]
	cmd.Spec, cmd.Args = spec, args
	cmd.Hash, cmd.Slot, cmd.Asking, cmd.Barred, cmd.Shard = 0, 0, false, false, 0
}

// lookupNext is lookup for the command behind those of the batch: pipelines repeat theirs.
func (p *Parser) lookupNext(args [][]byte) *command.Spec {
	if n := len(p.Batch); n > 0 {
		before := &p.Batch[n-1]
		if before.Spec != nil && before.Spec.Parent() == nil && len(before.Spec.Subs) == 0 && string(before.Args[0]) == string(args[0]) {
			return before.Spec
		}
	}
	return p.lookup(args)
}

// lookup resolves a command or subcommand; a container whose subcommand is unknown
// comes back as the container.
func (p *Parser) lookup(args [][]byte) *command.Spec {
	spec := p.Table.Lookup(args[0])
	if spec != nil && len(spec.Subs) > 0 {
		return spec.Narrowed(args)
	}
	return spec
}

// assembler takes a spare one.
func (p *Parser) assembler() *resp.Assembler {
	if n := len(p.spare); n > 0 {
		a := p.spare[n-1]
		p.spare = p.spare[:n-1]
		return a
	}
	return resp.NewAssembler(p.Blocks)
}

// Recycle takes an assembler back that is not needed any more.
func (p *Parser) Recycle(a *resp.Assembler) {
	a.Reset()
	if len(p.spare) < spareAssemblers {
		p.spare = append(p.spare, a)
	}
}
