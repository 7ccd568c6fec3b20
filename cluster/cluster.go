// Package cluster knows the nodes of a cluster and which of them serves each slot. It keeps the slot map's states true to that, keeps it in a
// file, and tells clients where to go. Control changes it, under all tokens; loops read it at any time, for what they read is
// never changed but replaced as a whole.
//
// The nodes are those of the file: there is no bus by which nodes find each other, learn of slots that have moved, or fail over.
package cluster

import (
	"cmp"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync/atomic"

	"sigrun/internal/sim"
	"sigrun/internal/vfs"
	"sigrun/protocol/call"
	"sigrun/protocol/command"
	"sigrun/protocol/resp"
	"sigrun/protocol/slot"
	"sigrun/protocol/slotmap"
)

// Options are what a Cluster is made of.
type Options struct {
	Slots *slotmap.Map
	FS    vfs.FS
	File  string // path of the file of nodes
	NewID func() string
	Log   *slog.Logger
}

// Cluster is one node's knowledge of all.
type Cluster struct {
	Options
	view   atomic.Pointer[View]
	Rules  Rules
	down   atomic.Bool
	mu     sim.Mutex            // held by who changes what is known
	file   sim.Mutex            // held by who writes the file
	kept   atomic.Pointer[View] // what it holds
	lock   vfs.Lock             // of the file; nil: it cannot be locked
	stale  atomic.Bool          // it is to be written anew, whatever it holds
	left   Slots                // were dealt, and nobody has been told yet
	struck map[string]int64     // IDs of nodes that were forgotten, and until when that is remembered
}

// Rules are parameters of the configuration that decide what is answered.
type Rules struct {
	FullCoverage, ReadsWhenDown, ShardedWhenDown atomic.Bool // cluster-require-full-coverage, -allow-reads-when-down, -allow-pubsubshard-when-down
	Endpoint                                     atomic.Pointer[string]
}

// Node is one of the nodes. It is never changed.
type Node struct {
	ID, Shard  string // 40 hexadecimal digits each
	IP, Host   string
	Port, TLS  int // 0: it does not listen there
	Bus        int
	ForClients Address // what clients are told instead
	Name       string  // for people
	Primary    string  // the ID of the node that it copies, "" for none
	State      string  // what else its flags say, each with a comma before it
	Epoch      uint64
}

// Address is where a node is for those who come by IPv4 or IPv6, with TLS or without; what is empty is as for other nodes.
type Address struct {
	IP4, IP6  string
	Port, TLS int
}

// View is what is known at a time.
type View struct {
	Self                 *Node
	Nodes                []*Node // by ID
	Owner                [slot.Count]*Node
	Migrating, Importing map[uint16]*Node // to whom, from whom
	Epoch, Voted         uint64           // the largest one that was seen, and in which this node has voted
	Dealt                []uint16         // slots that the last change gave to a node, or took from one
}

// Open reads the file of nodes, or makes one of a cluster of one node that serves no slot. Nobody else uses the slot map yet.
func Open(o Options, self Node) (*Cluster, error) {
	c := &Cluster{Options: o}
	endpoint := IPEndpoint
	c.Rules.Endpoint.Store(&endpoint)
	c.Slots.Cluster()
	lock, err := c.locked(o.File)
	if err != nil {
		return nil, err
	}
	c.lock = lock
	if err := c.begin(self); err != nil {
		c.Close()
		return nil, err
	}
	return c, nil
}

// begin takes what the file holds for what is known.
func (c *Cluster) begin(self Node) error {
	v, err := c.load()
	if err != nil {
		return err
	}
	if v == nil {
		v = &View{Self: &Node{ID: c.NewID(), Shard: c.NewID()}, Migrating: map[uint16]*Node{}, Importing: map[uint16]*Node{}}
		v.Nodes = []*Node{v.Self}
		c.Log.Info("No cluster configuration found, I'm " + v.Self.ID)
	}
	if v.Self.Primary != "" {
		return errors.New("Unrecoverable error: by its cluster config file this node is a replica, which needs replication; this version lacks it")
	}
	if v.Self.Shard == "" {
		self.Shard = c.NewID()
	}
	v.become(self)
	c.show(v)
	return c.Save()
}

