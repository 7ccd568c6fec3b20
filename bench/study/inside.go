package study

import (
	"maps"
	"slices"
	"strconv"

	"sigrun/bench/result"
	"sigrun/bench/wire"
)

// insides are figures of Sigrun that say where the time goes.
var insides = []string{"calls_handed_off", "calls_overtaken", "calls_executed", "replies_held_back", "token_tries_lost", "claims_queued", "all_token_sections"}

// delays are what LATENCY DELAYS counts, by command and by kind: how many took up to so many microseconds and more than the bound before.
type delays map[string]map[string]map[int64]int64

// kinds of delays.
const (
	ringDelay  = "ring_delay"
	runTime    = "run"
	writeDelay = "write_delay"
)

// askDelays asks for them; others than Sigrun do not know.
func (w *watch) askDelays() delays {
	if w.facts.Kind != "Sigrun" {
		return nil
	}
	r, err := w.conn.Send(wire.AppendCommand(nil, "LATENCY", "DELAYS"))
	if err != nil || r.IsError() {
		return nil
	}
	return readDelays(wire.Strings(r.Raw))
}

// readDelays reads the strings of the reply: of each command its name, and of each kind count N histogram_usec BOUND COUNT…
func readDelays(list []string) delays {
	d := delays{}
	var command map[string]map[int64]int64
	for len(list) > 0 {
		kind := list[0]
		if kind != ringDelay && kind != runTime && kind != writeDelay {
			command = map[string]map[int64]int64{}
			d[kind] = command
			list = list[1:]
			continue
		}
		if len(list) < 4 || list[1] != "count" || command == nil {
			return nil
		}
		list = list[4:]
		counts, seen := map[int64]int64{}, int64(0)
		for len(list) >= 2 {
			bound, err := strconv.ParseInt(list[0], 10, 64)
			n, err2 := strconv.ParseInt(list[1], 10, 64)
			if err != nil || err2 != nil {
				break
			}
			counts[bound] = n - seen // they add up
			seen, list = n, list[2:]
		}
		command[kind] = counts
	}
	return d
}

// mostDelays is how many commands are told of: those that ran most often.
const mostDelays = 20

// insideOf is what Sigrun says of the time between two looks.
func insideOf(changed map[string]float64, before, after delays, commands float64) *result.Inside {
	in := &result.Inside{PerCommand: map[string]float64{}}
	for _, k := range insides {
		if v, ok := changed[k]; ok {
			in.PerCommand[k] = v / commands
		}
	}
	for _, name := range slices.Sorted(maps.Keys(after)) {
		was, is := before[name], after[name]
		d := result.Delays{Command: name, Ring: spreadOf(was[ringDelay], is[ringDelay]), Run: spreadOf(was[runTime], is[runTime]),
			Write: spreadOf(was[writeDelay], is[writeDelay])}
		own := (name == "info" || name == "latency|delays") && d.Run.Count <= 3 // what was asked to find out
		if d.Ring.Count+d.Run.Count+d.Write.Count > 0 && !own {
			in.Delays = append(in.Delays, d)
		}
	}
	slices.SortStableFunc(in.Delays, func(a, b result.Delays) int { return int(b.Run.Count - a.Run.Count) })
	in.Delays = in.Delays[:min(len(in.Delays), mostDelays)]
	return in
}

// spreadOf is what has come to a distribution.
func spreadOf(was, is map[int64]int64) (s result.Spread) {
	bounds := slices.Sorted(maps.Keys(is))
	more := func(bound int64) int64 { return max(is[bound]-was[bound], 0) }
	for _, b := range bounds {
		s.Count += more(b)
	}
	seen := int64(0)
	for _, b := range bounds {
		n := more(b)
		if n == 0 {
			continue
		}
		share := func(p float64) bool {
			return float64(seen) < p*float64(s.Count) && float64(seen+n) >= p*float64(s.Count)
		}
		if share(0.5) {
			s.P50 = float64(b)
		}
		if share(0.99) {
			s.P99 = float64(b)
		}
		s.Most = float64(b)
		seen += n
	}
	return s
}
