package cluster

import (
	"bytes"
	"errors"
	"io"
	"log/slog"
	"strings"
	"testing"

	"sigrun/internal/vfs"
	"sigrun/protocol/call"
	"sigrun/protocol/resp"
	"sigrun/protocol/slotmap"
)

const (
	idA = "0123456789012345678901234567890123456789"
	idB = "abcdefabcdefabcdefabcdefabcdefabcdefabcd"
	idC = "00000000000000000000000000000000000000ff"
)

// static is a file as Valkey writes it: of three nodes, of which one copies another.
const static = idA + " 10.0.0.1:7000@17000,,tls-port=0,shard-id=" + idA + " myself,master - 0 0 3 connected 0-99 200 [7->-" + idB + "] [300-<-" + idB + "]\n" +
	idB + " 10.0.0.2:7001@17001,b.example,tls-port=7101,shard-id=" + idB + " master - 0 1690000000000 4 connected 101-199 201-16383\n" +
	idC + " 10.0.0.3:7002@17002,,shard-id=" + idB + " slave,fail? " + idB + " 0 0 4 disconnected\n" +
	"vars currentEpoch 4 lastVoteEpoch 2\n"

func TestFile(t *testing.T) {
	v, err := Parse([]byte(static))
	if err != nil {
		t.Fatal(err)
	}
	a, b, c := v.Find(idA), v.Find(idB), v.Find(idC)
	plain, secure := &call.Client{}, &call.Client{TLS: true}
	if v.Self != a || v.Owner[0] != a || v.Owner[99] != a || v.Owner[100] != nil || v.Owner[200] != a || v.Owner[101] != b || v.Owner[16383] != b {
		t.Error("slots are other nodes'")
	}
	if v.Migrating[7] != b || v.Importing[300] != b || len(v.Migrating)+len(v.Importing) != 2 {
		t.Error("slots on their way:", v.Migrating, v.Importing)
	}
	if b.Host != "b.example" || b.TLS != 7101 || b.PortFor(secure) != 7101 || b.PortFor(plain) != 7001 || a.PortFor(secure) != 7000 || c.Primary != idB || v.Epoch != 4 || v.Voted != 2 || b.Epoch != 4 {
		t.Errorf("%+v %+v %+v", a, b, c)
	}
	again, err := Parse(v.Text())
	if err != nil || !bytes.Equal(again.Text(), v.Text()) {
		t.Errorf("%v\n%s\n%s", err, v.Text(), again.Text())
	}
	if line := v.Line(c, plain); line != idC+" 10.0.0.3:7002@17002 slave,fail? "+idB+" 0 0 4 disconnected" {
		t.Error(line)
	}
}

func TestBrokenFiles(t *testing.T) {
	for what, text := range map[string]string{
		"nobody is myself":     strings.Replace(static, "myself,", "", 1),
		"two are":              strings.Replace(static, " master -", " myself,master -", 1),
		"a slot out of range":  strings.Replace(static, "0-99", "0-16384", 1),
		"an unknown target":    strings.Replace(static, "[7->-"+idB, "[7->-"+strings.Repeat("9", 40), 1),
		"a port out of range":  strings.Replace(static, ":7000@", ":70000@", 1),
		"a short line":         strings.Replace(static, " 0 0 3 connected 0-99 200", "", 1)[:90] + "\n",
		"an ID twice":          strings.Replace(static, idC, idB, 1),
		"an address without :": strings.Replace(static, "10.0.0.1:7000@17000", "10.0.0.1", 1),
		"a flag that is none":  strings.Replace(static, "slave,fail?", "slave,lazy", 1),
		"a field that is none": strings.Replace(static, "tls-port=7101", "udp-port=7101", 1),
		"a field without =":    strings.Replace(static, "tls-port=7101", "tls-port", 1),
		"an IPv6 for IPv4":     strings.Replace(static, "tls-port=7101", "client-ipv4=::1", 1),
		"an open quote":        strings.Replace(static, "b.example", "\"b.example", 1),
		"a line of vars, cut":  strings.TrimSuffix(static, " 2\n"),
	} {
		if _, err := Parse([]byte(text)); err == nil {
			t.Error(what, "is taken")
		}
	}
}

// What other nodes have clients told of themselves is kept, and clients are sent there.
func TestAddressesForClients(t *testing.T) {
	const told = "client-tls-port=7,client-tcp-port=777,client-ipv6=::5,client-ipv4=1.2.3.4,tls-port=7101,nodename=nb,shard-id="
	c, _, _ := open(t, strings.Replace(static, "tls-port=7101,shard-id=", told, 1))
	if text := string(c.View().Text()); !strings.Contains(text, "b.example,"+told+idB+" ") {
		t.Error(text)
	}
	for want, cl := range map[string]*call.Client{"1.2.3.4:777": {Addr: "9.9.9.9:1"}, "::5:7": {Addr: "[::9]:1", TLS: true}} {
		if got := c.Moved(101, cl).Text; got != "MOVED 101 "+want {
			t.Error(got, want)
		}
		if line := c.View().Line(c.View().Find(idB), cl); !strings.HasPrefix(line, idB+" "+want+"@17001,b.example master") {
			t.Error(line)
		}
	}
}

// An epoch that is smaller than a node's, or is missing, is that node's.
func TestEpochOfTheNodes(t *testing.T) {
	for _, text := range []string{static[:strings.Index(static, "vars")], strings.Replace(static, "currentEpoch 4", "currentEpoch 1", 1)} {
		if v, err := Parse([]byte(text)); err != nil || v.Epoch != 4 {
			t.Error(v, err)
		}
	}
}

