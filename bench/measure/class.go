// Package measure counts and times what a run does: histograms of latency by class of command, in memory that does not grow with
// the run, a row for every interval, and what the generator itself was late by. A thread records into memory of its own, which it
// hands over at the end of each interval.
package measure

import (
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// What histograms hold: from 64 ns, which is what a bucket is wide at the least, up to an hour, by three digits.
const (
	least  = 64
	most   = int64(time.Hour)
	digits = 3
)

// NewHistogram makes one of the kind that all of a run are.
func NewHistogram() *hdrhistogram.Histogram { return hdrhistogram.New(least, most, digits) }

// Counts are what is counted of a class.
type Counts struct {
	Done    int64 `json:"done"`    // replies
	Hits    int64 `json:"hits"`    // what was asked for was there
	Misses  int64 `json:"misses"`  // it was not
	Refused int64 `json:"refused"` // errors
	Wrong   int64 `json:"wrong"`   // replies that cannot be right
	Lost    int64 `json:"lost"`    // requests that were never answered
	Moved   int64 `json:"moved"`
	Asked   int64 `json:"asked"`
	In      int64 `json:"bytes_in"`
	Out     int64 `json:"bytes_out"`
}

// Add adds what another has counted.
func (c *Counts) Add(o *Counts) {
	c.Done += o.Done
	c.Hits += o.Hits
	c.Misses += o.Misses
	c.Refused += o.Refused
	c.Wrong += o.Wrong
	c.Lost += o.Lost
	c.Moved += o.Moved
	c.Asked += o.Asked
	c.In += o.In
	c.Out += o.Out
}

// Class is what was measured of one class of commands.
type Class struct {
	Counts
	// Service is the time from sending to the reply.
	Service *hdrhistogram.Histogram
	// Response is the time to the reply from when it was to be sent. Nil where nothing says when: then it is Service.
	Response *hdrhistogram.Histogram
}

// Record counts a reply, and its time.
func (c *Class) Record(service int64) {
	c.Done++
	record(&c.Service, service)
}

// RecordBoth counts a reply that was to be sent at a time.
func (c *Class) RecordBoth(service, response int64) {
	c.Record(service)
	record(&c.Response, response)
}

// Times is the histogram that counts for who waits.
func (c *Class) Times() *hdrhistogram.Histogram {
	if c.Response != nil {
		return c.Response
	}
	return c.Service
}

func record(h **hdrhistogram.Histogram, v int64) {
	if *h == nil {
		*h = NewHistogram()
	}
	_ = (*h).RecordValue(min(max(v, 0), most))
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

func reset(h *hdrhistogram.Histogram) {
	if h != nil && h.TotalCount() > 0 {
		h.Reset()
	}
}

// Set is what was measured of all classes, by one thread in one interval, or by all in all.
type Set struct {
	Classes []Class
	// Lag is how late the generator sent what it could have sent in time.
	Lag *hdrhistogram.Histogram
	// Turn is how long the generator went on between two looks at its sockets: what has come meanwhile waits so long.
	Turn *hdrhistogram.Histogram
}

// NewSet makes an empty one.
func NewSet(classes int) *Set { return &Set{Classes: make([]Class, classes)} }

// RecordLag and RecordTurn record what the generator is late by.
func (s *Set) RecordLag(v int64)  { record(&s.Lag, v) }
func (s *Set) RecordTurn(v int64) { record(&s.Turn, v) }

// Merge adds what another has.
func (s *Set) Merge(o *Set) {
	for i := range o.Classes {
		c := &o.Classes[i]
		s.Classes[i].Add(&c.Counts)
		merge(&s.Classes[i].Service, c.Service)
		merge(&s.Classes[i].Response, c.Response)
	}
	merge(&s.Lag, o.Lag)
	merge(&s.Turn, o.Turn)
}

// Reset empties it and keeps its memory.
func (s *Set) Reset() {
	for i := range s.Classes {
		c := &s.Classes[i]
		c.Counts = Counts{}
		reset(c.Service)
		reset(c.Response)
	}
	reset(s.Lag)
	reset(s.Turn)
}

// Total is all classes in one.
func (s *Set) Total() *Class {
	t := &Class{}
	for i := range s.Classes {
		c := &s.Classes[i]
		t.Add(&c.Counts)
		merge(&t.Service, c.Service)
		merge(&t.Response, c.Times())
	}
	return t
}

// AddService and AddResponse add a histogram.
func (c *Class) AddService(h *hdrhistogram.Histogram)  { merge(&c.Service, h) }
func (c *Class) AddResponse(h *hdrhistogram.Histogram) { merge(&c.Response, h) }
