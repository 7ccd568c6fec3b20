package node

import (
	"fmt"
	"os"
	"strings"
)

// doors is where the node listens, as last opened.
type doors struct {
	port int
	bind []string
}

// open opens the doors that the configuration names.
func (n *Node) open() error {
	n.doors = n.configured()
	if err := n.openTCP(n.doors); err != nil {
		return err
	}
	if path := n.value("unixsocket").String(); path != "" {
		mode := os.FileMode(n.value("unixsocketperm").Int64())
		return n.reactor.ListenUnix(path, mode, n.backlog())
	}
	return nil
}

func (n *Node) configured() doors {
	return doors{int(n.value("port").Int64()), n.value("bind").Words()}
}

func (n *Node) backlog() int { return int(n.value("tcp-backlog").Int64()) }

func (n *Node) openTCP(d doors) error {
	if d.port == 0 && !n.anyPort {
		return nil
	}
	opened := 0
	for _, host := range d.bind {
		optional := strings.HasPrefix(host, "-")
		host = strings.TrimPrefix(host, "-")
		switch host {
		case "*":
			host = "0.0.0.0"
		case "::*":
			host = "::"
		}
		err := n.reactor.ListenTCP(host, d.port, n.backlog())
		switch {
		case err == nil:
			opened++
		case !optional:
			n.Log.Warn(fmt.Sprintf("Could not create server TCP listening socket %s:%d: %s", host, d.port, err))
			return fmt.Errorf("Failed listening on port %d (TCP), aborting.", d.port)
		}
	}
	if opened == 0 && len(d.bind) > 0 {
		return fmt.Errorf("Failed listening on port %d (TCP), aborting.", d.port)
	}
	return nil
}

// reopen moves to what the configuration names now, or stays and returns failure.
func (n *Node) reopen(failure error) error {
	n.reactor.StopTCP()
	d := n.configured()
	err := n.openTCP(d)
	if err == nil {
		n.doors = d
		return nil
	}
	n.reactor.StopTCP()
	if again := n.openTCP(n.doors); again != nil {
		n.Log.Error("the former port could not be opened again", "error", again)
	}
	return failure
}
