package measure

import (
	"maps"
	"slices"
	"sync"
	"time"
)

// Collector takes what threads have measured, interval by interval, and adds it up on a goroutine of its own.
type Collector struct {
	// OnRow is told of every interval when all threads have handed it over, with what was measured in it, which is valid
	// until it returns.
	OnRow func(r Row, s *Set)

	threads, classes int
	every            time.Duration
	total            *Sums
	all              Tally // scratch
	rows             []Row

	mu    sync.Mutex
	queue []handed
	free  []*Set
	wake  chan struct{}
	done  chan struct{}
	begun map[int]*handed // intervals that not every thread has handed over
	gone  []int           // by thread that has ended: the first interval that it hands nothing of over
}

// handed is what was measured in an interval, by so many threads. Without a set it says that a thread ends before that interval.
type handed struct {
	set      *Set
	interval int
	threads  int
}

// NewCollector makes a Collector for classes of commands and so many threads, and starts it.
func NewCollector(classes, threads int, every time.Duration) *Collector {
	c := &Collector{threads: threads, classes: classes, every: every, total: NewSums(classes), begun: map[int]*handed{},
		wake: make(chan struct{}, 1), done: make(chan struct{})}
	go c.run()
	return c
}

// Take gives an empty set to measure into.
func (c *Collector) Take() *Set {
	c.mu.Lock()
	defer c.mu.Unlock()
	if n := len(c.free); n > 0 {
		s := c.free[n-1]
		c.free = c.free[:n-1]
		return s
	}
	return NewSet(c.classes)
}

// Hand takes what a thread has measured in an interval, each of them once, in their order. It does not wait.
func (c *Collector) Hand(interval int, s *Set) { c.push(handed{s, interval, 1}) }

// Leave says that a thread hands nothing over from an interval on: the others' are not to wait for it.
func (c *Collector) Leave(interval int) { c.push(handed{interval: interval}) }

func (c *Collector) push(h handed) {
	c.mu.Lock()
	c.queue = append(c.queue, h)
	c.mu.Unlock()
	select {
	case c.wake <- struct{}{}:
	default:
	}
}

// Drop takes back what is not to count.
func (c *Collector) Drop(s *Set) {
	s.Reset()
	c.mu.Lock()
	c.free = append(c.free, s)
	c.mu.Unlock()
}

func (c *Collector) run() {
	defer close(c.done)
	for range c.wake {
		c.drain()
	}
	c.drain()
}

func (c *Collector) drain() {
	c.mu.Lock()
	queue := c.queue
	c.queue = nil
	c.mu.Unlock()
	for _, h := range queue {
		c.take(h)
	}
}

func (c *Collector) take(h handed) {
	if h.set == nil {
		c.leave(h.interval)
		return
	}
	b := c.begun[h.interval]
	if b == nil {
		b = &handed{set: h.set, interval: h.interval}
		c.begun[h.interval] = b
	} else {
		b.set.Merge(h.set)
		c.Drop(h.set)
	}
	if b.threads++; b.threads == c.wanted(b.interval) {
		c.finish(b, c.every)
	}
}

// wanted is how many threads hand an interval over.
func (c *Collector) wanted(interval int) int {
	n := c.threads
	for _, g := range c.gone {
		if g <= interval {
			n--
		}
	}
	return n
}

// leave finishes what has only waited for a thread that has ended.
func (c *Collector) leave(from int) {
	c.gone = append(c.gone, from)
	for _, i := range slices.Sorted(maps.Keys(c.begun)) {
		if b := c.begun[i]; b.threads == c.wanted(i) {
			c.finish(b, c.every)
		}
	}
}

// finish makes a row of an interval.
func (c *Collector) finish(b *handed, length time.Duration) {
	delete(c.begun, b.interval)
	from := time.Duration(b.interval) * c.every
	r := rowOf(b.set, from, from+length, &c.all)
	c.rows = append(c.rows, r)
	if len(c.rows) >= mostRows {
		c.rows = coarser(c.rows)
	}
	c.total.Take(b.set)
	if c.OnRow != nil {
		c.OnRow(r, b.set)
	}
	c.Drop(b.set)
}

// Close waits until all is added up, and returns it. The run has lasted so long.
func (c *Collector) Close(length time.Duration) (total *Sums, rows []Row) {
	close(c.wake)
	<-c.done
	for i := 0; len(c.begun) > 0; i++ { // threads that ended early have not handed the last ones over
		if b := c.begun[i]; b != nil {
			c.finish(b, max(min(c.every, length-time.Duration(i)*c.every), time.Millisecond))
		}
	}
	if n := len(c.rows); n > 0 && c.rows[n-1].To > length && length > c.rows[n-1].From {
		c.rows[n-1].To = length
	}
	return c.total, c.rows
}
