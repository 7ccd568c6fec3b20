package client

import (
	"net"
	"net/netip"
	"sync"

	"golang.org/x/sys/unix"
)

// resolver finds out where addresses are, each once. A thread that makes load does not wait for that.
type resolver struct {
	mu    sync.Mutex
	known map[string]*place
}

// place is where an address is.
type place struct {
	path  string // of a Unix socket
	ip    net.IP
	port  int
	zone  uint32
	err   error
	found chan struct{} // closed when it is known
}

// sockaddr is a place as the kernel takes it. The package that asks the kernel writes to it: everybody has one of his own.
func (p *place) sockaddr() (to unix.Sockaddr, family int) {
	if p.ip == nil {
		return &unix.SockaddrUnix{Name: p.path}, unix.AF_UNIX
	}
	if four := p.ip.To4(); four != nil {
		s := &unix.SockaddrInet4{Port: p.port}
		copy(s.Addr[:], four)
		return s, unix.AF_INET
	}
	s := &unix.SockaddrInet6{Port: p.port, ZoneId: p.zone}
	copy(s.Addr[:], p.ip.To16())
	return s, unix.AF_INET6
}

// look is where an address is; nil: that is not known yet.
func (r *resolver) look(network, addr string) (*place, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p := r.known[addr]
	if p == nil {
		if p = literal(network, addr); p == nil {
			p = &place{found: make(chan struct{})}
			go p.find(addr)
		}
		if r.known == nil {
			r.known = map[string]*place{}
		}
		r.known[addr] = p
	}
	if p.found == nil {
		return p, nil
	}
	select {
	case <-p.found:
	default:
		return nil, nil
	}
	if p.err != nil {
		delete(r.known, addr) // whoever asks again may be luckier
		return nil, p.err
	}
	p.found = nil
	return p, nil
}

// wait waits until it is known where an address is.
func (r *resolver) wait(network, addr string) (*place, error) {
	for {
		p, err := r.look(network, addr)
		if p != nil || err != nil {
			return p, err
		}
		r.mu.Lock()
		found := r.known[addr].found
		r.mu.Unlock()
		if found != nil {
			<-found
		}
	}
}

// literal is an address that says itself where it is; nil: it is a name.
func literal(network, addr string) *place {
	if network == "unix" {
		return &place{path: addr}
	}
	a, err := netip.ParseAddrPort(addr)
	if err != nil || a.Addr().Zone() != "" {
		return nil
	}
	return &place{ip: a.Addr().AsSlice(), port: int(a.Port())}
}

// find asks for a name.
func (p *place) find(addr string) {
	defer close(p.found)
	a, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		p.err = err
		return
	}
	p.ip, p.port = a.IP, a.Port
	if p.ip == nil { // of no host: this machine
		p.ip = net.IPv4(127, 0, 0, 1)
	}
	if at, err := net.InterfaceByName(a.Zone); err == nil {
		p.zone = uint32(at.Index)
	}
}
