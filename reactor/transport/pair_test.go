package transport

import (
	"bytes"
	"crypto/aes"
	"crypto/cipher"
	"crypto/hkdf"
	"crypto/sha256"
	"crypto/tls"
	"encoding/binary"
	"encoding/hex"
	"io"
	"net"
	"runtime"
	"strings"
	"testing"
	"time"

	"sigrun/internal/testkit"
)

// peer is the other end of a Stream: the client's socket is read and written by the test, which plays the loop.
type peer struct {
	t      testing.TB
	s      *Stream
	client *tls.Conn
	near   net.Conn // the server's socket
	wire   net.Conn // the client's
	secret []byte   // of what the client sends
	seq    uint64
	take   int    // what the server's socket takes at a time; -1: all
	sent   []byte // what it took
}

func (p *peer) Send(b []byte) (int, error) {
	n := len(b)
	if p.take >= 0 {
		n = min(n, p.take)
	}
	p.sent = append(p.sent, b[:n]...)
	return n, nil
}

// server is the configuration of a server, and that of its clients.
func server(t testing.TB) (ours, theirs *tls.Config) {
	a := testkit.NewAuthority(t)
	return &tls.Config{Certificates: []tls.Certificate{a.Issue("server").TLS}, DynamicRecordSizingDisabled: true}, a.Client()
}

// secrets takes the log of keys, of which one is wanted.
type secrets struct{ bytes.Buffer }

func (s *secrets) client() []byte {
	for line := range strings.Lines(s.String()) {
		if f := strings.Fields(line); f[0] == "CLIENT_TRAFFIC_SECRET_0" {
			b, _ := hex.DecodeString(f[2])
			return b
		}
	}
	return nil
}

// connect has a client and a Stream shake hands.
func connect(t testing.TB, ours, theirs *tls.Config) *peer {
	t.Helper()
	ln := testkit.Must(net.Listen("tcp", "127.0.0.1:0"))(t)
	defer ln.Close()
	p := &peer{t: t, take: -1}
	done := make(chan struct{})
	h := NewHandshakes(Options{Config: func() *tls.Config { return ours }, Done: func(nc net.Conn, s *Stream) {
		p.s, p.near = s, nc
		s.Established()
		close(done)
	}})
	var log secrets
	cfg := theirs.Clone()
	cfg.KeyLogWriter = &log
	p.wire = testkit.Must(net.Dial("tcp", ln.Addr().String()))(t)
	if !h.Begin(testkit.Must(ln.Accept())(t), nil) {
		t.Fatal("the handshake did not begin")
	}
	p.client = tls.Client(p.wire, cfg)
	if err := p.client.Handshake(); err != nil {
		t.Fatal(err)
	}
	<-done
	for h.UnderWay() > 0 { // or Close would end what has just been handed over
		runtime.Gosched()
	}
	h.Close()
	p.secret = log.client()
	p.s.Attach(p, &Scratch{})
	near, wire := p.near, p.wire
	t.Cleanup(func() { _ = near.Close(); _ = wire.Close() })
	return p
}

// heard is what the client said so far, as ciphertext.
func (p *peer) heard(n int) []byte {
	b := make([]byte, n)
	if _, err := io.ReadFull(p.near, b); err != nil {
		p.t.Fatal(err)
	}
	return b
}

// said lets the client write, and returns the ciphertext.
func (p *peer) said(b []byte) []byte {
	go func() { _, _ = p.client.Write(b) }()
	var out []byte
	for left := len(b); left > 0; {
		header := p.heard(5)
		body := p.heard(int(binary.BigEndian.Uint16(header[3:])))
		out = append(append(out, header...), body...)
		left -= len(body) - 17 // type and tag
	}
	return out
}

// all decrypts what was fed.
func (p *peer) all(b []byte) (plain []byte) {
	p.s.Feed(b)
	for {
		next := p.s.Next()
		if len(next) == 0 {
			return plain
		}
		plain = append(plain, next...)
	}
}

// expand is HKDF-Expand-Label of TLS 1.3.
func expand(secret []byte, label string, n int) []byte {
	label = "tls13 " + label
	info := append([]byte{byte(n >> 8), byte(n), byte(len(label))}, label...)
	out, _ := hkdf.Expand(sha256.New, secret, string(append(info, 0)), n)
	return out
}

// record encrypts one as the client would, whatever is in it.
func (p *peer) record(kind byte, content []byte) []byte {
	if p.client.ConnectionState().CipherSuite != tls.TLS_AES_128_GCM_SHA256 {
		p.t.Skip("the processor has no AES: another cipher was agreed on than this one makes records of")
	}
	block, _ := aes.NewCipher(expand(p.secret, "key", 16))
	aead, _ := cipher.NewGCM(block)
	nonce := expand(p.secret, "iv", 12)
	for i := range 8 {
		nonce[4+i] ^= byte(p.seq >> (56 - 8*i))
	}
	p.seq++
	inner := append(append([]byte(nil), content...), kind)
	header := []byte{23, 3, 3, byte((len(inner) + 16) >> 8), byte(len(inner) + 16)}
	return aead.Seal(header, nonce, inner, header)
}

// update is a record that changes the client's key, and asks for a change of the server's.
func (p *peer) update() []byte {
	b := p.record(22, []byte{24, 0, 0, 1, 1})
	p.secret, p.seq = expand(p.secret, "traffic upd", 32), 0
	return b
}

// reads is what the client makes of what the server's socket took.
func (p *peer) reads(n int) []byte {
	sent := p.sent
	p.sent = nil
	go func() { _, _ = p.near.Write(sent) }()
	b := make([]byte, n)
	_ = p.client.SetReadDeadline(time.Now().Add(time.Minute))
	if _, err := io.ReadFull(p.client, b); err != nil {
		p.t.Fatal(err)
	}
	return b
}
