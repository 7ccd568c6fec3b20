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
	port, tlsPort int
	bind          []string
}

// open opens the doors that the configuration names.
func (n *Node) open() error {
	n.doors = n.configured()
	if n.tls.wanted() {
		if err := n.tls.configure(); err != nil {
			n.Log.Warn(err.Error())
			return errors.New("Failed to configure TLS. Check logs for more info.")
		}
	}
	for _, tls := range []bool{false, true} {
		if err := n.openTCP(n.doors, tls); err != nil {
			return err
		}
	}
	path := n.Config.Path(n.value("unixsocket").String())
	if path == "" {
		if n.nowhere(n.doors, false) && n.nowhere(n.doors, true) {
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
	return doors{int(n.value("port").Int64()), int(n.value("tls-port").Int64()), n.value("bind").Words()}
}

func (n *Node) backlog() int { return int(n.value("tcp-backlog").Int64()) }

// number is the port for TLS, or the other one.
func (d doors) number(tls bool) int {
	if tls {
		return d.tlsPort
	}
	return d.port
}

// openTCP listens on every address of d. One that starts with - may be unknown to this
// machine, and a family of addresses that the system does not have is passed over.
func (n *Node) openTCP(d doors, tls bool) error {
	if n.nowhere(d, tls) {
		return nil
	}
	opened := 0
	for _, host := range d.bind {
		host, optional := strings.CutPrefix(host, "-")
		err := n.reactor.ListenTCP(reactor.TCPDoor{Host: host, Port: d.number(tls), Backlog: n.backlog(), Multipath: n.value("mptcp").Bool(), Mark: int(n.value("socket-mark-id").Int64()), TLS: tls})
		var unmarked *reactor.UnmarkedError
		switch {
		case errors.As(err, &unmarked):
			n.Log.Warn(fmt.Sprintf("Warning: socket-mark-id: %v", err))
			opened++
		case err == nil:
			opened++
		case optional && errors.Is(err, unix.EADDRNOTAVAIL), noSuchFamily(err):
		default:
			n.Log.Warn(fmt.Sprintf("Warning: Could not create server TCP listening socket %s:%d: %s", host, d.number(tls), config.Reason(err)))
			return shutOut(d, tls)
		}
	}
	if opened == 0 {
		return shutOut(d, tls)
	}
	return nil
}

// nowhere reports whether d lets nobody in on a port of that kind.
func (n *Node) nowhere(d doors, tls bool) bool {
	any := n.anyPort && (!tls || n.value("tls-cert-file").String() != "")
	return d.number(tls) == 0 && !any || len(d.bind) == 0
}

func shutOut(d doors, tls bool) error {
	kind := "tcp"
	if tls {
		kind = "tls"
	}
	return fmt.Errorf("Failed listening on port %d (%s), aborting.", d.number(tls), kind)
}

func noSuchFamily(err error) bool {
	return errors.Is(err, unix.EAFNOSUPPORT) || errors.Is(err, unix.EPFNOSUPPORT) || errors.Is(err, unix.EPROTONOSUPPORT) ||
		errors.Is(err, unix.ESOCKTNOSUPPORT) || errors.Is(err, unix.ENOPROTOOPT)
}

// reopen moves to what the configuration names now, on ports of some kinds, or stays and returns failure.
func (n *Node) reopen(failure error, kinds ...bool) error {
	d := n.configured()
	err := n.moveTo(d, kinds)
	if err == nil {
		n.doors = d
		n.moved()
		if n.cluster.Cluster != nil {
			n.cluster.Is(n.cluster.self()) // who changes ports sees to the file
		}
		return nil
	}
	n.Log.Warn(err.Error())
	if again := n.moveTo(n.doors, kinds); again != nil {
		n.Log.Error("the former port could not be opened again", "error", again)
	}
	return failure
}

func (n *Node) moveTo(d doors, kinds []bool) error {
	for _, tls := range kinds {
		n.reactor.StopTCP(tls)
	}
	for _, tls := range kinds {
		if err := n.openTCP(d, tls); err != nil {
			return err
		}
	}
	return nil
}
