package node

import (
	"errors"
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"

	"sigrun/internal/config"
	"sigrun/reactor"
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
	path := n.Config.Path(n.value("unixsocket").String())
	if path == "" {
		if n.nowhere(n.doors) {
			return errors.New("Configured to not listen anywhere, exiting.")
		}
		return nil
	}
	err := n.reactor.ListenUnix(reactor.UnixDoor{Path: path, Mode: os.FileMode(n.value("unixsocketperm").Int64()),
		Group: n.value("unixsocketgroup").String(), Backlog: n.backlog()})
	if err != nil {
		n.Log.Warn("Failed opening Unix socket: " + config.Reason(err))
		return errors.New("Failed listening on port 0 (unix), aborting.")
	}
	return nil
}

func (n *Node) configured() doors {
	return doors{int(n.value("port").Int64()), n.value("bind").Words()}
}

func (n *Node) backlog() int { return int(n.value("tcp-backlog").Int64()) }

// openTCP listens on every address of d. One that starts with - may be unknown to this
// machine, and a family of addresses that the system does not have is passed over.
func (n *Node) openTCP(d doors) error {
	if n.nowhere(d) {
		return nil
	}
	opened := 0
	for _, host := range d.bind {
		host, optional := strings.CutPrefix(host, "-")
		err := n.reactor.ListenTCP(reactor.TCPDoor{Host: host, Port: d.port, Backlog: n.backlog(), Multipath: n.value("mptcp").Bool()})
		switch {
		case err == nil:
			opened++
		case optional && errors.Is(err, unix.EADDRNOTAVAIL), noSuchFamily(err):
		default:
			n.Log.Warn(fmt.Sprintf("Warning: Could not create server TCP listening socket %s:%d: %s", host, d.port, config.Reason(err)))
			return n.shutOut(d)
		}
	}
	if opened == 0 {
		return n.shutOut(d)
	}
	return nil
}

// nowhere reports whether d lets nobody in.
func (n *Node) nowhere(d doors) bool { return d.port == 0 && !n.anyPort || len(d.bind) == 0 }

func (n *Node) shutOut(d doors) error {
	return fmt.Errorf("Failed listening on port %d (tcp), aborting.", d.port)
}

func noSuchFamily(err error) bool {
	return errors.Is(err, unix.EAFNOSUPPORT) || errors.Is(err, unix.EPFNOSUPPORT) || errors.Is(err, unix.EPROTONOSUPPORT) ||
		errors.Is(err, unix.ESOCKTNOSUPPORT) || errors.Is(err, unix.ENOPROTOOPT)
}

// reopen moves to what the configuration names now, or stays and returns failure.
func (n *Node) reopen(failure error) error {
	n.reactor.StopTCP()
	d := n.configured()
	err := n.openTCP(d)
	if err == nil {
		n.doors = d
		n.moved()
		return nil
	}
	n.Log.Warn(err.Error())
	n.reactor.StopTCP()
	if again := n.openTCP(n.doors); again != nil {
		n.Log.Error("the former port could not be opened again", "error", again)
	}
	return failure
}
