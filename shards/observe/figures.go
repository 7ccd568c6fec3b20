package observe

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"sigrun/internal/metrics"
	"sigrun/protocol/command"
)

// Figures are what INFO tells of keys that were looked up or expired.
func (s *Tallies) Figures() []metrics.Row {
	sum := func(figure func(*Tally) *metrics.Counter) func() uint64 {
		return func() uint64 { return s.Total(figure) }
	}
	cycle := sum(func(t *Tally) *metrics.Counter { return &t.ExpireTime })
	return []metrics.Row{
		metrics.Count("total_commands_processed", s.Calls),
		metrics.Count("expired_keys", sum(func(t *Tally) *metrics.Counter { return &t.Expired })),
		metrics.Count("expired_fields", sum(func(t *Tally) *metrics.Counter { return &t.FieldsExpired })),
		metrics.Count("evicted_keys", sum(func(t *Tally) *metrics.Counter { return &t.Evicted })),
		metrics.Count("expired_time_cap_reached_count", sum(func(t *Tally) *metrics.Counter { return &t.CutShort })),
		metrics.Count("expire_cycle_cpu_milliseconds", func() uint64 { return cycle() / 1e6 }),
		metrics.Count("keyspace_hits", sum(func(t *Tally) *metrics.Counter { return &t.Hits })),
		metrics.Count("keyspace_misses", sum(func(t *Tally) *metrics.Counter { return &t.Misses })),
		metrics.Total("eventloop_duration_cmd_sum", s.micros),
		metrics.Lines("commands", s.commandLines).Again(s.Reset),
	}
}

// Figures are what INFO tells of error replies.
func (e *Errors) Figures() []metrics.Row {
	return []metrics.Row{
		metrics.Total("total_error_replies", e.Total).Again(e.Reset),
		metrics.Lines("errors", func(emit func(name, value string)) {
			e.Each(func(word string, count uint64) { emit("errorstat_"+word, "count="+strconv.FormatUint(count, 10)) })
		}),
	}
}

// byName are the keys of a map, in the order of their names.
func byName[V any](all map[*command.Spec]V) []*command.Spec {
	return slices.SortedFunc(maps.Keys(all), func(a, b *command.Spec) int { return strings.Compare(a.FullName(), b.FullName()) })
}

func (s *Tallies) commandLines(emit func(name, value string)) {
	all := s.CommandStats()
	for _, spec := range byName(all) {
		one := all[spec]
		if one.Calls|one.Rejected|one.Failed == 0 {
			continue
		}
		emit("cmdstat_"+spec.FullName(), fmt.Sprintf("calls=%d,usec=%d,usec_per_call=%.2f,rejected_calls=%d,failed_calls=%d",
			one.Calls, one.Nanos/1000, float64(one.Nanos)/1000/float64(max(one.Calls, 1)), one.Rejected, one.Failed))
	}
}

// micros is the time that commands took.
func (s *Tallies) micros() (usec uint64) {
	for _, one := range s.CommandStats() { // in any order
		usec += one.Nanos / 1000
	}
	return usec
}

// LatencyFigures are what INFO tells of how long commands take and wait, at the percentiles that are asked for at the time; nil: nothing.
func (s *Tallies) LatencyFigures(percentiles func() []string) []metrics.Row {
	row := func(name string, lines func(percentiles []string, emit func(name, value string))) metrics.Row {
		return metrics.Lines(name, func(emit func(name, value string)) {
			if p := percentiles(); p != nil {
				lines(p, emit)
			}
		})
	}
	return []metrics.Row{row("latencies", s.percentiles), row("delays", s.delayPercentiles)}
}

// percentiles writes those of the latency of every command.
func (s *Tallies) percentiles(percentiles []string, emit func(name, value string)) {
	all := s.CommandStats()
	for _, spec := range byName(all) {
		if d := &all[spec].Latency; d.Total() != 0 {
			emit("latency_percentiles_usec_"+spec.FullName(), shares(d, percentiles))
		}
	}
}

// delayPercentiles writes those of what every command waited for before and after it ran.
func (s *Tallies) delayPercentiles(percentiles []string, emit func(name, value string)) {
	all := s.CommandStats()
	for where, name := range [Delays]string{RingDelay: "ring_delay", WriteDelay: "write_delay"} {
		for _, spec := range byName(all) {
			if d := &all[spec].Delay[where]; d.Total() != 0 {
				emit(name+"_percentiles_usec_"+spec.FullName(), fmt.Sprintf("count=%d,%s", d.Total(), shares(d, percentiles)))
			}
		}
	}
}

func shares(d *metrics.Distribution, percentiles []string) string {
	fields := make([]string, len(percentiles))
	for i, p := range percentiles {
		share, _ := strconv.ParseFloat(p, 64)
		fields[i] = fmt.Sprintf("p%s=%.3f", p, float64(d.Percentile(share))/1000)
	}
	return strings.Join(fields, ",")
}
