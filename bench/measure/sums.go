package measure

import "github.com/HdrHistogram/hdrhistogram-go"

// Sum is what was measured of a class in a whole run. Histograms are nil where there is nothing.
type Sum struct {
	Counts
	Service  *hdrhistogram.Histogram
	Response *hdrhistogram.Histogram
}

// Times is the histogram that counts for who waits.
func (s *Sum) Times() *hdrhistogram.Histogram {
	if s.Response != nil {
		return s.Response
	}
	return s.Service
}

// AddService and AddResponse add a histogram.
func (s *Sum) AddService(h *hdrhistogram.Histogram)  { merge(&s.Service, h) }
func (s *Sum) AddResponse(h *hdrhistogram.Histogram) { merge(&s.Response, h) }

// Sums are what was measured in a whole run.
type Sums struct {
	Classes   []Sum
	Lag, Turn *hdrhistogram.Histogram
}

// NewSums makes empty ones.
func NewSums(classes int) *Sums { return &Sums{Classes: make([]Sum, classes)} }

// Take adds an interval.
func (s *Sums) Take(o *Set) {
	for i := range o.Classes {
		c := &o.Classes[i]
		s.Classes[i].Add(&c.Counts)
		into(&s.Classes[i].Service, &c.Service)
		into(&s.Classes[i].Response, &c.Response)
	}
	into(&s.Lag, &o.Lag)
	into(&s.Turn, &o.Turn)
}

// Total is all classes in one.
func (s *Sums) Total() *Sum {
	t := &Sum{}
	responds := false
	for i := range s.Classes {
		responds = responds || s.Classes[i].Response != nil
	}
	for i := range s.Classes {
		c := &s.Classes[i]
		t.Add(&c.Counts)
		merge(&t.Service, c.Service)
		if responds {
			merge(&t.Response, c.Times())
		}
	}
	return t
}

func into(to **hdrhistogram.Histogram, from *Tally) {
	if from.n == 0 {
		return
	}
	if *to == nil {
		*to = NewHistogram()
	}
	from.Into(*to)
}

func merge(to **hdrhistogram.Histogram, from *hdrhistogram.Histogram) {
	if from == nil || from.TotalCount() == 0 {
		return
	}
	if *to == nil {
		*to = NewHistogram()
	}
	(*to).Merge(from)
}
