package actors

import (
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"sigrun/protocol/call"
)

// world is a node of counters: every shard has one that only its token guards, so that
// the race detector and the sums find two holders at once.
type world struct {
	d      *Dispatcher
	counts []int
}

// fakeRunner adds to the counters of the shards that a call holds.
type fakeRunner struct {
	w    *world
	loop int
}

func (r *fakeRunner) Loop() int                   { return r.loop }
func (r *fakeRunner) Tidy() bool                  { return false }
func (r *fakeRunner) Chores(int) (did, more bool) { return false, false }
func (r *fakeRunner) RunCall(c *call.Call) call.Verdict {
	for s := c.Set.Next(0); s >= 0; s = c.Set.Next(s + 1) {
		r.w.counts[s]++
	}
	return call.Verdict{}
}

func newWorld(shards, loops, ring int, chaos *Chaos) *world {
	w := &world{counts: make([]int, shards)}
	w.d = New(Options{Shards: shards, Loops: loops, Ring: ring, Chaos: chaos,
		NewRunner: func() Runner { return &fakeRunner{w, -1} }}).Dispatcher()
	return w
}

// loop plays an event loop: it runs commands in place, by mail and over several shards,
// at most one call away per client, and counts what it did.
type loop struct {
	w     *world
	id    int
	r     *fakeRunner
	waked chan struct{}
	away  int
	done  []int // by shard
}

func (l *loop) run(seed uint64, steps, clients int) {
	rnd := rand.New(rand.NewPCG(seed, uint64(l.id)))
	for i := 0; i < steps || l.away > 0; {
		if l.w.d.Inbox(l.id).Pending() {
			l.drain()
		}
		if i < steps && l.away < clients {
			l.step(rnd)
			i++
			continue
		}
		select {
		case <-l.waked:
		case <-time.After(time.Millisecond):
		}
		l.drain()
	}
}

func (l *loop) drain() {
	l.w.d.Drain(l.id, l.r, func(c *call.Call) {
		if c.State() != call.Done {
			panic("a call came home that was not done")
		}
		l.away--
	})
	l.w.d.Pump(l.id, l.r)
}

func (l *loop) step(rnd *rand.Rand) {
	d, s := l.w.d, rnd.IntN(len(l.w.counts))
	l.done[s]++
	if rnd.IntN(8) > 0 {
		if d.Try(s) || rnd.IntN(2) == 0 && d.TryHard(s) {
			l.w.counts[s]++
			d.Release(s, l.r)
			return
		}
		c := &call.Call{Loop: l.id}
		c.Set.Add(s)
		l.away++
		d.Post(l.id, s, c, l.r)
		return
	}
	c := &call.Call{Loop: l.id}
	c.Set.Add(s)
	for n := rnd.IntN(4); n > 0; n-- {
		if x := rnd.IntN(len(l.w.counts)); !c.Set.Has(x) {
			c.Set.Add(x)
			l.done[x]++
		}
	}
	if rnd.IntN(2) == 0 && d.TryClaim(&c.Set, l.r) {
		for s := c.Set.Next(0); s >= 0; s = c.Set.Next(s + 1) {
			l.w.counts[s]++
		}
		d.ReleaseSet(&c.Set, l.r)
		return
	}
	l.away++
	d.Submit(c)
}

// exercise runs loops against each other and checks that everything was done once.
func exercise(t *testing.T, w *world, loops, steps, clients int, seed uint64) {
	t.Helper()
	var wg sync.WaitGroup
	all := make([]*loop, loops)
	for i := range all {
		l := &loop{w: w, id: i, r: &fakeRunner{w, i}, waked: make(chan struct{}, 1), done: make([]int, len(w.counts))}
		w.d.Attach(i, func() {
			select {
			case l.waked <- struct{}{}:
			default:
			}
		})
		all[i] = l
	}
	finished := make(chan struct{})
	for _, l := range all {
		wg.Add(1)
		go func() {
			defer wg.Done()
			l.run(seed, steps, clients)
		}()
	}
	go func() { wg.Wait(); close(finished) }()
	select {
	case <-finished:
	case <-time.After(60 * time.Second):
		t.Fatal("calls did not come home")
	}
	for _, l := range all { // one that has ended may have been told since that there is mail of its
		l.drain()
	}
	w.d.Close()
	for s := range w.counts {
		want := 0
		for _, l := range all {
			want += l.done[s]
		}
		if w.counts[s] != want {
			t.Fatalf("shard %d ran %d commands of %d", s, w.counts[s], want)
		}
		if word := w.d.tokens[s].word.Load(); word != 0 {
			t.Fatalf("shard %d: the token was left as %b", s, word)
		}
	}
}

