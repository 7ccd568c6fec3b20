//go:build sim

package simulation

import (
	"slices"
	"strings"
	"time"
)

// shrinker looks for the smallest plan that is still wrong in the same way.
type shrinker struct {
	try   func(p *Plan) *Outcome
	kind  string
	until time.Time
	best  Plan
}

// Shrink makes a plan that failed as small as it gets in some time: clients, steps, settings, and then the choices of its schedule.
// Without the choices a plan is tried under several schedules, since each step that is left out gives others.
func Shrink(p *Plan, failed *Outcome, most time.Duration, try func(p *Plan) *Outcome) *Plan {
	s := &shrinker{try: try, kind: failed.kind(), until: time.Now().Add(most), best: *p}
	if len(failed.Begun) > 0 { // what had not begun leaves the schedule as it was
		s.tryPlan(p.Settings, failed.Begun)
	}
	for before := -1; before != len(s.best.Steps) && s.best.Choices == nil; {
		before = len(s.best.Steps)
		s.shrinkClients()
		fewest(s.best.Steps, s.late, func(steps []Step) bool { return s.tryPlan(s.best.Settings, steps) })
		s.shrinkSettings()
	}
	bySeed := s.best
	if s.shrinkChoices(); bySeed.Choices == nil && len(s.best.String()) > len(bySeed.String())+mostChoices {
		return &bySeed
	}
	return &s.best
}

// mostChoices is how much text they may take: the seed of a schedule says the same in less, as long as nobody adds a point to it.
const mostChoices = 3000

// kind is what was wrong, in short.
func (o *Outcome) kind() string {
	if len(o.Wrong) == 0 {
		return ""
	}
	words := strings.Fields(o.Wrong[0])
	end := slices.IndexFunc(words, func(w string) bool { return strings.ContainsAny(w, "0123456789\"'") })
	if end < 0 {
		end = len(words)
	}
	if words[0] == "panic" || words[0] == "the" && words[1] == "process" {
		return words[0]
	}
	return strings.Join(words[:min(end, 4)], " ")
}

const schedules = 4 // that are tried

// tryPlan reports whether this fails, too, and keeps it then.
func (s *shrinker) tryPlan(set Settings, steps []Step) bool {
	if len(steps) == 0 {
		return false
	}
	for range schedules {
		p := Plan{Settings: set, Steps: steps}
		if s.late() {
			return false
		}
		if s.try(&p).kind() == s.kind {
			s.best = p
			return true
		}
		set[Schedule]++
	}
	return false
}

// late says that there is no time left: what is smallest then is kept.
func (s *shrinker) late() bool { return time.Now().After(s.until) }

func (s *shrinker) shrinkClients() {
	for _, id := range s.best.clients() {
		rest := slices.DeleteFunc(slices.Clone(s.best.Steps), func(t Step) bool { return t.Client == id })
		s.tryPlan(s.best.Settings, rest)
	}
}

func (s *shrinker) shrinkSettings() {
	for i := range numSettings {
		if set := s.best.Settings; i != Schedule && i != Chance && set[i] != settings[i].simplest {
			set[i] = settings[i].simplest
			s.tryPlan(set, s.best.Steps)
		}
	}
}

// shrinkChoices finds the fewest choices with which the plan still fails.
func (s *shrinker) shrinkChoices() {
	if s.best.Choices == nil {
		o := s.try(&s.best)
		if o.kind() != s.kind {
			return
		}
		c := o.Choices
		if p := (Plan{s.best.Settings, s.best.Steps, &c}); s.try(&p).kind() == s.kind {
			s.best = p
		} else {
			return
		}
	}
	try := func(c Choices) bool {
		p := Plan{s.best.Settings, s.best.Steps, &c}
		if s.late() || s.try(&p).kind() != s.kind {
			return false
		}
		s.best = p
		return true
	}
	fewest(s.best.Choices.Leave, s.late, func(list []Choice) bool { return try(Choices{list, s.best.Choices.Next}) })
	fewest(s.best.Choices.Next, s.late, func(list []Choice) bool { return try(Choices{s.best.Choices.Leave, list}) })
}

// fewest leaves out of a list whatever can be left out: large parts of it, then smaller ones.
func fewest[T any](list []T, late func() bool, still func(list []T) bool) {
	for part := len(list); part > 0; part /= 2 {
		for at := 0; at < len(list) && !late(); {
			end := min(at+part, len(list))
			if rest := slices.Concat(list[:at], list[end:]); still(rest) {
				list = rest
			} else {
				at = end
			}
		}
	}
}
