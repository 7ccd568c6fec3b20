package result

import (
	"fmt"
	"time"
)

// What a generator may be busy, starved and late before what it has measured is itself.
const (
	mostBusy    = 0.95
	mostStarved = 0.20
	leastLag    = int64(time.Millisecond)
	lagShare    = 0.10 // of the time that it has measured
)

// Judge says why a result is no measurement of the server.
func (r *Result) Judge() {
	r.Void, r.Disturbed = nil, false
	void := func(format string, args ...any) { r.Void = append(r.Void, fmt.Sprintf(format, args...)) }
	r.judgeOwn(void)
	r.Disturbed = len(r.Void) > 0
	r.judgeServer(void)
}

// judgeOwn looks at the generator.
func (r *Result) judgeOwn(void func(format string, args ...any)) {
	for i, busy := range r.Own.Busy {
		if busy > mostBusy && r.Load.Threads > 0 {
			void("load thread %d ran for %.0f %% of the time: the load generator was the bottleneck (--threads)", i, 100*busy)
			break
		}
	}
	for i, starved := range r.Own.Starved {
		if starved > mostStarved {
			void("load thread %d had no processor for %.0f %% of the time although it could have run: others keep this machine busy", i, 100*starved)
			break
		}
	}
	if t := r.Total.Times(); r.Load.Open && r.Own.Lag.P99 > leastLag && float64(r.Own.Lag.P99) > lagShare*float64(t.P99) {
		void("one request of a hundred was sent %v too late or more, by the load generator's fault", time.Duration(r.Own.Lag.P99).Round(time.Microsecond))
	}
}

// judgeServer looks at what was answered.
func (r *Result) judgeServer(void func(format string, args ...any)) {
	if r.Load.Open && r.Behind > 0 && float64(r.Behind) > 0.001*float64(r.Total.Done) {
		void("%d requests were never sent: all connections waited for the server. Their times are missing above (more --clients, a longer --drain, or a lower --rate)", r.Behind)
	}
	if r.Total.Wrong > 0 {
		void("%d replies cannot be right", r.Total.Wrong)
	}
	if r.Unasked > 0 {
		void("replies that nobody has asked for: %d. Whose the others were is not sure", r.Unasked)
	}
	if r.Total.Done == 0 {
		void("nothing was answered")
	} else if bad := r.Total.Refused + r.Total.Lost; float64(bad) > 0.01*float64(r.Total.Done) {
		void("%d of %d requests were refused or lost", bad, r.Total.Done+r.Total.Lost)
	}
	if n := r.silent(); n > 0 && !r.Load.Open && r.Total.Lost > 0 {
		void("in %d of %d intervals nobody was answered, and %d requests were lost: the rate is that of the rest of the time", n, len(r.Rows), r.Total.Lost)
	}
	if r.Gone > 0 {
		void("%d connections were lost and not there again at the end", r.Gone)
	}
	if r.Failed != "" {
		void("the run ended early: %s", r.Failed)
	}
}

// silent is how many intervals brought no reply. In the open loop the times of those who waited tell of them.
func (r *Result) silent() (n int) {
	for i := range r.Rows {
		if r.Rows[i].All.Done == 0 {
			n++
		}
	}
	return n
}