// become makes self what this node is told as; it stays the node that it is.
func (v *View) become(self Node) {
	self.ForClients, self.Name = v.Self.ForClients, v.Self.Name
	self.ID, self.Shard, self.Epoch = v.Self.ID, cmp.Or(v.Self.Shard, self.Shard), v.Self.Epoch
	self.IP = cmp.Or(self.IP, v.Self.IP)
	v.Replace(&self)
}

// Slots is a set of slots.
type Slots [slot.Count / 64]uint64

// Has reports whether one is among them.
func (s *Slots) Has(n uint16) bool { return s[n/64]>>(n%64)&1 != 0 }

func (s *Slots) add(n uint16) { s[n/64] |= 1 << (n % 64) }

// Is has others be told of this node as self. No slot's state changes by that, so that no token is needed.
func (c *Cluster) Is(self Node) {
	_ = c.Change(func(v *View) error {
		v.become(self)
		return nil
	})
}

// At has others be told of another address of this node; "": of none, so that they take the one that they see.
func (c *Cluster) At(ip string) {
	_ = c.Change(func(v *View) error {
		self := *v.Self
		self.IP = ip
		v.Replace(&self)
		return nil
	})
}

// Replace puts n, which has the ID of a node, in its place.
func (v *View) Replace(n *Node) {
	old := v.Find(n.ID)
	for i := range v.Nodes {
		if v.Nodes[i] == old {
			v.Nodes[i] = n
		}
	}
	for i := range v.Owner {
		if v.Owner[i] == old {
			v.Owner[i] = n
		}
	}
	for _, m := range []map[uint16]*Node{v.Migrating, v.Importing} {
		for s, at := range m {
			if at == old {
				m[s] = n
			}
		}
	}
	if v.Self == old {
		v.Self = n
	}
}

// View is what is known now.
func (c *Cluster) View() *View { return c.view.Load() }

// Find is the node with an ID, nil for none.
func (v *View) Find(id string) *Node {
	for _, n := range v.Nodes {
		if n.ID == id {
			return n
		}
	}
	return nil
}

// Change lets fn change a copy of what is known, and has the slot map follow. All tokens are held if a slot's state may change by it. An error
// changes nothing. Who asked for it is answered when Keep has been called behind it, without tokens.
func (c *Cluster) Change(fn func(v *View) error) error {
	c.mu.Lock()
	defer c.mu.Unlock()
	old := c.View()
	v := *old
	v.Dealt = nil
	v.Nodes, v.Migrating, v.Importing = slices.Clone(old.Nodes), maps.Clone(old.Migrating), maps.Clone(old.Importing)
	if err := fn(&v); err != nil {
		return err
	}
	for _, n := range v.Dealt {
		c.left.add(n)
	}
	c.show(&v)
	return nil
}

// Left are the slots that were dealt anew since it was asked last: who listens to their channels here does so no more.
func (c *Cluster) Left() *Slots {
	c.mu.Lock()
	defer c.mu.Unlock()
	left := c.left
	c.left = Slots{}
	return &left
}

// Give gives a slot to a node, or with nil takes it from whoever has it.
func (v *View) Give(n uint16, to *Node) {
	if v.Owner[n] != to || to != nil {
		v.Dealt = append(v.Dealt, n)
	}
	v.Owner[n] = to
}

// show makes v what is known.
func (c *Cluster) show(v *View) {
	c.view.Store(v)
	c.judge(v)
}

// state is what becomes of commands on a slot's keys.
func (v *View) state(n uint16) slotmap.State {
	switch owner := v.Owner[n]; {
	case owner == nil:
		return slotmap.Unserved
	case owner == v.Self && v.Migrating[n] != nil:
		return slotmap.Migrating
	case owner == v.Self:
		return slotmap.Own
	case v.Importing[n] != nil:
		return slotmap.Importing
	}
	return slotmap.Away
}

// Judge finds out anew whether the cluster is whole. It is called when the rules change, for which no token is needed.
func (c *Cluster) Judge() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.judge(c.View())
}

