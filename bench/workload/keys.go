package workload

import (
	"sync/atomic"

	"sigrun/bench/wire"
)

// Keys are names that differ by a number.
type Keys struct {
	Name          string
	Count         uint64 // of those that exist, once they have been filled in
	before, after string // around the number
	width         int    // of the number
	spread        spread
	missing       float64 // share of draws that name a key which does not exist
}

// draw chooses a key. From Count on are those that do not exist.
func (k *Keys) draw(d *Dice) uint64 {
	n := k.spread.next(d)
	if k.missing > 0 && d.Share() < k.missing {
		n += k.Count
	}
	return n
}

// Key is the text of key n.
func (k *Keys) Key(n uint64) string { return string(k.append(nil, n)) }

func (k *Keys) append(b []byte, n uint64) []byte {
	return append(wire.AppendPadded(append(b, k.before...), n, k.width), k.after...)
}

// sequential goes through all numbers in their order, over all threads together.
type sequential struct {
	n  uint64
	at *atomic.Uint64
}

func (s sequential) next(*Dice) uint64 { return (s.at.Add(1) - 1) % s.n }

// Number is a number of a range, each alike.
type Number struct {
	Name        string
	least, most uint64
}

func (n *Number) draw(d *Dice) uint64 { return n.least + d.Below(n.most-n.least+1) }
