// Package measure counts and times what a run does: histograms of latency by class of command, in memory that does not grow with
// the run, a row for every interval, and what the generator itself was late by. A thread records into memory of its own, which it
// hands over at the end of each interval.
package measure

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

// Class is what was measured of one class of commands in an interval.
type Class struct {
	Counts
	// Service is the time from sending to the reply.
	Service Tally
	// Response is the time to the reply from when it was to be sent. Empty where nothing says when: then it is Service.
	Response Tally
}

// Record counts a reply, and its time.
func (c *Class) Record(service int64) {
	c.Done++
	c.Service.Record(service)
}

// RecordBoth counts a reply that was to be sent at a time.
func (c *Class) RecordBoth(service, response int64) {
	c.Record(service)
	c.Response.Record(response)
}

// Lose counts a request that was never answered, and the time that it had taken when that was known: its answer would have taken
// longer, and without it the highest percentiles would know nothing of it.
func (c *Class) Lose(service int64) {
	c.Lost++
	c.Service.Record(service)
}

// LoseBoth counts one that was to be sent at a time.
func (c *Class) LoseBoth(service, response int64) {
	c.Lose(service)
	c.Response.Record(response)
}

// Times are those that count for who waits.
func (c *Class) Times() *Tally {
	if c.Response.n > 0 {
		return &c.Response
	}
	return &c.Service
}

// Set is what was measured of all classes in an interval, by one thread or by all.
type Set struct {
	Classes []Class
	// Lag is how late the generator sent what it could have sent in time: there was a connection that did not wait for the server.
	Lag Tally
	// Turn is how long the generator went on between two looks at its sockets: what has come meanwhile waits so long.
	Turn Tally
}

// NewSet makes an empty one.
func NewSet(classes int) *Set { return &Set{Classes: make([]Class, classes)} }

// Merge adds what another has.
func (s *Set) Merge(o *Set) {
	for i := range o.Classes {
		c := &o.Classes[i]
		s.Classes[i].Add(&c.Counts)
		s.Classes[i].Service.Merge(&c.Service)
		s.Classes[i].Response.Merge(&c.Response)
	}
	s.Lag.Merge(&o.Lag)
	s.Turn.Merge(&o.Turn)
}

// Reset empties it and keeps its memory.
func (s *Set) Reset() {
	for i := range s.Classes {
		c := &s.Classes[i]
		c.Counts = Counts{}
		c.Service.Reset()
		c.Response.Reset()
	}
	s.Lag.Reset()
	s.Turn.Reset()
}