// A slot that comes in gives its new node an epoch of its own, unless it has the largest one already.
func TestEpochOfImports(t *testing.T) {
	v, err := Parse([]byte(static))
	if err != nil {
		t.Fatal(err)
	}
	for n, want := range []uint64{5, 5, 5} {
		v.Set(uint16(300+n), "IMPORTING", v.Find(idB), 0)
		v.Set(uint16(300+n), "NODE", v.Self, 0)
		if v.Epoch != want || v.Self.Epoch != want {
			t.Error(v.Epoch, v.Self.Epoch, want)
		}
	}
}

func FuzzFile(f *testing.F) {
	f.Add([]byte(static))
	f.Add([]byte(idA + " :1@2 myself - 0 0 0 x [1->-" + idA + "]"))
	f.Fuzz(func(t *testing.T, text []byte) {
		v, err := Parse(text)
		if err != nil {
			return
		}
		again, err := Parse(v.Text())
		if err != nil || !bytes.Equal(again.Text(), v.Text()) {
			t.Errorf("%v: %q", err, v.Text())
		}
	})
}

// open is the cluster of the file above on a file system of its own.
func open(t *testing.T, text string) (*Cluster, *slotmap.Map, vfs.FS) {
	fs := &vfs.Mem{}
	if text != "" {
		r, err := vfs.Replace(fs, "nodes.tmp", "nodes.conf")
		if err == nil {
			_, err = r.Write([]byte(text))
		}
		if err == nil {
			err = r.Seal()
		}
		if err == nil {
			err = r.Commit()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	m := slotmap.New(16)
	c, err := Open(Options{Slots: m, FS: fs, File: "nodes.conf", NewID: func() string { return idA }, Log: slog.New(slog.DiscardHandler)}, Node{Port: 7000, Bus: 17000})
	if err != nil {
		t.Fatal(err)
	}
	return c, m, fs
}

// The slot map has the state of every slot, and its shard as before.
func TestStates(t *testing.T) {
	c, m, _ := open(t, static)
	for n, want := range map[uint16]slotmap.State{0: slotmap.Own, 7: slotmap.Migrating, 100: slotmap.Unserved, 101: slotmap.Away, 300: slotmap.Importing} {
		if m.State(n) != want {
			t.Errorf("slot %d: %d, want %d", n, m.State(n), want)
		}
	}
	if !m.OwnIn(0, 0) || m.OwnIn(7, 0) || m.Owner(7) != 0 || m.Owner(16383) != 15 {
		t.Error("shards are other ones")
	}
	c.Rules.FullCoverage.Store(true)
	if c.Judge(); m.State(0) != slotmap.Closed || m.State(7) != slotmap.Migrating || !c.IsDown() || c.Down(0) != resp.ErrClusterDown {
		t.Error("a slot without a node does not close the others")
	}
	if err := c.Change(func(v *View) error { v.Owner[100] = v.Self; return nil }); err != nil || m.State(0) != slotmap.Own || m.State(100) != slotmap.Own || c.Down(0) != nil {
		t.Error("the last slot does not open them:", err)
	}
	m.Lay(0, slotmap.Paused, true)
	c.Rules.FullCoverage.Store(false)
	if c.Judge(); m.State(0) != slotmap.Paused {
		t.Error("to look at the cluster anew ends a pause")
	}
	if err := c.Change(func(v *View) error { v.Set(0, "STABLE", nil, 0); return nil }); err != nil || m.State(0) != slotmap.Paused {
		t.Error("to set a slot ends its pause:", err)
	}
	m.Lay(0, slotmap.Paused, false)
	cl := &call.Client{}
	if got := c.Moved(101, cl).Text + " " + c.Ask(7, cl).Text; got != "MOVED 101 10.0.0.2:7001 ASK 7 10.0.0.2:7001" {
		t.Error(got)
	}
	cl.TLS = true
	host := "hostname"
	c.Rules.Endpoint.Store(&host)
	if got := c.Moved(101, cl).Text; got != "MOVED 101 b.example:7101" {
		t.Error(got)
	}
}

// What was changed is there after a restart.
func TestSaved(t *testing.T) {
	c, _, fs := open(t, "")
	must := func(err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(c.Change(func(v *View) error {
		for n := range v.Owner {
			v.Owner[n] = v.Self
		}
		return nil
	}))
	must(c.Save())
	m := slotmap.New(4)
	again, err := Open(Options{Slots: m, FS: fs, File: "nodes.conf", NewID: func() string { return idB }, Log: slog.New(slog.DiscardHandler)}, Node{Port: 7009, Bus: 17009})
	must(err)
	if v := again.View(); v.Self.ID != idA || v.Self.Port != 7009 || v.Census().Assigned != 16384 || m.State(5) != slotmap.Own {
		t.Errorf("%+v, %d slots", v.Self, v.Census().Assigned)
	}
}

// What cannot be written leaves the file as it was, and is told.
func TestFullDisk(t *testing.T) {
	c, _, fs := open(t, static)
	for _, at := range []string{"write", "sync"} {
		fs.(*vfs.Mem).Before = func(op, _ string) error {
			if op == at {
				return errors.New("the disk is full")
			}
			return nil
		}
		c.Is(Node{Port: 1})
		if changed, err := c.Keep(); err == nil || !changed {
			t.Error(at, "did not fail")
		}
		fs.(*vfs.Mem).Before = nil
		f, err := fs.Open("nodes.conf")
		if err != nil {
			t.Fatal(err)
		}
		text, _ := io.ReadAll(f)
		if v, err := Parse(text); err != nil || v.Self.Port != 7000 {
			t.Errorf("%s: the file is %q", at, text)
		}
	}
	if changed, err := c.Keep(); err != nil || !changed {
		t.Error("it is not written when the disk has room again:", err)
	}
	if changed, _ := c.Keep(); changed {
		t.Error("it is written once more for nothing")
	}
}
