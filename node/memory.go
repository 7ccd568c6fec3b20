package node

import (
	"fmt"
	"math"

	"sigrun/internal/account"
	"sigrun/internal/config"
	"sigrun/internal/sim"
	"sigrun/node/control"
	"sigrun/reactor/gate"
	"sigrun/reactor/session"
	"sigrun/shards/evict"
	"sigrun/shards/keyspace"
)

// memory is the account of what the node uses (maxmemory), with that of clients in it (maxmemory-clients).
type memory struct {
	n       *Node
	account *account.Account
	crowd   session.Crowd
	evict   *evict.State
	mu      sim.Mutex // guards press, and what the limit is made of
	press   pressure
	rest    account.Share // what nobody tells of by himself: sketches of hot keys
}

// open begins to count.
func (m *memory) open(n *Node) {
	m.n = n
	m.account = account.New(nil, func(over bool) {
		n.turnGate(gate.OverMemory, over)
		if !over && m.evict != nil {
			m.evict.Below()
		}
	})
	m.crowd = session.Crowd{Account: account.New(m.account, nil), Tell: func(s *session.Session) {
		n.Log.Info("Evicting client: " + s.Describe().LogLine(n.clock.Millis(), hides(n)))
	}}
	m.evict = evict.NewState(m.account, n.clock.Mono)
	m.rest = m.account.Share()
	m.press = pressure{m: m, allowed: math.MaxInt64, crowd: math.MaxInt64}
	m.account.Adders(n.loopCount())
	m.account.Add(control.BaseBytes)
}

// eviction keeps which keys go true to the configuration.
func (m *memory) eviction(s *keyspace.Settings) {
	n := m.n
	n.apply("maxmemory-policy", func(v *config.Value) error {
		p := evict.Named(v.String())
		s.CountUse.Store(p.By == evict.LFU)
		s.EvictVolatile.Store(p.Volatile)
		s.EvictBy.Store(int64(p.By))
		return nil
	})
	n.follow("maxmemory-samples", &s.EvictSamples)
	n.apply("maxmemory-eviction-tenacity", func(v *config.Value) error {
		s.EvictFor.Store(int64(evict.For(v.Int64())))
		return nil
	})
	n.apply("lazyfree-lazy-eviction", func(v *config.Value) error { s.LazyEviction.Store(v.Bool()); return nil })
}

// limit has limits hold from now on, and follow the configuration. Those who count what they take are there, and nobody runs yet.
func (m *memory) limit() {
	n := m.n
	for _, who := range []interface{ Join(a *account.Account) }{n.hub, n.commands.scripts, &n.engine.Tracking, &n.engine.Payloads, &n.engine.Log.Memory, n.users, n.denials} {
		who.Join(m.account)
	}
	n.apply("maxmemory", func(v *config.Value) error {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.narrow()
		m.look() // by the steps that are right now
		m.warn()
		m.limitCrowd()
		return nil
	})
	n.apply("process-memory-limit", func(v *config.Value) error {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.press.set(v.Int64())
		m.narrow()
		m.limitCrowd()
		return nil
	})
	n.apply("maxmemory-clients", func(*config.Value) error {
		m.mu.Lock()
		defer m.mu.Unlock()
		m.limitCrowd()
		return nil
	})
}

// warn tells of a maxmemory that is less than what is in use.
func (m *memory) warn() {
	if most, used := m.n.value("maxmemory").Int64(), m.account.Sum(); most > 0 && used > most {
		m.n.Log.Warn(fmt.Sprintf("maxmemory is %d bytes now, and %d are in use: keys will go, or writes be refused, as maxmemory-policy says.", most, used))
	}
}

// narrow has the account's limit be what maxmemory says and the process has room for.
func (m *memory) narrow() {
	most := m.n.value("maxmemory").Int64()
	if allowed := m.press.allowed; allowed != math.MaxInt64 && (most == 0 || allowed < most) {
		most = max(allowed, 1)
	}
	if most != m.account.Most() {
		m.account.Limit(most)
	}
	if m.account.Over() {
		m.n.dispatcher.UpkeepDue()
	}
	c, ceiling := &m.n.engine.Settings.Compact, int64(math.MaxInt64)
	if most > 0 {
		ceiling = most + min(max(most/mostHoles, leastHoles), math.MaxInt64-most)
	}
	if c.Ceiling.Swap(ceiling) != ceiling {
		m.n.region.Spare(ceiling / spareMemory)
	}
	tight := most > 0 && (m.account.Sum() > most-most/16 || m.n.region.Handed() > ceiling)
	if c.Tight.Swap(tight) != tight {
		m.shed(c)
	}
}

// Which part of the limit holes in memory may take before who makes room closes some, how many bytes at least, and which part is kept for the
// next slabs.
const (
	mostHoles   = 12
	leastHoles  = 4 << 20
	spareMemory = 32
)

// Shed has slabs that compaction has emptied go back to the kernel, when it is switched on or memory is tight.
func (m *memory) Shed(c *keyspace.CompactSettings) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.shed(c)
}

// shed is Shed; mu is held.
func (m *memory) shed(c *keyspace.CompactSettings) {
	m.n.region.SetShedding(c.On.Load() || c.Always.Load() || c.Tight.Load())
}

// leastCrowd is the least limit of clients' memory: with less nobody could tell the server better.
const leastCrowd = 128 << 10

func (m *memory) limitCrowd() {
	n := m.n
	most := n.value("maxmemory-clients").Int64()
	if most < 0 { // per cent
		most = int64(float64(n.value("maxmemory").Int64()) * float64(-most) / 100)
	}
	if most > 0 {
		most = max(most, leastCrowd)
	}
	if room := m.press.crowd; room != math.MaxInt64 && (most == 0 || room < most) {
		most = room
	}
	if most == m.crowd.Account.Most() {
		return
	}
	m.crowd.Account.Limit(most)
	if most == 0 || m.crowd.Account.Sum() < most/2 { // nobody has to go, whatever shares have not told yet: loops may rest
		return
	}
	for _, l := range n.reactor.Loops() {
		l.Relieve()
	}
}

// look has the account know to the byte what shards use whose tokens are to be had, and what nobody tells of.
func (m *memory) look() {
	n := m.n
	r := n.engine.Borrow()
	defer n.engine.GiveBack(r)
	for s := range n.dispatcher.Shards() {
		if n.dispatcher.Try(s) {
			n.space.Tell(s)
			n.dispatcher.Release(s, r)
		}
	}
}

// tell has the account know of what nobody tells of by himself, and looks whether the process has room. The heartbeat calls it.
func (m *memory) tell() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.press.limit.Load() != 0 {
		m.press.look()
		m.limitCrowd()
	}
	m.narrow()
	m.rest.Note(m.n.engine.Hot.Bytes())
}

// others is what is used besides the keyspace and clients.
func (m *memory) others() int64 {
	n := m.n
	return int64(n.hub.InTransit()) + int64(n.commands.scripts.Bytes()+n.commands.scripts.Libraries.Bytes()) + n.engine.Tracking.Bytes() + n.engine.Hot.Bytes() + n.engine.Payloads.Bytes() +
		n.engine.Log.Memory.Bytes() + n.users.Bytes() + n.denials.Bytes()
}

// Used is what is used to the byte, as far as owners know at this moment, and what the account was told of it.
func (m *memory) Used() (used, told int64) {
	n := m.n
	used = control.BaseBytes + n.space.Retired() + m.others() + m.crowd.Bytes()
	for s := range n.dispatcher.Shards() {
		used += n.space.Arena(s).UsedNow()
	}
	return used, m.account.Sum()
}
