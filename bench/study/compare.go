package study

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"regexp"
	"slices"
	"text/tabwriter"

	"sigrun/bench/host"
	"sigrun/bench/result"
	"sigrun/bench/verdict"
)

// confidence is how often a comparison of a server with itself may find a difference, over all figures together.
const confidence = 0.05

// figures are what two servers are compared by.
var figures = []struct {
	name, unit string
	higher     bool
	closed     bool // only where the server says how fast it goes
	of         func(r *result.Result) float64
}{
	{"throughput", "replies/s", true, true, func(r *result.Result) float64 { return r.Rate }},
	{"p50", "us", false, false, func(r *result.Result) float64 { return float64(r.Total.Times().P50) / 1e3 }},
	{"p99", "us", false, false, func(r *result.Result) float64 { return float64(r.Total.Times().P99) / 1e3 }},
	{"CPU a command", "us", false, false, func(r *result.Result) float64 { return r.Server.CPU }},
}

// figuresIn are the numbers in a reason, which differ from round to round.
var (
	figuresIn = regexp.MustCompile(`[0-9][0-9.]*`)
	timesIn   = regexp.MustCompile(`[0-9][0-9.]*(µs|ms|s)\b`)
)

// Compare measures two servers by turns, which of them first by turns, too.
func Compare(ctx context.Context, o *Options, a, b string, rounds int, command []string, progress io.Writer) (*result.Comparison, error) {
	if err := o.Writable(); err != nil {
		return nil, err
	}
	ctx, stop := caught(ctx)
	defer stop()
	var pair [2]*subject
	for i, where := range []string{a, b} {
		s, err := o.open(ctx, string(rune('A'+i)), where, "", progress)
		if err != nil {
			return nil, err
		}
		defer s.close()
		pair[i] = s
	}
	c := &result.Comparison{Command: Discreet(command), Workload: result.Workload{Name: o.Workload.Name, Text: o.Workload.Text}, Seed: o.seed, Host: host.Look()}
	for _, f := range figures {
		if !f.closed || o.rate == 0 {
			c.Figures = append(c.Figures, result.Figure{Name: f.name, Unit: f.unit, Higher: f.higher})
		}
	}
	void := map[string]int{}
	round := 0
	for ; round < rounds; round++ {
		say(progress, "\rround %d of %d ", round+1, rounds)
		var got [2]*result.Result
		for turn := range 2 {
			i := (round + turn) % 2
			r, err := pair[i].measure(ctx, nil)
			if errors.Is(err, errInterrupted) && round > 0 {
				break
			}
			if err != nil {
				return nil, fmt.Errorf("%s: %w", pair[i].name, err)
			}
			for _, v := range r.Void {
				void[pair[i].name+": "+figuresIn.ReplaceAllString(timesIn.ReplaceAllString(v, "some time"), "N")]++
			}
			got[i] = r
		}
		if ctx.Err() != nil && round > 0 {
			c.Void = append(c.Void, fmt.Sprintf("%v behind %d of %d rounds", errInterrupted, round, rounds))
			break
		}
		add(c, got)
	}
	say(progress, "\r%-60s\r", "")
	for _, text := range slices.Sorted(maps.Keys(void)) {
		c.Void = append(c.Void, fmt.Sprintf("%s (in %d of %d rounds)", text, void[text], round))
	}
	c.A, c.B = pair[0].watch.facts, pair[1].watch.facts
	for i := range c.Figures {
		f := &c.Figures[i]
		f.Says = verdict.Compare(f.A, f.B, confidence/float64(len(c.Figures)))
	}
	return c, nil
}

// add takes what a round has brought.
func add(c *result.Comparison, got [2]*result.Result) {
	for i := range c.Figures {
		f := &c.Figures[i]
		for _, g := range figures {
			if g.name == f.Name {
				f.A, f.B = append(f.A, g.of(got[0])), append(f.B, g.of(got[1]))
			}
		}
	}
}

// ComparisonTable prints a comparison.
func ComparisonTable(w io.Writer, c *result.Comparison) {
	w = plain{w}
	fmt.Fprintf(w, "%s: A is %s %s at %s, B is %s %s at %s; %d rounds, seed %d\n\n", c.Workload.Name, c.A.Kind, c.A.Version, c.A.Addr,
		c.B.Kind, c.B.Version, c.B.Addr, len(c.Figures[0].A), c.Seed)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprintf(t, "figure\tA\tB\tB to A\tfrom\tto\tverdict\n")
	for i := range c.Figures {
		f := &c.Figures[i]
		fmt.Fprintf(t, "%s, %s\t%.4g\t%.4g\t%.3f\t%.3f\t%.3f\t%s\n", f.Name, f.Unit, mid(f.A), mid(f.B), f.Says.Ratio, f.Says.Low, min(f.Says.High, 99), f.Verdict())
	}
	_ = t.Flush()
	for _, v := range c.Void {
		fmt.Fprintf(w, "VOID: %s\n", v)
	}
}