func TestEveryCommandRunsOnceUnderItsToken(t *testing.T) {
	exercise(t, newWorld(8, 4, 64, nil), 4, 20000, 50, 1)
}

func TestRingsOfTwoPlacesLoseNothing(t *testing.T) {
	exercise(t, newWorld(2, 4, 2, nil), 4, 10000, 50, 2)
}

func TestChaosLosesNothing(t *testing.T) {
	for seed := uint64(1); seed <= 3; seed++ {
		exercise(t, newWorld(4, 3, 2, NewChaos(seed)), 3, 3000, 30, seed)
	}
}

func TestWorkersRunLentShards(t *testing.T) {
	w := newWorld(4, 3, 16, nil)
	if err := w.d.StartWorkers(2); err != nil {
		t.Fatal(err)
	}
	for s := 0; s < 4; s++ {
		w.d.Lend(s, s%2)
	}
	exercise(t, w, 3, 5000, 20, 3)
}

// Two claims on disjoint shards must be able to hold their tokens at the same time.
func TestDisjointClaimsOverlap(t *testing.T) {
	w := newWorld(4, 1, 4, nil)
	r := &fakeRunner{w, -1}
	var a, b call.ShardSet
	a.Add(0)
	a.Add(1)
	b.Add(2)
	b.Add(3)
	w.d.acquire(&a)
	got := make(chan struct{})
	go func() { w.d.acquire(&b); close(got) }()
	select {
	case <-got:
	case <-time.After(60 * time.Second):
		t.Fatal("a disjoint claim waited")
	}
	w.d.ReleaseSet(&a, r)
	w.d.ReleaseSet(&b, r)
}

// Those who wait for a token get it in the order in which they came.
func TestClaimsAreServedInOrder(t *testing.T) {
	w := newWorld(1, 1, 4, nil)
	r := &fakeRunner{w, -1}
	var one call.ShardSet
	one.Add(0)
	w.d.acquire(&one)
	var order []int
	var released atomic.Int32
	for i := 0; i < 5; i++ {
		c := &call.Call{Loop: -1, Set: one}
		c.Ready = func(*call.Call) {
			order = append(order, i)
			released.Add(1)
		}
		if w.d.Claim(c) {
			t.Fatal("a held token was handed out twice")
		}
	}
	for i := 0; i < 5; i++ {
		w.d.Release(0, r)
	}
	w.d.Release(0, r)
	for i, got := range order {
		if got != i {
			t.Fatalf("order %v", order)
		}
	}
	if len(order) != 5 {
		t.Fatalf("%d of 5 were served", len(order))
	}
}

// Claims that never cease to queue must not keep mail from being served, nor mail claims. Time stands still: on a
// crowded machine slices would end by it.
func TestClaimsAndMailTakeTurns(t *testing.T) { synctest.Test(t, claimsAndMailTakeTurns) }

func claimsAndMailTakeTurns(t *testing.T) {
	w := newWorld(1, 2, 64, nil)
	r := &fakeRunner{w, 0}
	var one call.ShardSet
	one.Add(0)
	w.d.acquire(&one)
	granted, served, most := 0, 0, 0
	var again func(*call.Call)
	queue := func() { w.d.Claim(&call.Call{Loop: -1, Set: one, Ready: again}) }
	again = func(*call.Call) { granted++; queue() }
	queue()
	queue()
	post := func(loop int) {
		at := granted
		c := &call.Call{Loop: -1, Set: one}
		c.Work = func() {
			served++
			most = max(most, granted-at)
		}
		w.d.Post(loop, 0, c, &fakeRunner{w, loop})
	}
	for range 100 { // each release ends the hold of one claim and begins that of the next
		before := granted
		for range 40 {
			post(0)
		}
		post(1)
		w.d.Release(0, r)
		if granted != before+1 {
			t.Fatalf("%d claims got the token that was released once", granted-before)
		}
	}
	if served != 100*41 || most > 2 {
		t.Fatalf("%d of %d calls were served, one behind %d claims", served, 100*41, most)
	}
}

