package study

import (
	"fmt"
	"io"
	"strings"
	"time"

	"sigrun/bench/client"
	"sigrun/bench/measure"
)

// progress shows how far a run is, on one line.
type progress struct {
	w        io.Writer
	duration time.Duration
	requests int64
	warmUp   time.Duration
	done     int64
}

func newProgress(w io.Writer, p *client.Plan) *progress {
	return &progress{w: w, duration: p.Duration, requests: p.Requests, warmUp: p.WarmUp}
}

func (p *progress) begin() {
	if p.warmUp > 0 {
		say(p.w, "\rwarming up for %v ", p.warmUp)
	}
}

func (p *progress) row(r measure.Row) {
	p.done += r.All.Done
	share := 0.0
	if p.duration > 0 {
		share = float64(r.To) / float64(p.duration)
	}
	if p.requests > 0 {
		share = max(share, float64(p.done)/float64(p.requests))
	}
	const width = 24
	full := min(int(share*width), width)
	line := fmt.Sprintf("\r[%s%s] %5s  %s/s  p50 %s  p99 %s  max %s", strings.Repeat("#", full), strings.Repeat(".", width-full),
		r.To.Round(time.Second), Amount(float64(r.All.Done)/r.Seconds()), Time(r.All.P50), Time(r.All.P99), Time(r.All.Max))
	if bad := r.All.Refused + r.All.Wrong + r.All.Lost; bad > 0 {
		line += fmt.Sprintf("  %d bad", bad)
	}
	say(p.w, "%-100s", line)
}

func (p *progress) end() { say(p.w, "\r%-100s\r", "") }

// Amount is a number for the eye.
func Amount(f float64) string {
	switch {
	case f >= 1e8:
		return fmt.Sprintf("%.0f M", f/1e6)
	case f >= 1e6:
		return fmt.Sprintf("%.2f M", f/1e6)
	case f >= 1e4:
		return fmt.Sprintf("%.1f k", f/1e3)
	}
	return fmt.Sprintf("%.0f", f)
}

// Time is a number of nanoseconds for the eye, by three digits.
func Time(ns int64) string {
	switch f := float64(ns); {
	case ns == 0:
		return "0"
	case f < 1e6:
		return fmt.Sprintf("%.3g us", f/1e3)
	case f < 1e9:
		return fmt.Sprintf("%.3g ms", f/1e6)
	case f < 1e12:
		return fmt.Sprintf("%.3g s", f/1e9)
	}
	return fmt.Sprintf("%.0f s", float64(ns)/1e9)
}
