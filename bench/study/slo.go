package study

import (
	"context"
	"errors"
	"fmt"
	"io"
	"text/tabwriter"

	"sigrun/bench/client"
	"sigrun/bench/host"
	"sigrun/bench/result"
	"sigrun/bench/verdict"
)

// Promise looks for the highest rate at which a percentile of the response times stays within a limit, in nanoseconds.
func Promise(ctx context.Context, o *Options, where string, percentile float64, limit int64, precision float64, command []string, progress io.Writer) (*result.Promise, error) {
	if err := o.Writable(); err != nil {
		return nil, err
	}
	ctx, stop := caught(ctx)
	defer stop()
	s, err := o.open(ctx, "server", where, "", progress)
	if err != nil {
		return nil, err
	}
	defer s.close()
	p := &result.Promise{Command: Discreet(command), Workload: result.Workload{Name: o.Workload.Name, Text: o.Workload.Text}, Seed: o.seed, Host: host.Look(),
		Percentile: percentile, Limit: limit}
	say(progress, "\rhow much is there at all? ")
	full, err := s.measure(ctx, func(q *client.Plan) { q.Rate, q.Ramp = 0, 0 })
	if err != nil {
		return nil, err
	}
	search := verdict.Search{Start: max(full.Rate/4, 1), Most: full.Rate * 1.5, Precision: precision}
	var probes []verdict.Probe
	for {
		rate, best, done := search.Next(probes)
		if done {
			p.Best = best
			break
		}
		try, err := tryRate(ctx, s, rate, percentile, limit)
		if errors.Is(err, errInterrupted) && len(p.Tries) > 0 {
			p.Best = bestOf(p.Tries)
			p.Void = append(p.Void, fmt.Sprintf("%v behind %d tries: the search is not over", err, len(p.Tries)))
			break
		}
		if err != nil {
			return nil, err
		}
		p.Tries = append(p.Tries, try)
		say(progress, "\r%s/s: p%g %s %-40s", Amount(rate), percentile, Time(try.Value), Printable(try.Reason))
		probes = append(probes, verdict.Probe{Rate: rate, Good: try.Good})
	}
	say(progress, "\r%-80s\r", "")
	p.Server = s.watch.facts
	disturbed := 0
	for _, t := range p.Tries {
		if t.Disturbed {
			disturbed++
		}
	}
	if disturbed > 0 {
		p.Void = append(p.Void, fmt.Sprintf("%d rates failed while the load generator was itself disturbed, each of %d times: the server may keep the promise at a higher rate", disturbed, mostTries))
	}
	if p.Best == 0 && ctx.Err() == nil {
		p.Void = append(p.Void, "no rate keeps the promise")
	}
	return p, nil
}

// bestOf is the highest rate that was kept so far.
func bestOf(list []result.Try) (best float64) {
	for _, t := range list {
		if t.Good {
			best = max(best, t.Rate)
		}
	}
	return best
}

// mostTries is how often a rate is tried again when the load generator was disturbed and the promise was not kept.
const mostTries = 5

// tryRate tries a rate. What disturbs the generator makes times longer and never shorter: a promise that was kept then was kept,
// and one that was not says nothing.
func tryRate(ctx context.Context, s *subject, rate, percentile float64, limit int64) (t result.Try, err error) {
	for range mostTries {
		r, err := s.measure(ctx, func(q *client.Plan) { q.Rate, q.Ramp = rate, 0 })
		if err != nil {
			return t, err
		}
		if t, err = judge(r, rate, percentile, limit); err != nil || t.Good || !r.Disturbed {
			return t, err
		}
		t.Disturbed = true
	}
	return t, nil
}

// judge tells whether a run has kept a promise.
func judge(r *result.Result, rate, percentile float64, limit int64) (t result.Try, err error) {
	h, err := r.Total.Histogram()
	if err != nil {
		return t, err
	}
	q := r.Total.Times()
	t = result.Try{Rate: rate, Got: r.Rate, Value: h.ValueAtPercentile(percentile), P50: q.P50, P99: q.P99, P999: q.P999}
	bad := r.Total.Wrong + r.Total.Refused + r.Total.Lost + r.Unasked
	switch {
	case r.Failed != "":
		t.Reason = r.Failed
	case bad > 0:
		t.Reason = fmt.Sprintf("%d requests were refused, lost or answered wrongly", bad)
	case r.Behind > 0 || r.Late > 10 && float64(r.Late) > 0.05*float64(r.Total.Done):
		t.Reason = "it falls behind"
	case t.Value > limit:
		t.Reason = "too slow"
	default:
		t.Good = true
	}
	return t, nil
}

// PromiseTable prints a search.
func PromiseTable(w io.Writer, p *result.Promise) {
	w = plain{w}
	fmt.Fprintf(w, "%s on %s %s at %s: p%g within %s, seed %d\n\n", p.Workload.Name, p.Server.Kind, p.Server.Version, p.Server.Addr, p.Percentile, Time(p.Limit), p.Seed)
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	apart := p.Percentile != 50 && p.Percentile != 99 && p.Percentile != 99.9
	fmt.Fprint(t, "requests/s\treplies/s\tp50\tp99\tp99.9\t")
	if apart {
		fmt.Fprintf(t, "p%g\t", p.Percentile)
	}
	fmt.Fprintln(t)
	for _, y := range p.Tries {
		word := "kept"
		if !y.Good {
			word = y.Reason
		}
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t", Amount(y.Rate), Amount(y.Got), Time(y.P50), Time(y.P99), Time(y.P999))
		if apart {
			fmt.Fprintf(t, "%s\t", Time(y.Value))
		}
		fmt.Fprintln(t, word)
	}
	_ = t.Flush()
	fmt.Fprintf(w, "\nThe highest rate that keeps the promise: %s requests a second\n", Amount(p.Best))
	for _, v := range p.Void {
		fmt.Fprintf(w, "VOID: %s\n", v)
	}
}
