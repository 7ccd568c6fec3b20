package measure

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// Quantiles are the times of some replies, in nanoseconds.
type Quantiles struct {
	Min  int64 `json:"min"`
	Mean int64 `json:"mean"`
	P50  int64 `json:"p50"`
	P90  int64 `json:"p90"`
	P99  int64 `json:"p99"`
	P999 int64 `json:"p99_9"`
	Max  int64 `json:"max"`
}

// QuantilesOf reads them from a histogram.
func QuantilesOf(h *hdrhistogram.Histogram) Quantiles {
	if h == nil || h.TotalCount() == 0 {
		return Quantiles{}
	}
	at := h.ValueAtPercentiles([]float64{50, 90, 99, 99.9})
	return Quantiles{Min: h.Min(), Mean: int64(h.Mean()), P50: at[50], P90: at[90], P99: at[99], P999: at[99.9], Max: h.Max()}
}

// Part is one class in one interval.
type Part struct {
	Counts
	Quantiles
}

// Row is one interval.
type Row struct {
	From    time.Duration `json:"from"`
	To      time.Duration `json:"to"`
	All     Part          `json:"all"`
	Classes []Part        `json:"classes,omitempty"`
}

// Seconds is how long the interval is.
func (r *Row) Seconds() float64 { return (r.To - r.From).Seconds() }

// mostRows is how many are kept: behind that two become one, whose times are those of the worse.
const mostRows = 2400

// rowOf is what an interval says; all is scratch.
func rowOf(s *Set, from, to time.Duration, all *Tally) Row {
	r := Row{From: from, To: to}
	all.Reset()
	for i := range s.Classes {
		c := &s.Classes[i]
		r.All.Counts.Add(&c.Counts)
		all.Merge(c.Times())
		if len(s.Classes) > 1 {
			r.Classes = append(r.Classes, Part{c.Counts, c.Times().Quantiles()})
		}
	}
	r.All.Quantiles = all.Quantiles()
	return r
}

// coarser makes one of every two rows.
func coarser(rows []Row) []Row {
	out := rows[:0]
	for i := 0; i+1 < len(rows); i += 2 {
		a, b := rows[i], rows[i+1]
		a.To = b.To
		a.All.Join(&b.All)
		for j := range a.Classes {
			a.Classes[j].Join(&b.Classes[j])
		}
		out = append(out, a)
	}
	if len(rows)%2 == 1 {
		out = append(out, rows[len(rows)-1])
	}
	return out
}

// Join makes one of two: counts add up, of times the worse stays.
func (p *Part) Join(o *Part) {
	if n := p.Done + o.Done; n > 0 {
		p.Mean = int64((float64(p.Mean)*float64(p.Done) + float64(o.Mean)*float64(o.Done)) / float64(n))
	}
	if p.Done == 0 || o.Done > 0 && o.Min < p.Min {
		p.Min = o.Min
	}
	p.Counts.Add(&o.Counts)
	p.P50, p.P90, p.P99 = max(p.P50, o.P50), max(p.P90, o.P90), max(p.P99, o.P99)
	p.P999, p.Max = max(p.P999, o.P999), max(p.Max, o.Max)
}

// Join adds what another generator has measured in the same interval.
func (r *Row) Join(o *Row) {
	r.All.Join(&o.All)
	for i := range min(len(r.Classes), len(o.Classes)) {
		r.Classes[i].Join(&o.Classes[i])
	}
}
