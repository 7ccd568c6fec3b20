package reactor

import (
	"fmt"

	"sigrun/internal/metrics"
	"sigrun/reactor/session"
)

// Figures are what INFO tells of loops and connections. nanos turns what a loop counts as time into nanoseconds.
func (r *Reactor) Figures(nanos func(ticks uint64) uint64) []metrics.Row {
	type counters = session.Counters
	type counter = metrics.Counter
	from := func(first int, of func(*counters) *counter) func() uint64 {
		return func() (n uint64) {
			for _, l := range r.Loops()[first:] {
				n += of(&l.Counters).Load()
			}
			return n
		}
	}
	sum := func(of func(*counters) *counter) func() uint64 { return from(0, of) }
	most := func(of func(*counters) *metrics.Max) func() uint64 {
		return func() (n uint64) {
			for _, l := range r.Loops() {
				n = max(n, of(&l.Counters).Load())
			}
			return n
		}
	}
	busy, longest := sum(func(c *counters) *counter { return &c.Busy }), most(func(c *counters) *metrics.Max { return &c.LongestTurn })
	rows := []metrics.Row{
		metrics.Level("connected_clients", r.Clients),
		metrics.Level("io_threads_active", func() int {
			if r.Active() > 1 {
				return 1
			}
			return 0
		}),
		metrics.Count("total_connections_received", sum(func(c *counters) *counter { return &c.Accepted })),
		metrics.Count("rejected_connections", r.Rejected.Load),
		metrics.Count("total_net_input_bytes", sum(func(c *counters) *counter { return &c.NetIn })),
		metrics.Count("total_net_output_bytes", sum(func(c *counters) *counter { return &c.NetOut })),
		metrics.Count("total_reads_processed", sum(func(c *counters) *counter { return &c.Turns })),
		metrics.Count("total_writes_processed", sum(func(c *counters) *counter { return &c.Writes })),
		metrics.Count("io_threaded_reads_processed", from(1, func(c *counters) *counter { return &c.Turns })),
		metrics.Count("io_threaded_writes_processed", from(1, func(c *counters) *counter { return &c.Writes })),
		metrics.Count("client_output_buffer_limit_disconnections", sum(func(c *counters) *counter { return &c.OutputKilled })),
		metrics.Count("client_query_buffer_limit_disconnections", sum(func(c *counters) *counter { return &c.InputKilled })),
		metrics.Count("protocol_errors", sum(func(c *counters) *counter { return &c.ProtocolErrors })),
		metrics.Count("rejected_commands", sum(func(c *counters) *counter { return &c.Rejected })),
		metrics.Count("eventloop_cycles", sum(func(c *counters) *counter { return &c.Turns })),
		metrics.Count("eventloop_duration_sum", func() uint64 { return nanos(busy()) / 1000 }),
		metrics.Level("eventloop_duration_max", func() uint64 { return nanos(longest()) / 1000 }).Again(r.again),
		metrics.Level("eventloop_cmd_per_cycle_max", most(func(c *counters) *metrics.Max { return &c.MostInTurn })).Again(r.again),
		metrics.Busy("used_active_time_main_thread", func() uint64 { return nanos(r.Loops()[0].Counters.Busy.Load()) / 1000 }),
		metrics.Seconds("used_cpu_user_main_thread", func() float64 { return float64(r.meters[0].outside.Load()) / 1e9 }),
		metrics.Seconds("used_cpu_sys_main_thread", func() float64 { return float64(r.meters[0].inside.Load()) / 1e9 }),
		metrics.Level("loops", func() int { return len(r.Loops()) }),
		metrics.Level("loops_active", r.Active),
		metrics.Lines("each_loop", func(emit func(name, value string)) {
			for i, l := range r.Loops() {
				share := r.Share(i)
				emit(fmt.Sprintf("loop_%d", i), fmt.Sprintf("clients=%d,utilisation=%d.%03d", l.Counters.Connected.Load(), share/1000, share%1000))
			}
		}),
		metrics.Total("calls_overtaken", sum(func(c *counters) *counter { return &c.Overtaken })),
		metrics.Total("replies_held_back", sum(func(c *counters) *counter { return &c.Late })),
		metrics.Total("connections_moved", r.Moved.Load),
		metrics.Total("connections_parked", r.Parked.Load),
		metrics.Total("tls_handshakes", r.handshakes.Completed.Load),
		metrics.Total("tls_handshakes_failed", r.handshakes.Failed.Load),
		metrics.Level("tls_handshakes_under_way", r.handshakes.UnderWay),
		metrics.Total("ignitions", r.Ignitions.Load),
		metrics.Total("cooldowns", r.Cooldowns.Load),
	}
	return append(rows, r.Hub.Figures()...)
}

// again has every loop, which owns them, forget the longest and the fullest of its turns, soon.
func (r *Reactor) again() {
	for _, l := range r.Loops() {
		l.Post(func() {
			l.Counters.LongestTurn.Reset()
			l.Counters.MostInTurn.Reset()
		})
	}
}
