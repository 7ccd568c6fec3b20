package node

import (
	"sigrun/internal/sim"
	"sigrun/protocol/call"
	"sigrun/shards/commit"
	"sigrun/shards/exec"
)

// Still runs fn while the node stands still: all tokens are held. It waits for fn, on no loop.
func (n *Node) Still(fn func(e *exec.Engine)) {
	done := make(chan struct{})
	n.dispatcher.Submit(&call.Call{Loop: -1, Set: *n.engine.All(), Work: func() {
		defer close(done)
		fn(n.engine)
	}})
	sim.Receive("stillness", done)
}

// Consume switches a consumer of commits on; with, unless it is nil, is called in the same instant.
func (n *Node) Consume(c commit.Consumer, with func(e *exec.Engine)) (behind uint64) {
	n.Still(func(e *exec.Engine) {
		behind = e.Commits.Add(c)
		if with != nil {
			with(e)
		}
	})
	return behind
}

// Forgo switches a consumer off.
func (n *Node) Forgo(c commit.Consumer) { n.Still(func(e *exec.Engine) { e.Commits.Remove(c) }) }
