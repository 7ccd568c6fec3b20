//go:build sim

package simulation

import (
	"math/rand/v2"
	"time"
)

// Setting is something that varies from seed to seed.
type Setting uint8

// The settings. Times are in microseconds.
const (
	Shards Setting = iota
	Loops
	Ring
	Workers
	Forced   // the ignition
	Chaos    // seed, 0: none
	Disorder // time between two slots that move, in chaos
	Hz
	Cost     // what a step takes, in ns
	Look     // what is used of a processor between two looks at that, in ns
	Leave    // somebody else goes on at one point in so many
	Slow     // one goroutine in so many seldom goes on, 0: none
	Relaxed  // pipeline-order
	Saves    // there are save points
	Room     // bytes that a connection takes before its client reads
	Lead     // before the first command
	Delay    // rdb-key-save-delay
	Fails    // one operation on files in so many fails, 0: none
	PowerCut // what that would leave is looked at after every so many operations on files, 0: never
	Judged   // all replies of those clients are explained by one order
	Recorded // the commits are replayed
	Tight    // bytes of memory that are left at the start, before what may go (volatile-lru) has to; 0: no limit
	Endless  // busy-reply-threshold where some scripts end by SCRIPT KILL only, 0: none does
	Schedule // seed of who goes on
	Chance   // seed of everything else that the node leaves to chance
	Appends  // there is an append-only file: appendfsync always (1), everysec or no (3); 0: there is none
	Phrased  // its bases are commands
	numSettings
)

// Settings are the values of all of them.
type Settings [numSettings]int64

// setting is what is known of one: its name, its simplest value, and those that it may have.
type setting struct {
	name     string
	simplest int64
	values   []int64
}

const anyNumber = -1 // a value that stands for any

var settings = [numSettings]setting{
	Shards:   {"shards", 1, []int64{1, 2, 4, 4, 8, 16}},
	Loops:    {"loops", 1, []int64{1, 2, 2, 3, 4}},
	Ring:     {"ring", 1024, []int64{2, 2, 4, 1024}},
	Workers:  {"workers", 0, []int64{0, 0, 1, 2}},
	Forced:   {"forced", 0, []int64{0, 1}},
	Chaos:    {"chaos", 0, []int64{0, anyNumber, anyNumber}},
	Disorder: {"disorder", 20000, []int64{100, 200, 1000, 3000, 20000}},
	Hz:       {"hz", 10, []int64{10, 10, 100, 500}},
	Cost:     {"step", 500, []int64{100, 500, 500, 3000, 20000}},
	Look:     {"look", 20000, []int64{5000, 20000, 100000, 400000}},
	Leave:    {"leave", 32, []int64{1, 2, 3, 4, 8, 32}},
	Slow:     {"slow", 0, []int64{0, 0, 2, 3, 5}},
	Relaxed:  {"relaxed", 0, []int64{0, 0, 1}},
	Saves:    {"saves", 0, []int64{0, 1}},
	Room:     {"room", 1 << 20, []int64{100, 1000, 20000, 1 << 20}},
	Lead:     {"lead", 0, []int64{0, 0, 100, 2000, 50000}},
	Delay:    {"delay", 0, []int64{0, 0, 0, 5, 100}},
	Fails:    {"fails", 0, []int64{0, 0, 0, 30, 8}},
	PowerCut: {"powercut", 0, []int64{0, 1, 3, 7, 20}},
	Judged:   {"judged", 0, []int64{0, 1}},
	Recorded: {"recorded", 0, []int64{0, 0, 0, 1}},
	Tight:    {"tight", 0, []int64{0, 0, 0, 0, 20000, 200000}},
	Endless:  {"endless", 0, []int64{0, 0, 0, 0, 1, 2}},
	Schedule: {"schedule", 0, []int64{anyNumber}},
	Chance:   {"chance", 0, []int64{anyNumber}},
	Appends:  {"appends", 0, []int64{0, 0, 0, 0, 0, 1, 1, 2, 3}},
	Phrased:  {"phrased", 0, []int64{0, 0, 1}},
}

// draw chooses settings; those that came later by lots of their own, so that a seed means what it meant before.
func draw(r, later *rand.Rand) (s Settings) {
	for i := range s {
		if Setting(i) == Appends {
			r = later
		}
		s[i] = settings[i].values[r.IntN(len(settings[i].values))]
		if n := 1 + r.Int64N(1<<31); s[i] == anyNumber {
			s[i] = n
		}
	}
	if s.is(Endless) || s.is(Tight) { // whoever is refused in the middle, as the server is busy or full, has not done what others think he has
		s[Judged] = 0
	}
	if s.is(Endless) { // a log that waits for tokens would wait for the end of a script
		s[Appends] = 0
	}
	if s.is(Appends) && s.is(Fails) { // another base is tried every few seconds: what takes so long cannot move slots all the time, and has to come to its end
		s[Chaos], s[Fails] = 0, max(s[Fails], 30)
	}
	s[Disorder] = max(s[Disorder], s[Cost]/10) // there is time for other things, too
	return s
}

func simplest() (s Settings) {
	for i := range s {
		s[i] = settings[i].simplest
	}
	return s
}

func (s *Settings) is(of Setting) bool              { return s[of] != 0 }
func (s *Settings) micros(of Setting) time.Duration { return time.Duration(s[of]) * time.Microsecond }
func (s *Settings) nanos(of Setting) time.Duration  { return time.Duration(s[of]) }
