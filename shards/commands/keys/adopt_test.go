package keys_test

import (
	"testing"

	"sigrun/internal/offheap"
	"sigrun/protocol/call"
	"sigrun/storage/db"
)

// giver is a connection whose argument 2 came in a block of its own.
type giver struct {
	noCaller
	block offheap.Block
	n     int
	given int
}

func (g *giver) TakeBlock(arg int) (offheap.Block, int, bool) {
	if arg != 2 || g.given > 0 {
		return offheap.Block{}, 0, false
	}
	g.given++
	return g.block, g.n, true
}

// TestLargeValuesAreAdopted shows that SET makes the block of its argument the value's,
// and that it leaves the block alone when it does not set.
func TestLargeValuesAreAdopted(t *testing.T) {
	b := newBench(t)
	const n = 100 << 10
	space := b.ctx.Engine().Space
	from := &giver{block: space.Region().AllocBlock(n), n: n}
	value := from.block.Ref.Bytes(n)
	for i := range value {
		value[i] = byte(i)
	}
	set := func(options ...string) {
		batch := []call.Command{b.command(append([]string{"SET", "k", "v"}, options...)...)}
		batch[0].Args[2] = value
		b.ctx.Prepare(batch, 0)
		b.ctx.Run(&batch[0], &b.cl, &b.out, nil, from)
	}
	set("XX")
	if from.given != 0 {
		t.Fatal("SET XX of an absent key took the block")
	}
	set()
	k := space.Hasher().Key([]byte("k"))
	e := space.Database(0).Part(b.ctx.Owner(k.Slot)).Find(&k)
	if e == 0 || e.Encoding() != db.Large {
		t.Fatal("no large value")
	}
	if held, length := e.Block(); held.Ref != from.block.Ref || length != n {
		t.Errorf("the value lies at %x, %d bytes; its argument lay at %x, %d bytes", held.Ref, length, from.block.Ref, n)
	}
}
