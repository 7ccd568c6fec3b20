package resp

import (
	"bytes"

	"sigrun/internal/invariants"
	"sigrun/internal/offheap"
)

const (
	// bigArg parts the arguments that are gathered on the heap from those
	// that get a block of their own, which the storage may adopt.
	bigArg = 32 << 10
	// firstBlock is the most that is reserved for a big argument before any of
	// it has arrived. Once it is full it is moved to a block growthFactor times
	// as large: a client must send a sixteenth of what it makes a server
	// reserve, and a byte is moved 1.07 times on average.
	firstBlock   = 1<<20 + 2
	growthFactor = 16
	// keptBuffer is what an Assembler keeps between two commands.
	keptBuffer = 64 << 10
)

// BlockSource is where the memory of big arguments comes from: a Region.
type BlockSource interface {
	AllocBlock(n int) offheap.Block
	FreeBlock(b offheap.Block)
}

// Assembler puts together ONE command that does not arrive in one piece:
//
//	a := NewAssembler(region)
//	n, done, err := a.Feed(rest, &lim)    // until done; it takes n bytes at a time
//	for room := a.Direct(); room != nil;  // within a big argument: read there
//		... Advance(read(fd, room))
//	... a.Args() ...
//	a.Reset()
//
// What it holds is never more than a small multiple of what has arrived,
// whatever was announced. After an error nothing but Reset may be called.
type Assembler struct {
	source   BlockSource
	big      int // bigArg, smaller in tests
	first    int // firstBlock, smaller in tests
	state    state
	missing  int      // arguments still to come, with the one under way
	size     int      // bytes of the argument under way
	filled   int      // of these and the two behind, those that are here
	crossed  bool     // the CR of the header line under way was seen
	hidden   bool     // a zero byte was seen in the inline command
	header   []byte   // its text so far
	gathered []byte   // the small arguments with what lies behind each, or the inline command
	spans    []span   // the arguments so far
	blocks   []bigOne // the big ones among them
	args     [][]byte // the arguments of a whole command
}

// state says what the next byte belongs to.
type state uint8

const (
	atStart state = iota
	inInline
	inCount
	inHeader
	inSmall
	inBig
	whole
	wrong
)

// span is where an argument lies in gathered; of a big one only the size counts.
type span struct{ start, size int }

// bigOne is the block of argument number arg. A block that was taken away is
// the zero Block.
type bigOne struct {
	arg   int
	block offheap.Block
}

// NewAssembler makes an Assembler that holds nothing.
func NewAssembler(source BlockSource) *Assembler {
	return &Assembler{source: source, big: bigArg, first: firstBlock}
}

// Feed takes the next n bytes of the connection from the front of buf and
// tells whether they completed the command; it takes nothing beyond its end. A
// done command may have no arguments. err is a *ProtocolError.
func (a *Assembler) Feed(buf []byte, lim *Limits) (n int, done bool, err error) {
	for a.state != whole {
		took, err := a.step(buf[n:], lim)
		n += took
		if err != nil {
			return n, false, err
		}
		if took == 0 {
			return n, false, nil
		}
	}
	return n, true, nil
}

// step goes on with what the next byte belongs to; 0 means that it needs more.
func (a *Assembler) step(buf []byte, lim *Limits) (took int, err error) {
	if len(buf) == 0 {
		return 0, nil
	}
	if a.state == atStart {
		a.state = inInline
		if buf[0] == '*' {
			a.state = inCount
		}
	}
	switch a.state {
	case inInline:
		return a.inline(buf, lim)
	case inCount:
		return a.count(buf, lim)
	case inHeader:
		return a.bulk(buf, lim)
	case inSmall:
		took = a.small(buf)
	default:
		took = copy(a.Direct(), buf)
		a.Advance(took)
	}
	return took, a.Err()
}

func (a *Assembler) inline(buf []byte, lim *Limits) (took int, err error) {
	window := buf[:min(len(buf), lim.MaxInline+1-len(a.gathered))]
	end := lineEnd(window)
	if a.hidden = a.hidden || end < 0 && bytes.IndexByte(window, 0) >= 0; a.hidden {
		end = -1
	}
	if end < 0 {
		a.gathered = append(a.gathered, window...)
		if len(a.gathered) > lim.MaxInline {
			return len(window), ErrBigInline
		}
		return len(window), nil
	}
	a.gathered = append(a.gathered, window[:end+1]...)
	a.args, _, err = scanInline(a.gathered, a.args[:0], lim)
	a.state = whole
	return end + 1, err
}

func (a *Assembler) count(buf []byte, lim *Limits) (took int, err error) {
	text, took, err := a.line(buf, lim.MaxInline, ErrBigCount)
	if text == nil {
		return took, err
	}
	if buf[took-1] != '\n' {
		return took, ErrCRLF
	}
	if a.missing, err = lim.count(text[1:]); err != nil {
		return took, err
	}
	a.next()
	return took, nil
}

func (a *Assembler) bulk(buf []byte, lim *Limits) (took int, err error) {
	text, took, err := a.line(buf, lim.MaxInline, ErrBigBulkLength)
	if text == nil {
		return took, err
	}
	if len(text) == 0 {
		return took, ExpectedDollar('\r')
	}
	if text[0] != '$' {
		return took, ExpectedDollar(text[0])
	}
	if buf[took-1] != '\n' {
		return took, ErrCRLF
	}
	a.size, err = lim.bulk(text[1:])
	if err != nil {
		return took, err
	}
	a.filled = 0
	a.spans = append(a.spans, span{start: len(a.gathered), size: a.size})
	a.state = inSmall
	if a.size > a.big {
		a.state = inBig
		block := a.source.AllocBlock(min(a.size+2, a.first))
		a.blocks = append(a.blocks, bigOne{arg: len(a.spans) - 1, block: block})
	}
	return took, nil
}

