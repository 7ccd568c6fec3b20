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
