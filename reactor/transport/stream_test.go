package transport

import (
	"bytes"
	"math/rand"
	"runtime"
	"strings"
	"testing"

	"sigrun/internal/testkit"
)

// However ciphertext arrives, what it says is the same.
func TestPieces(t *testing.T) {
	ours, theirs := server(t)
	p := connect(t, ours, theirs)
	r := rand.New(rand.NewSource(testkit.Seed()))
	for range 50 {
		want := make([]byte, 1+r.Intn(60_000))
		r.Read(want)
		cipher := p.said(want)
		var got []byte
		for len(cipher) > 0 {
			n := 1 + r.Intn(len(cipher))
			if r.Intn(2) == 0 {
				n = min(n, 1+r.Intn(8))
			}
			got = append(got, p.all(cipher[:n])...)
			cipher = cipher[n:]
		}
		if !bytes.Equal(got, want) || p.s.Failed() != nil {
			t.Fatalf("%d bytes of %d, %v", len(got), len(want), p.s.Failed())
		}
	}
	if most := resident + record + 300; p.s.Size() > most {
		t.Errorf("it takes %d bytes, and may take %d", p.s.Size(), most)
	}
}

// A part of a record goes to where it belongs, and what is left of it comes next.
func TestInto(t *testing.T) {
	ours, theirs := server(t)
	p := connect(t, ours, theirs)
	p.s.Feed(p.said([]byte("abcdefgh")))
	into := make([]byte, 3)
	if n := p.s.Into(into); string(into[:n]) != "abc" {
		t.Errorf("%q", into[:n])
	}
	if rest := p.s.Next(); string(rest) != "defgh" {
		t.Errorf("%q", rest)
	}
	if n := p.s.Into(into); n != 0 || p.s.Failed() != nil {
		t.Errorf("%d, %v", n, p.s.Failed())
	}
}

// Whatever a socket takes at a time, the peer reads what was written, once.
func TestSlowSocket(t *testing.T) {
	ours, theirs := server(t)
	p := connect(t, ours, theirs)
	r := rand.New(rand.NewSource(testkit.Seed()))
	for range 30 {
		want := make([]byte, 1+r.Intn(200_000))
		r.Read(want)
		for left := want; len(left) > 0; {
			p.take = r.Intn(50_000)
			n, err := p.s.Write(left)
			if err != nil {
				t.Fatal(err)
			}
			left = left[n:]
			if len(p.s.rest) > chunk+(chunk/record+1)*overhead {
				t.Fatalf("%d bytes are kept", len(p.s.rest))
			}
		}
		if p.s.Owes() {
			t.Fatal("all was sent, and something waits")
		}
		if got := p.reads(len(want)); !bytes.Equal(got, want) {
			t.Fatal("other bytes came")
		}
	}
}

// What a peer asks to be answered is answered without a reply, in its place, and bounded when it does not read.
func TestUpdates(t *testing.T) {
	ours, theirs := server(t)
	p := connect(t, ours, theirs)
	if got := p.all(append(p.update(), p.record(23, []byte("hello"))...)); string(got) != "hello" || !p.s.Owes() {
		t.Fatalf("%q, %v", got, p.s.Owes())
	}
	if n, err := p.s.Write([]byte("reply")); n != 5 || err != nil || p.s.Owes() {
		t.Fatal(n, err)
	}
	if got := p.reads(5); string(got) != "reply" {
		t.Errorf("%q", got)
	}
	if p.all(p.update()); !p.s.Owes() || p.s.Flush() != nil || p.s.Owes() {
		t.Error("an answer without a reply is not sent")
	}

	p.take = 0
	for range 20_000 {
		if p.all(append(p.update(), p.record(23, []byte("x"))...)); p.s.Failed() != nil {
			break
		}
	}
	if p.s.Failed() != errTalkative || len(p.s.rest) > chunk+mostOwn+1000 {
		t.Errorf("%v, %d bytes", p.s.Failed(), len(p.s.rest))
	}
}

