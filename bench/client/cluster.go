package client

import (
	"bytes"
	"fmt"
	"net"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"sigrun/bench/wire"
	"sigrun/bench/workload"
	"sigrun/protocol/slot"
)

// topology says which node serves a slot, as far as is known.
type topology struct {
	owner [slot.Count]atomic.Int32
	host  string // that was asked
	// asking: somebody asks the nodes anew, or has just done so.
	asking atomic.Bool

	mu    sync.RWMutex
	nodes []string
}

func (t *topology) addr(node int) string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return t.nodes[node]
}

func (t *topology) names() []string {
	t.mu.RLock()
	defer t.mu.RUnlock()
	return append([]string(nil), t.nodes...)
}

// bracketed puts brackets around an address of IPv6, which nodes leave away.
func bracketed(addr string) string {
	if at := strings.LastIndexByte(addr, ':'); at > 0 && strings.Count(addr, ":") > 1 && addr[0] != '[' {
		return "[" + addr[:at] + "]" + addr[at:]
	}
	return addr
}

// mostNodes is how many nodes are believed to be there.
const mostNodes = 4096

// node is the number of a node.
func (t *topology) node(addr string) (int, error) {
	addr = bracketed(addr)
	if host, port, err := net.SplitHostPort(addr); err == nil && host == "" {
		addr = net.JoinHostPort(t.host, port)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for i, n := range t.nodes {
		if n == addr {
			return i, nil
		}
	}
	if len(t.nodes) >= mostNodes {
		return 0, fmt.Errorf("more than %d nodes", mostNodes)
	}
	t.nodes = append(t.nodes, addr)
	return len(t.nodes) - 1, nil
}

// Nodes are the addresses of the nodes of a cluster that serve slots, or may.
func Nodes(target *Target) ([]string, error) {
	t, err := askTopology(target)
	if err != nil {
		return nil, err
	}
	return t.names(), nil
}

// askTopology asks a node of the cluster.
func askTopology(target *Target) (*topology, error) {
	text, err := nodesOf(target, askTimeout)
	if err != nil {
		return nil, err
	}
	host, _, _ := net.SplitHostPort(target.Addr)
	t := &topology{host: host}
	for i := range t.owner {
		t.owner[i].Store(-1)
	}
	if err := t.learnAll(text); err != nil {
		return nil, err
	}
	if len(t.nodes) == 0 {
		return nil, fmt.Errorf("no node of the cluster serves any slots")
	}
	return t, nil
}

// nodesOf is what a node says of all.
func nodesOf(target *Target, patience time.Duration) (string, error) {
	c, err := ask(target, patience)
	if err != nil {
		return "", err
	}
	defer c.Close()
	text, err := c.Text("CLUSTER", "NODES")
	if err != nil {
		return "", fmt.Errorf("CLUSTER NODES: %w", err)
	}
	return text, nil
}

func (t *topology) learnAll(text string) error {
	for _, line := range strings.Split(text, "\n") {
		if err := t.learn(strings.Fields(line)); err != nil {
			return fmt.Errorf("CLUSTER NODES: %w", err)
		}
	}
	return nil
}

const (
	refreshPause    = 250 * time.Millisecond // between two times that nodes are asked anew
	refreshPatience = 2 * time.Second        // how long a node has to answer then
)

// refresh asks the other nodes who serves which slots by now: one that does not answer will not tell. It does not wait.
func (t *topology) refresh(target Target, but int) {
	if !t.asking.CompareAndSwap(false, true) {
		return
	}
	go func() {
		defer t.asking.Store(false)
		for i, addr := range t.names() {
			if i == but {
				continue
			}
			target.Addr = addr
			if text, err := nodesOf(&target, refreshPatience); err == nil && t.learnAll(text) == nil {
				break
			}
		}
		time.Sleep(refreshPause)
	}()
}

// learn takes a line of CLUSTER NODES.
func (t *topology) learn(f []string) error {
	if len(f) < 9 || !strings.Contains(f[2], "master") {
		return nil
	}
	addr, _, _ := strings.Cut(f[1], "@")
	addr, _, _ = strings.Cut(addr, ",")
	n, err := t.node(addr)
	if err != nil {
		return err
	}
	for _, part := range f[8:] {
		if part[0] == '[' {
			continue // on its way
		}
		a, b, two := strings.Cut(part, "-")
		if !two {
			b = a
		}
		from, err := strconv.Atoi(a)
		to, err2 := strconv.Atoi(b)
		if err != nil || err2 != nil || from < 0 || to >= slot.Count {
			return fmt.Errorf("%q are no slots", part)
		}
		for s := from; s <= to; s++ {
			t.owner[s].Store(int32(n))
		}
	}
	return nil
}

// route is the connection that a task goes to.
func (t *thread) route(l *lane, task *workload.Task) *link {
	if t.topology == nil {
		return l.links[0]
	}
	node := 0
	if s, ok := t.slotOf(task); ok {
		node = max(int(t.topology.owner[s].Load()), 0)
	}
	return t.linkTo(l, node)
}

// slotOf is the slot that a task goes to: that of its first key, unless servers have said otherwise.
func (t *thread) slotOf(task *workload.Task) (int, bool) {
	if s, ok := t.elsewhere[task]; ok {
		return s, true
	}
	at := task.KeySlot()
	if at < 0 {
		return 0, false
	}
	t.key = task.AppendKey(t.key[:0], at, t.dice)
	return int(slot.Of(t.key)), true
}

// linkTo is a lane's connection to a node.
func (t *thread) linkTo(l *lane, node int) *link {
	if node < len(l.links) && l.links[node] != nil {
		k := l.links[node]
		if k.state == closed && !k.listed {
			t.dial(k)
		}
		return k
	}
	k := t.addLink(l, node)
	t.dial(k)
	return k
}

// redirect sends a request to the node that the server has named: MOVED SLOT ADDRESS, or ASK SLOT ADDRESS.
func (t *thread) redirect(k *link, p *pending, r *wire.Reply, outcome workload.Outcome) bool {
	f := bytes.Fields(r.Text)
	if len(f) != 3 {
		return false
	}
	s, err := strconv.Atoi(string(f[1]))
	if err != nil || s < 0 || s >= slot.Count {
		return false
	}
	node, err := t.topology.node(string(f[2]))
	if err != nil || node == k.node && outcome == workload.Moved {
		return false
	}
	c := &t.set.Classes[p.cmd.Class]
	to := t.linkTo(k.lane, node)
	if outcome == workload.Moved {
		t.topology.owner[s].Store(int32(node))
		c.Moved++
	} else {
		c.Asked++
		t.say(to, "ASKING")
	}
	t.dice.Connection, t.dice.Now = k.lane.id, t.now
	if p.drawn != nil {
		t.dice.Restore(p.drawn)
	} else {
		p.cmd.Redraw(t.dice, p.key)
	}
	t.correct(p.cmd.Task, s)
	t.command(to, p.cmd, p.intended, p.sent)
	return true
}

// correct takes from a redirection which slot the task that is drawn goes to: its first key may be one that is written out.
func (t *thread) correct(task *workload.Task, s int) {
	delete(t.elsewhere, task)
	if is, ok := t.slotOf(task); ok && is == s {
		return
	}
	if t.elsewhere == nil {
		t.elsewhere = map[*workload.Task]int{}
	}
	t.elsewhere[task] = s
}
