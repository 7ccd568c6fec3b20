package node

import (
	"context"
	"crypto/tls"
	"errors"
	"net"

	"sigrun/internal/metrics"
	"sigrun/internal/peers"
)

// neighbours are the servers that the node speaks to by itself.
type neighbours struct{ *peers.Pool }

func newNeighbours(n *Node) neighbours {
	return neighbours{peers.New(func(ctx context.Context, address string) (net.Conn, error) { return dial(ctx, n, address) })}
}

// figures are what INFO tells of connections to them.
func (p neighbours) figures() []metrics.Row {
	return []metrics.Row{metrics.Level("migrate_cached_sockets", p.Idle)}
}

// dial connects to another server, by TLS where the nodes of a cluster speak it.
func dial(ctx context.Context, n *Node, address string) (net.Conn, error) {
	var d net.Dialer
	if !n.value("tls-cluster").Bool() {
		return d.DialContext(ctx, "tcp", address)
	}
	m := n.tls.material.Load()
	if m == nil {
		return nil, errors.New("there is no certificate to show")
	}
	secure := tls.Dialer{NetDialer: &d, Config: m.Outgoing()}
	return secure.DialContext(ctx, "tcp", address)
}
