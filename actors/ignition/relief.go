package ignition

import (
	"cmp"
	"slices"
)

// Heat is how often a token was not to be had for a command on a key of a slot.
type Heat struct {
	Slot  uint16
	Shard int
	Lost  int
}

// Relief says what to do about a hot shard.
type Relief struct {
	Moves bool // Slot is to be moved to shard To
	Slot  uint16
	To    int
	Lend  int // a shard that is to be lent to a worker, -1: none
	Back  int // a lent shard that is to be given back, -1: none
}

// Reliever decides when a shard that loops quarrel about is relieved: of a slot, where
// several slots of it are hot, or, where all comes from one, by a worker that runs it
// for the loops. It is a pure state machine like Policy, stepped about once a second.
type Reliever struct {
	Shards  int
	Workers bool // there are workers to lend to

	hot   int // steps in a row with a hot shard
	lent  int // shard + 1
	step  int
	moved map[uint16]int // slot: step until which it stays where it is
}

const (
	reliefShare = 0.02 // of all commands that lost a token: less is not worth it
	reliefLeast = 200  // lost tries in a step, likewise
	reliefHot   = 3.0  // times the mean of all shards makes a shard hot
	reliefWaits = 2    // steps in a row that must agree
	reliefRest  = 60   // steps for which a moved slot stays
)

// Step takes the lost tries since the last step, by slot, and the commands among which
// they were lost. What it returns is done at once, at most one thing a step.
func (r *Reliever) Step(heat []Heat, commands uint64) Relief {
	r.step++
	none := Relief{Lend: -1, Back: -1}
	shards := make([]int, r.Shards)
	total := 0
	for _, h := range heat {
		shards[h.Shard] += h.Lost
		total += h.Lost
	}
	if r.lent > 0 && shards[r.lent-1] < reliefLeast/2 {
		none.Back, r.lent = r.lent-1, 0
		return none
	}
	hot, cold := extremes(shards)
	if total < reliefLeast || float64(total) < reliefShare*float64(commands) ||
		float64(shards[hot])*float64(r.Shards) < reliefHot*float64(total) {
		r.hot = 0
		return none
	}
	if r.hot++; r.hot < reliefWaits {
		return none
	}
	r.hot = 0
	if s, ok := r.slotToMove(heat, hot, shards[hot]-shards[cold]); ok {
		return Relief{Slot: s, To: cold, Lend: -1, Back: -1, Moves: true}
	}
	if r.Workers && r.lent == 0 {
		r.lent = hot + 1
		none.Lend = hot
	}
	return none
}

func extremes(shards []int) (hot, cold int) {
	for s, n := range shards {
		if n > shards[hot] {
			hot = s
		}
		if n < shards[cold] {
			cold = s
		}
	}
	return hot, cold
}

// slotToMove is the hottest slot of a shard whose move brings two shards closer
// together: one that is hotter than their difference would only carry the heat along.
func (r *Reliever) slotToMove(heat []Heat, shard, difference int) (uint16, bool) {
	of := slices.DeleteFunc(slices.Clone(heat), func(h Heat) bool {
		return h.Shard != shard || h.Lost >= difference || r.moved[h.Slot] > r.step
	})
	if len(of) == 0 {
		return 0, false
	}
	best := slices.MaxFunc(of, func(a, b Heat) int { return cmp.Compare(a.Lost, b.Lost) })
	if best.Lost*10 < difference { // nothing that counts
		return 0, false
	}
	if r.moved == nil {
		r.moved = map[uint16]int{}
	}
	r.moved[best.Slot] = r.step + reliefRest
	return best.Slot, true
}
