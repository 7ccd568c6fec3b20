//go:build sim

package simulation

import (
	"math/rand/v2"

	"sigrun/internal/sim"
)

// Choices are those in which a schedule differs from the plainest, in which everybody goes on until he waits, and then the next.
type Choices struct {
	Leave []Choice // points that were left although nobody had to
	Next  []Choice // steps at which somebody went on whose turn it was not
}

// Choice is one at a point, or step, of that number; who went on is told by how many of those who were ready were passed over.
type Choice struct{ At, Take int }

// dice are a schedule by a seed. It notes its choices.
type dice struct {
	r      *rand.Rand
	leave  int
	slow   int
	slows  map[int]bool // by ID
	last   int          // who went on last
	points int
	steps  int
	made   Choices
}

func newDice(s *Settings) *dice {
	return &dice{r: rand.New(rand.NewPCG(uint64(s[Schedule]), 3)), leave: int(max(s[Leave], 1)), slow: int(s[Slow]), slows: map[int]bool{}}
}

// Leave implements sim.Schedule.
func (d *dice) Leave(*sim.Goroutine, string) bool {
	d.points++
	if d.r.IntN(d.leave) != 0 {
		return false
	}
	d.made.Leave = append(d.made.Leave, Choice{At: d.points})
	return true
}

// Next implements sim.Schedule. One of the slow goes on when it is drawn seven times, or nobody else is there.
func (d *dice) Next(ready []*sim.Goroutine) int {
	i := d.r.IntN(len(ready))
	for tries := 0; tries < 6 && d.slow > 0 && len(ready) > 1 && d.isSlow(ready[i]); tries++ {
		i = d.r.IntN(len(ready))
	}
	d.steps++
	first := following(ready, d.last)
	if i != first {
		d.made.Next = append(d.made.Next, Choice{At: d.steps, Take: (i - first + len(ready)) % len(ready)})
	}
	d.last = ready[i].ID
	return i
}

func (d *dice) isSlow(g *sim.Goroutine) bool {
	slow, known := d.slows[g.ID]
	if !known {
		slow = d.r.IntN(d.slow) == 0
		d.slows[g.ID] = slow
	}
	return slow
}

// following is the one whose turn it is after last: they go on in turns.
func following(ready []*sim.Goroutine, last int) int {
	for i, g := range ready {
		if g.ID > last {
			return i
		}
	}
	return 0
}

// replay is a schedule by choices.
type replay struct {
	left   Choices
	last   int
	points int
	steps  int
}

// Leave implements sim.Schedule.
func (d *replay) Leave(*sim.Goroutine, string) bool {
	d.points++
	if len(d.left.Leave) > 0 && d.left.Leave[0].At == d.points {
		d.left.Leave = d.left.Leave[1:]
		return true
	}
	return false
}

// Next implements sim.Schedule.
func (d *replay) Next(ready []*sim.Goroutine) int {
	d.steps++
	i := following(ready, d.last)
	if len(d.left.Next) > 0 && d.left.Next[0].At == d.steps {
		i = (i + d.left.Next[0].Take) % len(ready)
		d.left.Next = d.left.Next[1:]
	}
	d.last = ready[i].ID
	return i
}