func TestEnds(t *testing.T) {
	ours, theirs := server(t)
	for name, one := range map[string]struct {
		send  func(p *peer) []byte
		ended bool
	}{
		"close_notify":          {func(p *peer) []byte { return p.record(21, []byte{1, 0}) }, true},
		"another alert":         {func(p *peer) []byte { return p.record(21, []byte{2, 80}) }, false},
		"a record too long":     {func(p *peer) []byte { return []byte{23, 3, 3, 0x48, 0} }, false},
		"the longest length":    {func(p *peer) []byte { return []byte{23, 3, 3, 0xff, 0xff} }, false},
		"a changed byte":        {func(p *peer) []byte { b := p.record(23, []byte("hello")); b[8] ^= 1; return b }, false},
		"plain text":            {func(p *peer) []byte { return []byte("*1\r\n$4\r\nPING\r\n") }, false},
		"an unknown kind":       {func(p *peer) []byte { return p.record(99, []byte("hello")) }, false},
		"another handshake":     {func(p *peer) []byte { return p.record(22, []byte{1, 0, 0, 2, 3, 3}) }, false},
		"an empty one and more": {func(p *peer) []byte { return bytes.Join([][]byte{empties(p, 40)}, nil) }, false},
		"a long message":        {func(p *peer) []byte { return p.record(22, []byte{24, 0xff, 0xff, 0xff, 1}) }, false},
	} {
		t.Run(name, func(t *testing.T) {
			p := connect(t, ours, theirs)
			if got := p.all(one.send(p)); len(got) > 0 || p.s.Failed() == nil || p.s.Ended() != one.ended {
				t.Errorf("%q, %v", got, p.s.Failed())
			}
			if got := p.all([]byte("more")); len(got) > 0 {
				t.Errorf("%q behind the end", got)
			}
			if n, err := p.s.Write([]byte("owed")); one.ended && (n != 4 || err != nil) {
				t.Errorf("who has said that it sends no more is not answered: %v", err)
			}
			p.s.Goodbye()
		})
	}
}

func empties(p *peer, n int) (b []byte) {
	for range n {
		b = append(b, p.record(23, nil)...)
	}
	return b
}

// A stream that rests takes little.
func TestIdleSize(t *testing.T) {
	ours, theirs := server(t)
	heap := func() int {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int(m.HeapAlloc)
	}
	connect(t, ours, theirs)
	const many = 100
	loop := &Scratch{}
	loop.ready()
	before := heap()
	var all []*Stream
	for range many {
		p := connect(t, ours, theirs)
		p.s.loop = loop
		p.all(p.said([]byte("PING\r\n")))
		_, _ = p.s.Write([]byte("+PONG\r\n"))
		p.s.socket = nil
		all = append(all, p.s)
	}
	if each := (heap() - before) / many; each > 12<<10 {
		t.Errorf("%d bytes each", each)
	} else {
		t.Logf("%d bytes each", each)
	}
	runtime.KeepAlive(all)
}

// Bytes of which nobody knows what they are do no harm: nothing is taken for plain text, and nothing grows.
func FuzzCiphertext(f *testing.F) {
	ours, theirs := server(f)
	f.Add([]byte("\x17\x03\x03\x00\x05hello"), uint8(3))
	f.Add([]byte("\x15\x03\x03\x00\x02\x01\x00"), uint8(1))
	f.Add([]byte("\x16\x03\x03\xff\xff"+strings.Repeat("x", 300)), uint8(100))
	p := connect(f, ours, theirs)
	f.Fuzz(func(t *testing.T, b []byte, step uint8) {
		s := *p.s // at the same point, with whatever crypto/tls has come to
		s.failed, s.at = nil, boundary{}
		for len(b) > 0 && s.failed == nil {
			n := min(len(b), 1+int(step))
			s.Feed(b[:n])
			for {
				if got := s.Next(); len(got) == 0 {
					break
				} else {
					t.Fatalf("%q was taken for plain text", got)
				}
			}
			b = b[n:]
		}
		if s.Size() > resident+1<<16+1<<17 {
			t.Fatalf("%d bytes", s.Size())
		}
	})
}
