package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/storage/rdb"
)

// A server that may not take as much memory as its data needs says so and ends, whatever file the data is in; DEBUG RELOAD refuses a file of such data
// before it touches what is there. maxmemory alone hinders nobody.
func TestDataThatDoesNotFit(t *testing.T) {
	s := start(t)
	s.want("+OK\r\n", "DEBUG", "POPULATE", "700000", "key", "100")
	s.want("+OK\r\n", "SAVE")
	s.set("appendonly", "yes")
	await(t, "the append-only file", func() bool {
		f := s.info("persistence")
		return testkit.InfoField(f, "aof_enabled") == "1" && testkit.InfoField(f, "aof_rewrite_in_progress") == "0"
	})
	s.end()
	for _, args := range [][]string{{}, {"--appendonly", "yes"}} {
		_ = os.Remove(filepath.Join(s.dir, "log"))
		p := server(t, append([]string{filepath.Join(s.dir, "a.conf"), "--process-memory-limit", "90mb"}, args...)...)
		if err := p.Run(); err == nil || !strings.Contains(s.said(), "The dataset does not fit: the process would take ") {
			t.Errorf("%v: %v\n%s", args, err, s.said())
		}
	}
	small := s.again("--maxmemory", "20mb")
	small.want(":700000\r\n", "DBSIZE")
	if !strings.Contains(small.said(), "maxmemory is 20971520 bytes now, and ") {
		t.Error(small.said())
	}
	small.killed()

	large := read(s.file())
	s = start(t, "--process-memory-limit", "90mb")
	s.want("+OK\r\n", "SET", "k", "v")
	if err := os.WriteFile(s.file(), []byte(large), 0o644); err != nil {
		t.Fatal(err)
	}
	s.want("-ERR Error trying to load the RDB dump, check server logs.\r\n", "DEBUG", "RELOAD", "NOSAVE")
	s.want("$1\r\nv\r\n", "GET", "k")
	if !strings.Contains(s.said(), "The dataset does not fit") {
		t.Error(s.said())
	}
}

// A single value that has no room ends the server with the same words, before it has taken much more than it may; whatever the value is made of, and in whichever file it
// is.
func TestValuesThatDoNotFit(t *testing.T) {
	const large, limit, most = 240 << 20, 90, 150 // bytes, and MiB
	each := func(n int, write func(w *rdb.Writer, i int)) func(w *rdb.Writer) {
		return func(w *rdb.Writer) {
			w.Length(uint64(n))
			for i := range n {
				write(w, i)
			}
		}
	}
	member := func(w *rdb.Writer, i int) { w.String(fmt.Appendf(nil, "member %d of what is large", i)) }
	for _, c := range []struct {
		name  string
		typ   rdb.Type
		write func(w *rdb.Writer)
	}{
		{"string", rdb.TypeString, func(w *rdb.Writer) { w.String(make([]byte, large)) }},
		{"list", rdb.TypeListQuicklist2, each(large>>20, func(w *rdb.Writer, i int) {
			w.Plain()
			w.String(bytes.Repeat([]byte{byte(i)}, 1<<20))
		})},
		{"hash", rdb.TypeHash, each(3_000_000, func(w *rdb.Writer, i int) {
			member(w, i)
			w.String([]byte("v"))
		})},
	} {
		for _, log := range []string{"no", "yes"} {
			dir := t.TempDir()
			name := map[string]string{"no": "dump.rdb", "yes": "appendonly.aof"}[log] // as of a server before 7.0
			f, err := os.Create(filepath.Join(dir, name))
			if err != nil {
				t.Fatal(err)
			}
			w := rdb.NewWriter(f, rdb.Form{Version: rdb.Version, Compress: true, Checksum: true})
			w.Header()
			w.SelectDB(0)
			w.Key(c.typ, []byte("large"))
			c.write(w)
			if err = errors.Join(w.End(), f.Close()); err != nil {
				t.Fatal(err)
			}
			p := server(t, "--dir", dir, "--port", "0", "--unixsocket", filepath.Join(dir, "s"), "--appendonly", log, "--process-memory-limit", fmt.Sprint(limit, "mb"))
			said := &bytes.Buffer{}
			p.Stdout, p.Stderr = said, said
			err, took := p.endsWithin(most)
			if err == nil || !strings.Contains(said.String(), "The dataset does not fit: the process would take ") || !strings.Contains(said.String(), "While reading key 'large'") {
				t.Errorf("%s, appendonly %s: %v\n%s", c.name, log, err, said)
			}
			if took > most {
				t.Errorf("%s, appendonly %s: %d MiB were taken, of %d", c.name, log, took, limit)
			}
		}
	}
}

// endsWithin starts the server and waits until it has ended, or has taken more MiB than it should, which ends it, too.
func (p *program) endsWithin(most int) (err error, took int) {
	if err = p.Start(); err != nil {
		return err, 0
	}
	ended := make(chan error, 1)
	go func() { ended <- p.Wait() }()
	await(p.t, "the end", func() bool {
		status := read(fmt.Sprintf("/proc/%d/status", p.Process.Pid))
		if _, behind, known := strings.Cut(status, "VmHWM:"); known {
			kib, _ := strconv.Atoi(strings.Fields(behind)[0])
			took = max(took, kib>>10)
		}
		if took > most {
			_ = p.Process.Kill()
		}
		select {
		case err = <-ended:
			return true
		default:
			return false
		}
	})
	return err, took
}
