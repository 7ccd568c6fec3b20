// Package transport is the step between a connection's bytes and those of its session: TLS. A Stream is a connection past its
// handshake, which belongs to the loop of the connection: ciphertext that the socket brought goes in and is decrypted where the
// session takes it, replies are encrypted and sent. Nobody waits here; what the socket does not take is kept within bounds.
// Handshakes bring connections so far, on goroutines of their own, of which there are only so many. Sessions know nothing of it.
package transport

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net"
	"os"
	"time"
)

// Socket is where ciphertext goes.
type Socket interface {
	// Send sends what fits into the socket's buffer.
	Send(b []byte) (int, error)
}

const (
	record   = 16 << 10   // plaintext of the longest record
	plain    = 3 * record // what one turn decrypts: what was read, and a record that was there in part
	received = 64 << 10   // ciphertext that is read at a time for a large argument
	chunk    = 4 * record // plaintext that is encrypted at a time
	mostOwn  = 64<<10 + 8 // of what the stream itself has to say, such as answers to updates of keys
	overhead = 5 + 16 + 8 // of a record of ours, at most: header, tag, and a nonce in TLS 1.2
	resident = 9 << 10    // what a stream of crypto/tls takes while it rests, measured
)

// Scratch is a loop's memory for whatever is under way through one of its streams.
type Scratch struct {
	plain, received, out []byte
}

func (s *Scratch) ready() {
	if s.out == nil {
		s.plain, s.received = make([]byte, 0, plain), make([]byte, received)
		s.out = make([]byte, 0, chunk+(chunk/record+1)*overhead)
	}
}

// Received is memory to read ciphertext into that is fed at once.
func (s *Scratch) Received() []byte {
	s.ready()
	return s.received
}

// Stream is one connection's TLS. But for its making, it belongs to the loop of the connection.
type Stream struct {
	tls    *tls.Conn
	socket Socket
	loop   *Scratch

	in      []byte // ciphertext that is not decrypted yet: the caller's, during a turn
	early   []byte // what came behind the handshake, and was read with it
	at      boundary
	longest int   // record so far
	failed  error // why nothing comes any more; io.EOF: the peer said so

	writing bool   // what is encrypted is the session's
	rest    []byte // encrypted, and the socket did not take it
	ahead   int    // of what Write will be given again so much is in rest

	shaking *shaking // during the handshake
}

// Attach says where ciphertext goes, and by whose memory: when the connection comes to a loop.
func (s *Stream) Attach(to Socket, loop *Scratch) {
	loop.ready()
	s.socket, s.loop = to, loop
}

// Early takes what came before the connection was on its loop; it is fed first.
func (s *Stream) Early() (b []byte) {
	b, s.early = s.early, nil
	return b
}

// HasEarly reports whether there is any.
func (s *Stream) HasEarly() bool { return len(s.early) > 0 }

// Feed gives the stream ciphertext. It is the caller's again when Next has returned nothing.
func (s *Stream) Feed(b []byte) { s.in = b }

// Next decrypts what was fed, as much as a turn may take. Nothing: that was all, or all there will ever be (Failed).
func (s *Stream) Next() []byte {
	b := s.loop.plain[:0]
	for cap(b)-len(b) >= record {
		n := s.Into(b[len(b):cap(b)])
		if n == 0 {
			break
		}
		b = b[:len(b)+n]
	}
	return b
}

// Into decrypts a record, or what fits of it, to where it belongs. 0: as of Next.
func (s *Stream) Into(b []byte) int {
	if s.failed != nil {
		return 0
	}
	n, err := s.tls.Read(b)
	if err != nil && err != errDry && s.failed == nil {
		s.failed, s.in = err, nil
	}
	return n
}

// Failed is why nothing comes any more, nil while something may. io.EOF: the peer has said that this was all.
func (s *Stream) Failed() error { return s.failed }

// Ended reports whether the peer has said so.
func (s *Stream) Ended() bool { return s.failed == io.EOF }

// Write sends b, and returns how much of it needs not be kept: what is not counted comes again, as it is, when the socket takes more.
// It may have been encrypted all the same; then the stream keeps that, and knows.
func (s *Stream) Write(b []byte) (n int, err error) {
	if err := s.Flush(); err != nil || len(s.rest) > 0 {
		return 0, err
	}
	n, s.ahead = min(s.ahead, len(b)), 0
	for n < len(b) {
		part := b[n:min(n+chunk, len(b))]
		if err := s.encrypt(part); err != nil {
			return n, err
		}
		if len(s.rest) > 0 {
			s.ahead = len(part)
			return n, nil
		}
		n += len(part)
	}
	return n, nil
}

