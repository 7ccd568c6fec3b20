package aof

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/internal/vfs"
	"sigrun/storage/rdb"
)

func placeIn(dir string) Place {
	return Place{FS: vfs.OS{}, Work: dir, Folder: "appendonlydir", Name: "appendonly.aof"}
}

// TestReadsWhatTheReferenceWrites: every byte of its files of commands comes out again.
func TestReadsWhatTheReferenceWrites(t *testing.T) {
	dir := t.TempDir()
	addr := testkit.Reference(t, "--dir", dir, "--appendonly", "yes", "--appendfsync", "always", "--aof-timestamp-enabled", "yes")
	c := testkit.MustDial(t, addr)
	do := func(args ...string) string {
		t.Helper()
		reply, err := c.Do(args...)
		if err != nil || reply[0] == '-' {
			t.Fatalf("%q: %s %v", args, reply, err)
		}
		return string(reply)
	}
	for round := range 2 {
		for i := range 50 {
			s := strconv.Itoa(i)
			do("SET", "key "+s, strings.Repeat("\r\n*1", i*i), "PX", "1000000")
			do("SADD", "set", s)
		}
		do("SELECT", "3")
		do("MULTI")
		do("SPOP", "set")
		do("INCRBYFLOAT", "f", "1.5")
		do("SELECT", "0")
		do("SPOP", "set", "3")
		do("EXEC")
		do("EVAL", "redis.call('set', KEYS[1], 1) redis.call('incr', KEYS[1])", "1", "k")
		if round == 0 {
			do("BGREWRITEAOF")
			testkit.Await(t, addr, "aof_rewrite_in_progress", "0")
		}
	}
	d, err := Open(placeIn(dir))
	if err != nil {
		t.Fatal(err)
	}
	l, err := d.Load(Lenience{})
	if err != nil {
		t.Fatal(err)
	}
	var out []byte
	var s Step
	snapshots, transactions := 0, 0
	for {
		if err = l.Next(&s); err != nil {
			break
		}
		if s.Snapshot != nil {
			snapshots++
			err = (&state{}).snapshot(s.Snapshot)
		}
		for i := range s.Commands {
			c := &s.Commands[i]
			if out = AppendCommand(out, c.Args...); c.Part == Ends {
				transactions++
			}
		}
		if err != nil {
			break
		}
	}
	if err != io.EOF || snapshots != 1 || transactions != 2 {
		t.Fatal(err, snapshots, transactions)
	}
	var want []byte
	for _, f := range d.Files() {
		if f.Kind == Incr {
			b, err := os.ReadFile(filepath.Join(dir, "appendonlydir", f.Name))
			if err != nil {
				t.Fatal(err)
			}
			want = append(want, b...)
		}
	}
	for i := 0; i >= 0 && bytes.Contains(want, []byte(mark)); { // without the marks
		if i = bytes.Index(want, []byte(mark)); i >= 0 {
			want = append(want[:i], want[i+bytes.IndexByte(want[i:], '\n')+1:]...)
		}
	}
	if !bytes.Equal(out, want) {
		t.Errorf("%q\nwant\n%q", out, want)
	}
}

// TestTheReferenceReadsWhatIsWritten: a base as a snapshot and as commands, what follows it, and an end that is missing.
func TestTheReferenceReadsWhatIsWritten(t *testing.T) {
	for _, snapshot := range []bool{true, false} {
		dir := t.TempDir()
		d, err := Open(placeIn(dir))
		if err != nil {
			t.Fatal(err)
		}
		r, err := d.Rewrite(snapshot, Afresh)
		if err != nil {
			t.Fatal(err)
		}
		var base bytes.Buffer
		w := rdb.NewWriter(&base, rdb.Form{Version: 10, Checksum: true})
		w.Header()
		w.SelectDB(2)
		w.Key(rdb.TypeString, []byte("base"))
		w.String([]byte("there"))
		err = w.End()
		if snapshot {
			_, more := r.Write(base.Bytes())
			err = errors.Join(err, more)
		} else {
			err = errors.Join(err, Rephrase(rdb.NewBytesReader(base.Bytes()), rdb.Options{}, 5, r))
		}
		var f Framer
		b := f.Append(f.Mark(nil, 7), true, Record{2, words("APPEND base !")}, Record{0, words("SET a 1")})
		b = f.Append(b, true, Record{0, words("SET b 2")})
		if err := errors.Join(err, r.Finish()); err != nil {
			t.Fatal(err)
		}
		tail := r.Tail
		if _, err := tail.Write(b); err != nil {
			t.Fatal(err)
		}
		next, err := d.Rewrite(snapshot, Onward) // comes to nothing
		if err != nil {
			t.Fatal(err)
		}
		f.Reset()
		b = f.Append(nil, true, Record{0, words("INCR b")}, Record{0, words("INCR b")})
		b = f.Append(b, true, Record{2, words("SET c 1")}, Record{0, words("INCR b")})
		_, err = next.Tail.Write(b[:len(b)-3])
		if err := errors.Join(tail.Sync(), tail.Close(), err, next.Tail.Close()); err != nil {
			t.Fatal(err)
		}
		next.Abandon()
		c := testkit.MustDial(t, testkit.Reference(t, "--dir", dir, "--appendonly", "yes"))
		for _, ask := range [][2]string{{"GET b", "$1\r\n4\r\n"}, {"GET a", "$1\r\n1\r\n"}, {"SELECT 2", "+OK\r\n"}, {"GET base", "$6\r\nthere!\r\n"}, {"EXISTS c", ":0\r\n"}} {
			if reply, err := c.Do(strings.Fields(ask[0])...); string(reply) != ask[1] || err != nil {
				t.Errorf("snapshot %v: %s: %q %v", snapshot, ask[0], reply, err)
			}
		}
		again, err := Open(placeIn(dir))
		if err != nil || fmt.Sprint(again.Files()) != fmt.Sprint(d.Files()) {
			t.Error(err, again.Files(), d.Files())
		}
	}
}
