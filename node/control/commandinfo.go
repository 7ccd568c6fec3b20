package control

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sigrun/internal/metrics"
	"sigrun/protocol/command"
)

// commandInfo is the sections about commands and errors.
func (k *Control) commandInfo() []metrics.Row {
	return []metrics.Row{
		{Section: metrics.CommandStats, Lines: k.commandLines},
		{Section: metrics.ErrorStats, Lines: func(emit func(name, value string)) {
			k.Engine.Errors.Each(func(word string, count uint64) { emit("errorstat_"+word, "count="+strconv.FormatUint(count, 10)) })
		}},
		{Section: metrics.LatencyStats, Lines: k.latencyLines},
	}
}

// byName are the keys of a map, in the order of their names.
func byName[V any](all map[*command.Spec]V) []*command.Spec {
	return slices.SortedFunc(maps.Keys(all), func(a, b *command.Spec) int { return strings.Compare(a.FullName(), b.FullName()) })
}

func (k *Control) commandLines(emit func(name, value string)) {
	all := k.Engine.Tallies.CommandStats()
	for _, spec := range byName(all) {
		s := all[spec]
		if s.Calls|s.Rejected|s.Failed == 0 {
			continue
		}
		usec := s.Nanos / 1000
		emit("cmdstat_"+spec.FullName(), fmt.Sprintf("calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=%d,failed_calls=%d",
			s.Calls, usec, float64(s.Nanos)/1000/float64(max(s.Calls, 1)), s.Rejected, s.Failed))
	}
}

// commandTime is the time that commands took, in microseconds.
func (k *Control) commandTime() (usec uint64) {
	for _, s := range k.Engine.Tallies.CommandStats() { // in any order
		usec += s.Nanos / 1000
	}
	return usec
}

func (k *Control) latencyLines(emit func(name, value string)) {
	if !k.Settings.LatencyTracking.Load() {
		return
	}
	all := k.Engine.Tallies.CommandStats()
	percentiles := k.Config.Value("latency-tracking-info-percentiles").Words()
	for _, spec := range byName(all) {
		d := &all[spec].Latency
		if d.Total() == 0 {
			continue
		}
		fields := make([]string, len(percentiles))
		for i, p := range percentiles {
			share, _ := strconv.ParseFloat(p, 64)
			fields[i] = fmt.Sprintf("p%s=%.3f", p, float64(d.Percentile(share))/1000)
		}
		emit("latency_percentiles_usec_"+spec.FullName(), strings.Join(fields, ","))
	}
}