// judge has the slot map follow. Commands look at the map alone as long as the cluster is whole: each slot is served, where that is asked for, and most
// of those who serve any are there.
func (c *Cluster) judge(v *View) {
	now := v.Census()
	down := c.Rules.FullCoverage.Load() && now.Assigned-now.Failed.Slots < slot.Count || now.reachable() < now.Size/2+1
	if c.down.Swap(down) != down {
		c.Log.Info("Cluster state changed: " + State(down))
	}
	for n := range slot.Count {
		s := uint16(n)
		state := v.state(s)
		if state == slotmap.Own && down {
			state = slotmap.Closed
		}
		c.Slots.SetState(s, state)
	}
}

// State is the word for it.
func State(down bool) string {
	if down {
		return "fail"
	}
	return "ok"
}

// IsDown reports whether the cluster is not whole, though it has to be.
func (c *Cluster) IsDown() bool { return c.down.Load() }

// Census is how many slots and nodes there are, and how they are said to be.
type Census struct {
	Assigned          int // slots that have a node
	Size              int // nodes that serve slots, and so have a vote
	Failed, Suspected Missing
}

// Missing are nodes that do not answer, by what is known, with their slots. Suspected are those of which others do not say so.
type Missing struct{ Slots, Nodes, Voting int }

func (m *Missing) add(slots int) {
	m.Nodes++
	if m.Slots += slots; slots > 0 {
		m.Voting++
	}
}

func (c *Census) reachable() int { return c.Size - c.Failed.Voting - c.Suspected.Voting }

// Census counts them.
func (v *View) Census() (c Census) {
	slots := map[*Node]int{}
	for first, last := 0, 0; first < slot.Count; first = last {
		owner := v.Owner[first]
		for last = first; last < slot.Count && v.Owner[last] == owner; last++ {
		}
		if owner != nil {
			slots[owner] += last - first
			c.Assigned += last - first
		}
	}
	c.Size = len(slots)
	for _, n := range v.Nodes {
		switch {
		case n.HasFailed():
			c.Failed.add(slots[n])
		case n.Suspected():
			c.Suspected.add(slots[n])
		}
	}
	return c
}

// Down is why commands with such flags may not use keys now; nil: they may.
func (c *Cluster) Down(flags command.Flag) *resp.Error {
	switch {
	case !c.down.Load():
		return nil
	case flags&command.PubSub != 0:
		if c.Rules.ShardedWhenDown.Load() {
			return nil
		}
		return resp.ErrClusterDown
	case !c.Rules.ReadsWhenDown.Load():
		return resp.ErrClusterDown
	case flags&command.Write != 0:
		return resp.ErrClusterReadOnly
	}
	return nil
}

// Moved says which node serves a slot.
func (c *Cluster) Moved(n uint16, cl *call.Client) *resp.Error {
	owner := c.View().Owner[n]
	if owner == nil {
		return resp.ErrSlotNotServed
	}
	return c.redirection("MOVED", n, owner, cl)
}

// Ask says which node has the keys of a slot that are not here any more.
func (c *Cluster) Ask(n uint16, cl *call.Client) *resp.Error {
	to := c.View().Migrating[n]
	if to == nil { // it came to rest meanwhile
		return resp.ErrTryAgain
	}
	return c.redirection("ASK", n, to, cl)
}

func (c *Cluster) redirection(word string, n uint16, to *Node, cl *call.Client) *resp.Error {
	return &resp.Error{Text: fmt.Sprintf("%s %d %s:%d", word, n, c.Endpoint(to, cl), to.PortFor(cl))}
}

// Endpoint is where clients are told that a node is (cluster-preferred-endpoint-type).
func (c *Cluster) Endpoint(n *Node, cl *call.Client) string {
	switch c.Told() {
	case HostEndpoint:
		return cmp.Or(n.Host, "?")
	case NoEndpoint:
		return ""
	}
	return n.IPFor(cl)
}

// Words of cluster-preferred-endpoint-type. By NoEndpoint clients are to stay with the address that they have.
const (
	IPEndpoint   = "ip"
	HostEndpoint = "hostname"
	NoEndpoint   = "unknown-endpoint"
)

// Told is the one that is in force.
func (c *Cluster) Told() string { return *c.Rules.Endpoint.Load() }

// PortFor is the port for a client, who comes with TLS or without.
func (n *Node) PortFor(cl *call.Client) int {
	if cl.TLS {
		return cmp.Or(n.ForClients.TLS, n.TLS, n.Port)
	}
	return cmp.Or(n.ForClients.Port, n.Port, n.TLS)
}