// A loop that always has mail must not keep the mail of others.
func TestLoopsTakeTurns(t *testing.T) {
	w := newWorld(1, 2, 256, nil)
	var one call.ShardSet
	one.Add(0)
	w.d.acquire(&one)
	other := false
	post := func(loop, n int) {
		for range n {
			c := &call.Call{Loop: -1, Set: one}
			c.Work = func() { other = other || loop == 1 }
			w.d.Post(loop, 0, c, &fakeRunner{w, loop})
		}
	}
	post(0, 200)
	post(1, 1)
	for range 2 {
		w.d.Release(0, &fakeRunner{w, 0}) // a slice
		post(0, serveCalls)
		w.d.tokens[0].seize()
	}
	if !other {
		t.Fatal("two slices passed over the mail of a loop")
	}
}

// Loops that share a bit must not lose mail when a slice ends between them.
func TestLoopsThatShareABitKeepTheirMail(t *testing.T) {
	w := newWorld(1, mailBits+1, 256, nil)
	var one call.ShardSet
	one.Add(0)
	served := 0
	post := func(loop, n int) {
		for range n {
			c := &call.Call{Loop: -1, Set: one}
			c.Work = func() { served++ }
			w.d.Post(loop, 0, c, &fakeRunner{w, loop})
		}
	}
	w.d.acquire(&one)
	post(0, serveCalls)
	post(mailBits, 1)
	for range 3 {
		w.d.Release(0, &fakeRunner{w, -1})
		w.d.serveIfFree(0, &fakeRunner{w, -1})
		w.d.tokens[0].seize()
	}
	if served != serveCalls+1 {
		t.Fatalf("%d of %d calls were served", served, serveCalls+1)
	}
}

// TestMailPostedWhileOthersAreServed has a loop post while the mail of one is served that stands between it and another loop with the same bit.
func TestMailPostedWhileOthersAreServed(t *testing.T) {
	w := newWorld(1, mailBits+1, 256, nil)
	var one call.ShardSet
	one.Add(0)
	served := 0
	post := func(loop int, then func()) {
		c := &call.Call{Loop: -1, Set: one}
		c.Work = func() {
			served++
			then()
		}
		w.d.Post(loop, 0, c, &fakeRunner{w, loop})
	}
	nothing := func() {}
	w.d.acquire(&one)
	post(0, nothing)
	post(1, func() { post(0, nothing) })
	w.d.Release(0, &fakeRunner{w, -1})
	if served != 3 {
		t.Fatalf("%d of 3 calls were served", served)
	}
}

func TestInPlaceAllocatesNothing(t *testing.T) {
	w := newWorld(4, 1, 4, nil)
	r := &fakeRunner{w, 0}
	if n := testing.AllocsPerRun(1000, func() {
		if w.d.Try(1) {
			w.d.Release(1, r)
		}
	}); n != 0 {
		t.Fatalf("%v allocations per command", n)
	}
}

func BenchmarkUncontendedToken(b *testing.B) {
	w := newWorld(16, 1, 64, nil)
	r := &fakeRunner{w, 0}
	for i := 0; i < b.N; i++ {
		if w.d.Try(i & 15) {
			w.d.Release(i&15, r)
		}
	}
}

func (r *fakeRunner) Began(*call.Command) uint64                       { return 0 }
func (r *fakeRunner) Show(*call.Command, *call.Client)                 {}
func (r *fakeRunner) Lap() uint64                                      { return 0 }
func (r *fakeRunner) Book(*call.Command, *call.Client, uint64, []byte) {}
func (r *fakeRunner) Refused(*call.Command, string)                    {}