// encrypt encrypts b, sends that, and keeps the rest.
func (s *Stream) encrypt(b []byte) error {
	s.loop.out, s.writing = s.loop.out[:0], true
	_, err := s.tls.Write(b)
	s.writing = false
	if err != nil {
		return err
	}
	n, err := s.socket.Send(s.loop.out)
	if err == nil && n < len(s.loop.out) {
		s.rest = append(s.rest, s.loop.out[n:]...)
	}
	return err
}

// Flush sends on what the socket did not take.
func (s *Stream) Flush() error {
	if len(s.rest) == 0 {
		return nil
	}
	n, err := s.socket.Send(s.rest)
	if s.rest = s.rest[n:]; len(s.rest) == 0 {
		s.rest = nil
	}
	return err
}

// Owes reports whether something waits for the socket.
func (s *Stream) Owes() bool { return len(s.rest) > 0 }

// Goodbye tells the peer that nothing follows, if the socket takes that now. The loop may be in the middle of another write, whose ciphertext
// stays as it is.
func (s *Stream) Goodbye() {
	if len(s.rest) > 0 || s.loop == nil {
		return
	}
	if err := s.tls.CloseWrite(); err == nil { // which the stream keeps as what it has to say itself
		_, _ = s.socket.Send(s.rest)
	}
	s.rest = nil
}

// Size is what the stream takes.
func (s *Stream) Size() int { return resident + s.longest + cap(s.rest) + cap(s.early) }

// Certificate is the one that the peer has shown, nil for none.
func (s *Stream) Certificate() *x509.Certificate {
	if certs := s.tls.ConnectionState().PeerCertificates; len(certs) > 0 {
		return certs[0]
	}
	return nil
}

// wire is the connection as crypto/tls sees it: reading takes what was fed, and writing keeps what is to be sent.
type wire Stream

// errDry is what is read when nothing is there: not final, so that crypto/tls keeps the part of a record that it has.
var errDry error = dry{}

type dry struct{}

func (dry) Error() string   { return "nothing more has come yet" }
func (dry) Timeout() bool   { return false }
func (dry) Temporary() bool { return true }

// Read gives no more than the rest of one record: crypto/tls would keep the others in a buffer that grows and stays.
func (w *wire) Read(b []byte) (int, error) {
	if w.shaking != nil && len(w.in) == 0 {
		if err := w.shaking.receive(w); err != nil {
			return 0, err
		}
	}
	n := w.at.next(w.in[:min(len(b), len(w.in))])
	if n == 0 {
		return 0, errDry
	}
	w.longest = max(w.longest, w.at.length())
	copy(b, w.in[:n])
	w.in = w.in[n:]
	return n, nil
}

var errTalkative = errors.New("transport: the peer asks for answers and does not read them")

// Write keeps what is to be sent. What is no reply is an answer to what was read just now: it goes with the next one, or behind the turn.
func (w *wire) Write(b []byte) (int, error) {
	switch {
	case w.shaking != nil:
		return w.shaking.nc.Write(b)
	case w.writing:
		w.loop.out = append(w.loop.out, b...)
	case len(w.rest)+len(b) > cap(w.loop.out)+mostOwn:
		w.failed = errTalkative
		return 0, errTalkative
	default:
		w.rest = append(w.rest, b...)
	}
	return len(b), nil
}

func (w *wire) Close() error { return nil }

func (w *wire) LocalAddr() net.Addr  { return nil }
func (w *wire) RemoteAddr() net.Addr { return nil }

// Deadlines are the socket's during the handshake; a loop has none.
func (w *wire) SetDeadline(time.Time) error      { return os.ErrNoDeadline }
func (w *wire) SetReadDeadline(time.Time) error  { return os.ErrNoDeadline }
func (w *wire) SetWriteDeadline(time.Time) error { return os.ErrNoDeadline }

// boundary knows where in a record the stream is.
type boundary struct {
	header [5]byte
	seen   int // of the header
	left   int // of the record behind it
}

// next is how many bytes of b belong to the record under way; they are gone by.
func (r *boundary) next(b []byte) (n int) {
	if r.seen < len(r.header) {
		n = copy(r.header[r.seen:], b)
		if r.seen += n; r.seen < len(r.header) {
			return n
		}
		r.left = r.length()
	}
	part := min(r.left, len(b)-n)
	if r.left -= part; r.left == 0 {
		r.seen = 0
	}
	return n + part
}

// length is that of the record of which the header was seen last.
func (r *boundary) length() int { return int(r.header[3])<<8 | int(r.header[4]) }