// line gathers a header line. text is nil until it is whole, and valid until
// the next call.
func (a *Assembler) line(buf []byte, longest int, tooLong *ProtocolError) (text []byte, took int, err error) {
	if !a.crossed {
		window := buf[:min(len(buf), longest+1-len(a.header))]
		cr := bytes.IndexByte(window, '\r')
		if cr < 0 {
			a.header = append(a.header, window...)
			if len(a.header) > longest {
				return nil, len(window), tooLong
			}
			return nil, len(window), nil
		}
		a.header = append(a.header, window[:cr]...)
		a.crossed = true
		took = cr + 1
	}
	if took == len(buf) {
		return nil, took, nil
	}
	a.crossed = false
	text = append(a.header, '\r')[:len(a.header)] // never nil
	a.header = text[:0]
	return text, took + 1, nil
}

// small gathers an argument together with the two bytes behind it.
func (a *Assembler) small(buf []byte) (took int) {
	took = min(len(buf), a.size+2-a.filled)
	a.gathered = append(a.gathered, buf[:took]...)
	a.filled += took
	if a.filled == a.size+2 {
		a.arrived(a.gathered[len(a.gathered)-2:])
	}
	return took
}

// Direct is where the next bytes of the connection belong while a big argument
// is under way, for read(2) without a copy; else nil. Advance must follow.
func (a *Assembler) Direct() []byte {
	if a.state != inBig {
		return nil
	}
	last := &a.blocks[len(a.blocks)-1]
	if a.filled == last.block.Cap {
		a.grow(last)
	}
	end := min(last.block.Cap, a.size+2)
	return last.block.Ref.Bytes(end)[a.filled:]
}

// Advance says that n bytes were put to the front of Direct, and tells whether
// they completed the command.
func (a *Assembler) Advance(n int) (done bool) {
	a.filled += n
	if a.filled == a.size+2 {
		last := &a.blocks[len(a.blocks)-1]
		a.arrived(last.block.Ref.Bytes(a.filled)[a.size:])
	}
	return a.state == whole
}

// Err is ErrCRLF once an argument was not followed by CRLF; Feed returns it, who calls
// Advance has to ask.
func (a *Assembler) Err() error {
	if a.state == wrong {
		return ErrCRLF
	}
	return nil
}

// grow moves a big argument whose block is full to a larger one.
func (a *Assembler) grow(b *bigOne) {
	larger := a.source.AllocBlock(min(a.size+2, growthFactor*b.block.Cap))
	copy(larger.Ref.Bytes(a.filled), b.block.Ref.Bytes(a.filled))
	a.source.FreeBlock(b.block)
	b.block = larger
}

// arrived goes on to the next argument, the one under way being whole; behind are the two
// bytes that came after it.
func (a *Assembler) arrived(behind []byte) {
	if !ends(behind) {
		a.state = wrong
		return
	}
	a.missing--
	a.next()
}

// next waits for the next argument, if there is one.
func (a *Assembler) next() {
	a.state = inHeader
	if a.missing == 0 {
		a.state = whole
		a.finish()
	}
}

// finish gives the arguments their final addresses: gathered moves no more.
func (a *Assembler) finish() {
	a.args = a.args[:0]
	blocks := a.blocks
	for i, s := range a.spans {
		if len(blocks) > 0 && blocks[0].arg == i {
			a.args = append(a.args, blocks[0].block.Ref.Bytes(s.size))
			blocks = blocks[1:]
			continue
		}
		end := s.start + s.size
		a.args = append(a.args, a.gathered[s.start:end:end])
	}
}

// Args are the arguments of a done command, valid until Reset.
func (a *Assembler) Args() [][]byte { return a.args }

// TakeBlock gives away the block that holds argument i, whose n bytes lie at
// its front; ok is false for an argument without one. The argument stays
// readable as long as the new owner keeps the block.
func (a *Assembler) TakeBlock(i int) (b offheap.Block, n int, ok bool) {
	for j := range a.blocks {
		if big := &a.blocks[j]; big.arg == i && big.block.Ref != 0 {
			b, big.block = big.block, offheap.Block{}
			return b, a.spans[i].size, true
		}
	}
	return offheap.Block{}, 0, false
}

// Started tells whether a command is under way or done.
func (a *Assembler) Started() bool { return a.state != atStart }

// Received is how many bytes of arguments have arrived.
func (a *Assembler) Received() int {
	n := len(a.header) + len(a.gathered)
	for i := range a.blocks {
		if i == len(a.blocks)-1 && a.state == inBig {
			n += a.filled
		} else {
			n += a.spans[a.blocks[i].arg].size
		}
	}
	return n
}

// Size is the memory held in bytes, for the account of the connection.
func (a *Assembler) Size() int {
	const spanSize, argSize = 16, 24
	size := cap(a.header) + cap(a.gathered) + spanSize*cap(a.spans) + argSize*cap(a.args)
	for _, b := range a.blocks {
		size += b.block.Cap
	}
	return size
}

// Reset forgets the command, done or not, and gives back its memory but for a
// little that the next one will use.
func (a *Assembler) Reset() {
	for _, b := range a.blocks {
		if b.block.Ref != 0 {
			a.source.FreeBlock(b.block)
		}
	}
	a.blocks = a.blocks[:0]
	invariants.Mangle(a.gathered)
	if a.Size() > keptBuffer {
		*a = Assembler{source: a.source, big: a.big, first: a.first}
		return
	}
	clear(a.args)
	a.header, a.gathered, a.args = a.header[:0], a.gathered[:0], a.args[:0]
	a.spans = a.spans[:0]
	a.state, a.missing, a.crossed, a.hidden = atStart, 0, false, false
}
