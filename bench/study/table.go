package study

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"
	"time"

	"sigrun/bench/result"
)

// Table prints a result for who ran it.
func Table(w io.Writer, r *result.Result) {
	w = plain{w}
	fmt.Fprintf(w, "%s on %s %s at %s: %d clients, pipeline %d, %d load threads, %s, seed %d\n\n", r.Workload.Name, r.Server.Kind, r.Server.Version,
		r.Server.Addr, r.Load.Clients, r.Load.Pipeline, r.Load.Threads, loop(r), r.Seed)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "class\treplies/s\tmean\tp50\tp90\tp99\tp99.9\tmax\tmisses\tbad\t\n")
	for i := range r.Classes {
		line(t, &r.Classes[i])
	}
	if len(r.Classes) > 1 {
		line(t, &r.Total)
	}
	_ = t.Flush()
	if r.Load.Open {
		fmt.Fprintf(w, "\nTimes count from when a request was to be sent. From when it was sent: p50 %s, p99 %s, p99.9 %s.\n",
			Time(r.Total.Service.P50), Time(r.Total.Service.P99), Time(r.Total.Service.P999))
	}
	own(w, r)
	for _, f := range r.Faults {
		fmt.Fprintf(w, "%s: %s\n", times(f.Count), oneLine(f.Text))
	}
	for _, e := range r.Events {
		fmt.Fprintf(w, "at %.1f s: %s: %s\n", e.At, oneLine(e.What), oneLine(strings.TrimSpace(e.Reply+" "+e.Missed)))
	}
	for _, v := range r.Void {
		fmt.Fprintf(w, "VOID: %s\n", oneLine(v))
	}
}

// times is how often something has happened.
func times(n int64) string {
	if n == 1 {
		return "once"
	}
	return fmt.Sprintf("%d times", n)
}

func loop(r *result.Result) string {
	switch {
	case r.Load.Rate > 0:
		return fmt.Sprintf("open loop at %s/s", Amount(r.Load.Rate))
	case r.Load.Open:
		return "open loop, as it was recorded"
	}
	return "closed loop"
}

func line(w io.Writer, c *result.Class) {
	t := c.Times()
	fmt.Fprintf(w, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%d\t%d\t\n", c.Name, Amount(c.Rate), Time(t.Mean), Time(t.P50), Time(t.P90), Time(t.P99),
		Time(t.P999), Time(t.Max), c.Misses, c.Refused+c.Wrong+c.Lost)
}

// own says what the server took and what the generator is good for.
func own(w io.Writer, r *result.Result) {
	s := &r.Server
	if s.CPU > 0 {
		fmt.Fprintf(w, "\nServer: %.2f cores, %.3f us of CPU a command (%.3f in its own code, %.3f in the kernel), %d MiB resident\n", s.Cores, s.CPU, s.User,
			s.System, s.Resident>>20)
	}
	within(w, s.Inside)
	busy := 0.0
	for _, b := range r.Own.Busy {
		busy = max(busy, b)
	}
	fmt.Fprintf(w, "Load generator: busy %.0f %%, %.3f us of CPU a request, so it could make about %s/s", 100*busy, r.Own.CPU, Amount(r.Own.Ceiling))
	if r.Load.Open {
		fmt.Fprintf(w, "; late by its own fault: p50 %s, p99 %s", Time(r.Own.Lag.P50), Time(r.Own.Lag.P99))
	}
	fmt.Fprintf(w, "; replies waited for it up to p99 %s\n", Time(r.Own.Turn.P99))
	fmt.Fprintf(w, "Machine: %s, %d cores, Linux %s; %s\n", r.Host.Processor, r.Host.Cores, r.Host.Kernel, r.Began.Format(time.DateTime))
}

// within says where the time goes inside Sigrun.
func within(w io.Writer, in *result.Inside) {
	if in == nil {
		return
	}
	fmt.Fprintf(w, "Inside: %.3g calls handed off a command, %.3g executed apart, %.3g tokens not had at once, %.3g replies held back\n", in.PerCommand["calls_handed_off"],
		in.PerCommand["calls_executed"], in.PerCommand["token_tries_lost"], in.PerCommand["replies_held_back"])
	if len(in.Delays) == 0 {
		return
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', tabwriter.AlignRight)
	fmt.Fprintf(t, "command\tring delay p50\tp99\tof\trun time p50\tp99\tof\twrite delay p50\tp99\tof\t\n")
	for i := range in.Delays {
		d := &in.Delays[i]
		fmt.Fprintf(t, "%s\t%s%s%s\n", d.Command, columns(&d.Ring), columns(&d.Run), columns(&d.Write))
	}
	_ = t.Flush()
}

func columns(s *result.Spread) string {
	if s.Count == 0 {
		return "\t\t\t"
	}
	return fmt.Sprintf("%g us\t%g us\t%d\t", s.P50, s.P99, s.Count)
}
