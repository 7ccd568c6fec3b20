package table

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"sigrun/bench/peer"
)

// secured are both servers with a port for TLS each, and what a client believes.
type secured struct {
	ports  map[*peer.Server]int
	config *tls.Config
}

// secure has both servers take TLS with a certificate of that key.
func secure(key crypto.Signer, servers ...*peer.Server) (*secured, error) {
	dir, err := os.MkdirTemp("", "bench-tls-")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir) // servers have read it by then
	certificate := &x509.Certificate{SerialNumber: big.NewInt(1), NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(24 * time.Hour), IsCA: true,
		BasicConstraintsValid: true, IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)}}
	der, err := x509.CreateCertificate(rand.Reader, certificate, certificate, key.Public(), key)
	if err != nil {
		return nil, err
	}
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return nil, err
	}
	cert, secret := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	for name, block := range map[string]*pem.Block{cert: {Type: "CERTIFICATE", Bytes: der}, secret: {Type: "PRIVATE KEY", Bytes: private}} {
		if err := os.WriteFile(name, pem.EncodeToMemory(block), 0o600); err != nil {
			return nil, err
		}
	}
	leaf, err := x509.ParseCertificate(der)
	if err != nil {
		return nil, err
	}
	s := &secured{ports: map[*peer.Server]int{}, config: &tls.Config{ServerName: "127.0.0.1", RootCAs: x509.NewCertPool(), MinVersion: tls.VersionTLS13,
		CurvePreferences: []tls.CurveID{tls.X25519}}} // what both servers have
	s.config.RootCAs.AddCert(leaf)
	for _, server := range servers {
		port, err := peer.FreePort()
		if err != nil {
			return nil, err
		}
		s.ports[server] = port
		if err := tell(server, []string{"CONFIG", "SET", "tls-port", "0"}, []string{"CONFIG", "SET", "tls-cert-file", cert, "tls-key-file", secret, "tls-auth-clients", "no",
			"tls-ca-cert-file", cert, "tls-port", strconv.Itoa(port)}); err != nil {
			return nil, err
		}
	}
	return s, nil
}

// through is b by way of TLS.
func (s *secured) through(b task) func(*peer.Server) (Figure, error) {
	return func(server *peer.Server) (Figure, error) {
		b := b
		b.tls, b.port = s.config, s.ports[server]
		return b.run(server)
	}
}

// Secure is GET and SET over TLS 1.3.
func Secure(s *Setup) error {
	ours, other, stop, err := s.pair()
	if err != nil {
		return err
	}
	defer stop()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	both, err := secure(key, ours, other)
	if err != nil {
		return err
	}
	s.head("TLS 1.3, 50 clients")
	for _, c := range []struct {
		name, keys, size string
		pipeline, n      int
	}{{"pipeline 1", "100000", "32", 1, 200000}, {"pipeline 16", "100000", "32", 16, 2000000}, {"64 KiB", "1000", "64KB", 1, 40000}} {
		for _, command := range []string{"SET {key} {value} -> OK", "GET {key} -> bulk or nil"} {
			b := task{name: "tls", text: fmt.Sprintf("keys key key:* %s\nvalue value %s\ndo 1 %s\n", c.keys, c.size, command), pipeline: c.pipeline, requests: s.requests(c.n)}
			if err := s.compare(command[:3]+", "+c.name, ours, other, both.through(b)); err != nil {
				return err
			}
		}
	}
	return nil
}

// Handshakes are connections that are made, ask once and end; CPU of each.
func Handshakes(s *Setup) error {
	ours, other, stop, err := s.pair()
	if err != nil {
		return err
	}
	defer stop()
	curve, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	modulus, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		return err
	}
	s.head("TLS 1.3: a connection, PING, its end; 16 at once")
	for _, c := range []struct {
		name   string
		key    crypto.Signer
		resume bool
		n      int
	}{{"P-256", curve, false, 10000}, {"RSA-2048", modulus, false, 4000}, {"P-256, resumed", curve, true, 10000}} {
		both, err := secure(c.key, ours, other)
		if err != nil {
			return err
		}
		if c.resume {
			both.config.ClientSessionCache = tls.NewLRUClientSessionCache(64)
		}
		b := task{name: "handshakes", text: "role visitor 1 reconnect 1\ndo 1 PING -> PONG\n", clients: 16, pipeline: 1, requests: s.requests(c.n)}
		if err := s.compare(c.name, ours, other, both.through(b)); err != nil {
			return err
		}
	}
	return nil
}

// Quiet is resident memory for each TLS connection that has asked a little and waits.
func Quiet(s *Setup) error {
	const conns = 8000
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}
	s.Print("\n### resident memory per idle TLS connection (%d)\n\n| server | bytes |\n|---|--:|\n", conns)
	for _, c := range []struct{ name, command string }{{"ours", s.Ours}, {"peer", s.Peer}} {
		server, err := peer.Start(c.name, c.command, "")
		if err != nil {
			return err
		}
		bytes, err := restingTLS(server, key, conns)
		server.Stop()
		if err != nil {
			return err
		}
		s.Print("| %s | %d |\n", c.name, bytes)
	}
	return nil
}

// restingTLS is what each of some connections keeps resident.
func restingTLS(server *peer.Server, key crypto.Signer, conns int) (int64, error) {
	s, err := secure(key, server)
	if err != nil {
		return 0, err
	}
	var held []*tls.Conn
	defer func() {
		for _, c := range held {
			_ = c.Close()
		}
	}()
	connect := func(n int) error {
		for range n {
			c, err := tls.Dial("tcp", net.JoinHostPort("127.0.0.1", strconv.Itoa(s.ports[server])), s.config)
			if err != nil {
				return err
			}
			held = append(held, c)
			for range 3 {
				if _, err := c.Write([]byte("PING\r\n")); err != nil {
					return err
				}
				if _, err := c.Read(make([]byte, 7)); err != nil {
					return err
				}
			}
		}
		return nil
	}
	if err := connect(50); err != nil { // what the first ones bring along
		return 0, err
	}
	before := server.Resident()
	if err := connect(conns); err != nil {
		return 0, err
	}
	time.Sleep(8 * time.Second)
	return (server.Resident() - before) / int64(conns), nil
}
