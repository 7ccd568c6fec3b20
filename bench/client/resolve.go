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

// place is an address as the kernel takes it.
type place struct {
	to     unix.Sockaddr
	family int
	err    error
	found  chan struct{} // closed when it is known
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
		return &place{to: &unix.SockaddrUnix{Name: addr}, family: unix.AF_UNIX}
	}
	a, err := netip.ParseAddrPort(addr)
	if err != nil || a.Addr().Zone() != "" {
		return nil
	}
	return placeOf(a.Addr().AsSlice(), int(a.Port()))
}

func placeOf(ip net.IP, port int) *place {
	if four := ip.To4(); four != nil {
		s := &unix.SockaddrInet4{Port: port}
		copy(s.Addr[:], four)
		return &place{to: s, family: unix.AF_INET}
	}
	s := &unix.SockaddrInet6{Port: port}
	copy(s.Addr[:], ip.To16())
	return &place{to: s, family: unix.AF_INET6}
}

// find asks for a name.
func (p *place) find(addr string) {
	defer close(p.found)
	a, err := net.ResolveTCPAddr("tcp", addr)
	if err != nil {
		p.err = err
		return
	}
	is := placeOf(a.IP, a.Port)
	p.to, p.family = is.to, is.family
	if s, ok := p.to.(*unix.SockaddrInet6); ok && a.Zone != "" {
		if at, err := net.InterfaceByName(a.Zone); err == nil {
			s.ZoneId = uint32(at.Index)
		}
	}
}
