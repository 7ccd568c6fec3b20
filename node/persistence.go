package node

import (
	"errors"

	"sigrun/internal/config"
	"sigrun/node/persist"
	"sigrun/protocol/resp"
	"sigrun/reactor/gate"
)

// startPersistence makes what saves and loads the keyspace.
func (n *Node) startPersistence(o Options) {
	n.persist = persist.New(persist.Options{Engine: n.engine, Libraries: &n.commands.scripts.Libraries, Dispatcher: n.dispatcher, Config: n.Config, Clock: o.Clock, Log: n.Log, FS: o.FS,
		Refuse: func(why *resp.Error) {
			n.engine.Settings.Refused.Store(why)
			n.turnGate(gate.DiskError, why != nil)
		},
		Slow: func(writers bool) {
			if n.turnGate(gate.LogBehind, writers); !writers {
				for _, l := range n.reactor.Loops() {
					l.Post(l.Unpaused)
				}
			}
		},
		Loading: func(on bool) { n.turnGate(gate.Loading, on) },
		Wake: func(loop int) {
			l := n.reactor.Loops()[loop]
			l.Post(l.Released)
		},
		Loops: n.loopCount(), Cores: cores(n.loopCount()), Full: n.Memory.press.full, Loads: o.Loads})
	n.persist.Appends.Follow()
	n.turnGate(gate.Loading, o.Loads)
	n.Config.Loading.Store(o.Loads)
}

func (n *Node) turnGate(state gate.State, on bool) {
	if on {
		n.gate.Set(state)
	} else {
		n.gate.Clear(state)
	}
}

// keepRefusing has the parameters looked at on which it depends whether writes are refused.
func (n *Node) keepRefusing() {
	for _, name := range []string{"save", "stop-writes-on-bgsave-error", "appendfsync"} {
		n.Config.OnChange(name, func(*config.Value) error {
			n.persist.Reconsider()
			return nil
		})
	}
}

// keepLogging has the append-only file switched on and off, and files of it that were kept go when they need not be kept any more.
func (n *Node) keepLogging() {
	n.Config.OnChange("appendonly", func(v *config.Value) error {
		if v.Bool() && n.persist.Appends.Ready() != nil {
			return errors.New("Unable to turn on AOF. Check server logs.")
		}
		n.persist.Appends.Switch(v.Bool())
		return nil
	})
	n.Config.OnChange("aof-disable-auto-gc", func(v *config.Value) error {
		if !v.Bool() {
			persist.Collect(n.persist)
		}
		return nil
	})
}

// Broken is what Load fails with when the log has told of it to the end.
type Broken = persist.Broken

// Load reads the keyspace from disk. Clients are told to wait meanwhile (Options.Loads), but may ask how far it is. After an error the
// node is of no use.
func (n *Node) Load() error {
	if n.loaded {
		return nil
	}
	n.loaded = true
	err := n.persist.Load()
	if err == nil {
		err = n.cluster.reconcile()
	}
	if err == nil {
		n.Memory.warn()
		n.gate.Clear(gate.Loading)
		n.Config.Loading.Store(false)
	}
	return err
}

// Abandon removes the files that are being written, before the process ends in the middle of it.
func (n *Node) Abandon() { n.persist.Abandon() }

// Prepare saves what has to be saved before the node is closed; how are bits of shutdown-on-sigterm. False: it could not be, and the
// node goes on.
func (n *Node) Prepare(how int64) bool { return n.Control.Prepare(how) }

// MayShutDown waits until a shutdown that a signal asks for may begin; false: a client has called it off.
func (n *Node) MayShutDown() bool { return n.Control.Cron.Wait() }
