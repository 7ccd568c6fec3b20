package node

import (
	"cmp"
	"crypto/rand"
	"encoding/hex"
	"fmt"

	"sigrun/cluster"
	"sigrun/internal/config"
	"sigrun/internal/vfs"
	"sigrun/protocol/slot"
	"sigrun/reactor/session"
	"sigrun/shards/exec"
)

// member is the node as one of a cluster; its Cluster is nil when it is in none.
type member struct {
	n *Node
	*cluster.Cluster
}

// databases is how many there are.
func (n *Node) databases() int {
	if n.value("cluster-enabled").Bool() {
		return int(n.value("cluster-databases").Int64())
	}
	return int(n.value("databases").Int64())
}

// open learns which slots the node serves, if it is one of a cluster.
func (m *member) open(n *Node, fs vfs.FS) (err error) {
	m.n = n
	if !n.value("cluster-enabled").Bool() {
		return nil
	}
	m.Cluster, err = cluster.Open(cluster.Options{Slots: n.space.Slots(), FS: fs, File: n.Config.Path(n.value("cluster-config-file").String()),
		NewID: newID, Log: n.Log}, m.self())
	return err
}

// elsewhere is the cluster as execution sees it.
func (m *member) elsewhere() exec.Elsewhere {
	if m.Cluster == nil {
		return nil
	}
	return m.Cluster
}

// newID is 40 hexadecimal digits that nobody else has.
func newID() string {
	id := make([]byte, 20)
	_, _ = rand.Read(id)
	return hex.EncodeToString(id)
}

// self is the node as others are told of it: what the configuration says, else where it listens.
func (m *member) self() cluster.Node {
	n := m.n
	or := func(name string, port int) int {
		if p := int(n.value(name).Int64()); p != 0 {
			return p
		}
		return port
	}
	self := cluster.Node{IP: n.value("cluster-announce-ip").String(), Host: n.value("cluster-announce-hostname").String()}
	port, secure := int(n.value("port").Int64()), int(n.value("tls-port").Int64())
	if n.reactor != nil {
		port, secure = n.Port(), n.TLSPort()
	}
	self.Port, self.TLS = or("cluster-announce-port", port), or("cluster-announce-tls-port", secure)
	self.Bus = or("cluster-announce-bus-port", or("cluster-port", cmp.Or(port, secure)+cluster.BusBehind))
	return self
}

// follow keeps what the cluster is told of the node, and what it answers, true to the configuration.
func (m *member) follow() {
	if m.Cluster == nil {
		return
	}
	n, r := m.n, &m.Rules
	n.apply("cluster-require-full-coverage", func(v *config.Value) error {
		r.FullCoverage.Store(v.Bool())
		m.Judge()
		m.strand()
		return nil
	})
	n.apply("cluster-allow-reads-when-down", func(v *config.Value) error { r.ReadsWhenDown.Store(v.Bool()); m.strand(); return nil })
	n.apply("cluster-allow-pubsubshard-when-down", func(v *config.Value) error { r.ShardedWhenDown.Store(v.Bool()); return nil })
	n.apply("cluster-preferred-endpoint-type", func(v *config.Value) error {
		word := v.String()
		r.Endpoint.Store(&word)
		return nil
	})
	n.engine.SlotUses.Begin()
	n.apply("cluster-slot-stats-enabled", func(v *config.Value) error {
		n.engine.SlotUses.On.Store(v.Bool())
		n.engine.Retune()
		return nil
	})
	for _, name := range []string{"cluster-announce-hostname", "cluster-announce-port", "cluster-announce-tls-port", "cluster-announce-bus-port"} {
		n.Config.OnChange(name, func(*config.Value) error { m.Is(m.self()); return nil }) // who sets it sees to the file
	}
	n.Config.OnChange("cluster-announce-ip", func(v *config.Value) error {
		m.At(v.String()) // as above
		return nil
	})
}

// strand ends what waits in vain since the rules are other ones. Nobody waits for that.
func (m *member) strand() {
	if m.n.reactor == nil {
		return
	}
	for _, l := range m.n.reactor.Loops() {
		l.Post(func() { l.Each(func(s *session.Session) { s.Strand(nobody) }) })
	}
}

func nobody(uint16) bool { return false }

// reconcile has keys that were loaded and slots agree: what another node serves is removed, and a slot that nobody serves is served here, where its
// keys are. Clients still wait.
func (m *member) reconcile() error {
	if m.Cluster == nil {
		return nil
	}
	var removed, taken int
	for n := 0; n < slot.Count; {
		n = m.reconcileFrom(n, &removed, &taken)
	}
	if removed > 0 {
		m.n.Log.Warn(fmt.Sprintf("%d keys were removed that other nodes of the cluster serve", removed))
	}
	if taken > 0 {
		m.n.Log.Warn(fmt.Sprintf("%d slots that nobody served are served here now, because there are keys of theirs", taken))
	}
	_, err := m.Keep()
	return err
}

// strippedAtOnce is how many keys go before the tokens are given back.
const strippedAtOnce = 1000

// reconcileFrom does so for slots from n on, for a while, and says where to go on.
func (m *member) reconcileFrom(n int, removed, taken *int) (next int) {
	all := *m.n.engine.All()
	m.n.dispatcher.Acquire(&all)
	c := m.n.engine.Borrow()
	defer func() {
		m.n.dispatcher.ReleaseSet(&all, c)
		m.n.engine.GiveBack(c)
	}()
	v := m.View()
	var orphans []uint16
	for most := strippedAtOnce; n < slot.Count && most > 0; n++ {
		s := uint16(n)
		switch {
		case m.n.engine.KeysIn(s) == 0 || v.Owner[s] == v.Self || v.Importing[s] != nil:
		case v.Owner[s] == nil:
			orphans = append(orphans, s)
		default:
			gone := c.Strip(s, most)
			*removed += gone
			if most -= gone; most == 0 {
				n-- // there may be more
			}
		}
	}
	*taken += len(orphans)
	if len(orphans) > 0 {
		_ = m.Change(func(v *cluster.View) error {
			for _, s := range orphans {
				v.Give(s, v.Self)
			}
			return nil
		})
	}
	return n
}

// announce tells where the node listens now.
func (m *member) announce() error {
	if m.Cluster == nil {
		return nil
	}
	m.Is(m.self())
	return m.Save()
}