// IPFor is the address for a client, who comes by IPv4 or IPv6.
func (n *Node) IPFor(cl *call.Client) string {
	if strings.HasPrefix(cl.Addr, "[") {
		return cmp.Or(n.ForClients.IP6, n.IP)
	}
	return cmp.Or(n.ForClients.IP4, n.IP)
}

// HasFailed reports whether the nodes have agreed on that, Suspected whether this one thought so.
func (n *Node) HasFailed() bool { return n.says("fail") }
func (n *Node) Suspected() bool { return n.says("fail?") }

func (n *Node) says(flag string) bool {
	return n.State != "" && slices.Contains(strings.Split(n.State, ","), flag)
}

// Range is slots that follow each other, both ends included.
type Range struct{ First, Last int }

// Ranges are the slots of a node.
func (v *View) Ranges(n *Node) (all []Range) {
	for s := 0; s < slot.Count; s++ {
		if v.Owner[s] != n {
			continue
		}
		first := s
		for s+1 < slot.Count && v.Owner[s+1] == n {
			s++
		}
		all = append(all, Range{first, s})
	}
	return all
}

// Release takes all slots from a node. What is on its way is not forgotten by that: the node may get them again.
func (v *View) Release(n *Node) {
	for s := range v.Owner {
		if v.Owner[s] == n {
			v.Give(uint16(s), nil)
		}
	}
}

// Forget strikes a node, which is not this one.
func (v *View) Forget(n *Node) {
	v.Release(n)
	for _, m := range []map[uint16]*Node{v.Migrating, v.Importing} {
		maps.DeleteFunc(m, func(_ uint16, at *Node) bool { return at == n })
	}
	v.Nodes = slices.DeleteFunc(v.Nodes, func(have *Node) bool { return have == n })
}

// Strike remembers until a moment that a node was forgotten, and Struck reports whether that is remembered now. "" ends all of it.
func (c *Cluster) Strike(id string, until int64) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if id == "" || c.struck == nil {
		c.struck = map[string]int64{}
	}
	if id != "" {
		c.struck[id] = until
	}
}

// Struck is there for commands that come to many nodes: one that has heard of it already agrees.
func (c *Cluster) Struck(id string, now int64) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	maps.DeleteFunc(c.struck, func(_ string, until int64) bool { return until <= now })
	_, there := c.struck[id]
	return there
}

// Reset leaves nothing but this node, which self takes the place of, and no slots.
func (v *View) Reset(self *Node) {
	for n := range v.Owner {
		v.Give(uint16(n), nil)
	}
	*v = View{Self: self, Nodes: []*Node{self}, Migrating: map[uint16]*Node{}, Importing: map[uint16]*Node{}, Epoch: v.Epoch, Voted: v.Voted, Dealt: v.Dealt}
}

// TopEpoch is the largest epoch of any node, or that was seen.
func (v *View) TopEpoch() (top uint64) {
	top = v.Epoch
	for _, n := range v.Nodes {
		top = max(top, n.Epoch)
	}
	return top
}

// Bump gives this node an epoch that is larger than that of any other one, and reports whether it had none before.
func (v *View) Bump() bool {
	top := v.TopEpoch()
	if v.Self.Epoch != 0 && v.Self.Epoch == top {
		return false
	}
	v.Epoch = top + 1
	self := *v.Self
	self.Epoch = v.Epoch
	v.Replace(&self)
	return true
}

// Replicas are the nodes that copy one.
func (v *View) Replicas(of *Node) (all []*Node) {
	for _, n := range v.Nodes {
		if n.Primary == of.ID {
			all = append(all, n)
		}
	}
	return all
}

// Set changes the state of a slot, of which so many keys are here, as CLUSTER SETSLOT does.
func (v *View) Set(n uint16, state string, node *Node, keys int) {
	switch state {
	case "MIGRATING":
		v.Migrating[n] = node
	case "IMPORTING":
		v.Importing[n] = node
	case "STABLE":
		delete(v.Migrating, n)
		delete(v.Importing, n)
	case "NODE":
		if keys == 0 { // else it is given to this node, which goes on handing its keys over
			delete(v.Migrating, n)
		}
		v.Give(n, node)
		if node == v.Self && v.Importing[n] != nil {
			v.Bump() // so that others believe it
			delete(v.Importing, n)
		}
	}
}
