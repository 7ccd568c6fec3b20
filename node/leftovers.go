package node

import "fmt"

// Leftovers tells of what is still held, queued or on its way: nothing, where nobody is and nothing is to be done. For tests.
func (n *Node) Leftovers() (list []string) {
	list = n.dispatcher.Leftovers()
	if n := n.reactor.Clients(); n != 0 {
		list = append(list, fmt.Sprintf("%d clients are counted", n))
	}
	for _, l := range n.reactor.Loops() {
		if l.Local.Waiting() {
			list = append(list, fmt.Sprintf("messages wait for loop %d", l.ID))
		}
	}
	return list
}

// Stranded is actors.Dispatcher.Stranded.
func (n *Node) Stranded(asleep func(loop int) bool) []string { return n.dispatcher.Stranded(asleep) }

// AnyHeld reports whether anybody holds a token. For tests.
func (n *Node) AnyHeld() bool { return n.dispatcher.AnyHeld() }
