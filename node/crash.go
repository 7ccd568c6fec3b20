package node

import "sigrun/protocol/call"

// Fault is what the process ends of.
type Fault = call.Fault

// crashed is who is told of the node's faults.
func crashed(n *Node, o Options) func(f *call.Fault) {
	if o.Crashed == nil {
		return nil
	}
	return func(f *call.Fault) { o.Crashed(n, f) }
}
