package table

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"sigrun/bench/client"
	"sigrun/bench/load"
	"sigrun/bench/peer"
	"sigrun/bench/workload"
)

// Journal is SET with an append-only file: synced once a second, and before each reply, by few and by many clients, with a disk as it is and a slow one.
func Journal(s *Setup) error {
	each, err := syncTime()
	if err != nil {
		return err
	}
	with := *s
	with.Ours, with.Peer = s.Ours+keepsLog, s.Peer+keepsLog
	ours, other, stop, err := with.pair()
	if err != nil {
		return err
	}
	defer stop()
	s.head(fmt.Sprintf("SET with an append-only file, 100 000 keys, 32 bytes; a write of 4 KiB and its fsync take %.2f ms", each.Seconds()*1000))
	for _, c := range []struct {
		policy            string
		depth, clients, n int
		slow              string // µs before each write
	}{
		{"everysec", 1, 50, 200000, "0"}, {"everysec", 16, 50, 2000000, "0"},
		{"always", 1, 50, 100000, "0"}, {"always", 1, 500, 300000, "0"}, {"always", 1, 50, 50000, "2000"}, {"always", 1, 500, 200000, "2000"},
	} {
		for _, server := range []*peer.Server{ours, other} {
			if err := tell(server, []string{"CONFIG", "SET", "appendfsync", c.policy}, []string{"DEBUG", "AOF-FLUSH-SLEEP", c.slow}); err != nil {
				return err
			}
		}
		name := fmt.Sprintf("%s, pipeline %d, %d clients", c.policy, c.depth, c.clients)
		if c.slow != "0" {
			name += ", writes " + c.slow + " us slower"
		}
		b := benchmark{test: "set", pipeline: c.depth, clients: c.clients, size: 32, keys: 100000, requests: s.requests(c.n)}
		if err := s.compare(name, ours, other, b.run); err != nil {
			return err
		}
	}
	return nil
}

const keepsLog = " --appendonly yes --auto-aof-rewrite-percentage 0 --enable-debug-command yes"

// syncTime is the median of what it takes to write a little and sync it where servers have their files.
func syncTime() (time.Duration, error) {
	f, err := os.CreateTemp("", "sync-*")
	if err != nil {
		return 0, err
	}
	defer func() { _, _ = f.Close(), os.Remove(f.Name()) }()
	times := make([]time.Duration, 101)
	for i := range times {
		since := time.Now()
		if _, err := f.Write(make([]byte, 4096)); err != nil {
			return 0, err
		}
		if err := f.Sync(); err != nil {
			return 0, err
		}
		times[i] = time.Since(since)
	}
	slices.Sort(times)
	return times[len(times)/2], nil
}

// Snapshots is what clients notice of BGSAVE and BGREWRITEAOF, one behind the other all the time, and what they take of memory: SET at half of the rate that
// the server can do; times in the server are those of running SET as INFO latencystats has them, those of clients count from when a request was to be sent.
func Snapshots(s *Setup) error {
	keys := s.requests(5000000)
	s.Print("\n### %d keys, SET at half of the rate that is possible, while snapshots are written\n\n"+
		"| server | written | SET/s | p99.9 in the server without, us | with | ratio | of clients without, ms | with | ratio | seconds for one | resident before, MiB | more, %% |\n"+
		"|---|---|--:|--:|--:|--:|--:|--:|--:|--:|--:|--:|\n", keys)
	for _, c := range []struct{ name, command string }{{"ours", s.Ours}, {"peer", s.Peer}} {
		if err := s.snapshots(c.name, c.command, keys); err != nil {
			return fmt.Errorf("%s: %w", c.name, err)
		}
	}
	return nil
}

func (s *Setup) snapshots(name, command string, keys int) error {
	server, err := peer.Start(name, command+keepsLog+" --appendonly no", "")
	if err != nil {
		return err
	}
	defer server.Stop()
	if err := load.Fill(server.Addr(), 0, keys, 32, 0); err != nil {
		return err
	}
	most, err := writes(server, keys, 0, 4*time.Second)
	if err != nil {
		return err
	}
	rate := most.rate / 2
	for _, written := range []string{"BGSAVE", "BGREWRITEAOF"} {
		if written == "BGREWRITEAOF" {
			if err := tell(server, []string{"CONFIG", "SET", "appendonly", "yes"}); err != nil {
				return err
			}
			if err := await(server, "aof_rewrite_in_progress", func() {}); err != nil {
				return err
			}
		}
		var quiet, busy, alone, crowded, took, grew []float64
		before := server.Resident()
		for range s.Rounds {
			q, err := writes(server, keys, rate, 10*time.Second)
			if err != nil {
				return err
			}
			b, seconds, most, err := beside(server, written, keys, rate)
			if err != nil {
				return err
			}
			quiet, busy = append(quiet, q.p999), append(busy, b.p999)
			alone, crowded = append(alone, q.run), append(crowded, b.run)
			took, grew = append(took, seconds), append(grew, float64(most-before)/float64(before)*100)
		}
		q, b, a, c := middle(quiet), middle(busy), middle(alone), middle(crowded)
		s.Print("| %s | %s | %.0f | %.2f | %.2f | **%.2f** | %.2f | %.2f | %.2f | %.1f | %.0f | %.1f |\n", name, written, rate, a, c, c/a, q, b, b/q, middle(took), mebibytes(before),
			middle(grew))
	}
	return nil
}

func middle(v []float64) float64 {
	slices.Sort(v)
	return v[len(v)/2]
}

// noticed is what clients notice, and how long all but the slowest thousandth of SET ran.
type noticed struct{ rate, p999, run float64 } // per second, ms, us

// writes is SET by 50 clients; rate 0: as fast as possible.
func writes(server *peer.Server, keys int, rate float64, length time.Duration) (noticed, error) {
	w, err := workload.Parse("writes", fmt.Sprintf("keys key key:* %d\nvalue value 32\ndo 1 SET {key} {value} -> OK\n", keys))
	if err != nil {
		return noticed{}, err
	}
	w.Prepare()
	if err := tell(server, []string{"CONFIG", "RESETSTAT"}); err != nil {
		return noticed{}, err
	}
	out, err := flawless(&client.Plan{Target: client.Target{Network: "tcp", Addr: server.Addr()}, Workload: w, Threads: 1, Clients: 50, Rate: rate, Duration: length, Seed: 42})
	if err != nil {
		return noticed{}, err
	}
	run, err := ran(server, "set")
	all := out.Total.Total()
	return noticed{float64(all.Done) / out.Length.Seconds(), float64(all.Times().ValueAtQuantile(99.9)) / 1e6, run}, err
}

// ran is the p99.9 of the time that a command ran, in us (INFO latencystats).
func ran(server *peer.Server, command string) (us float64, err error) {
	c, err := load.Dial(server.Addr())
	if err != nil {
		return 0, err
	}
	defer c.Close()
	text, err := c.Text("INFO", "latencystats")
	if err != nil {
		return 0, err
	}
	_, text, _ = strings.Cut(text, "latency_percentiles_usec_"+command+":")
	line, _, _ := strings.Cut(text, "\r\n")
	_, value, _ := strings.Cut(line, "p99.9=")
	if us, err = strconv.ParseFloat(value, 64); err != nil {
		return 0, fmt.Errorf("%s: INFO latencystats of %s: %w", server.Name, command, err)
	}
	return us, nil
}

// beside is writes while snapshots are written, how long one took, and the most memory that was resident.
func beside(server *peer.Server, command string, keys int, rate float64) (n noticed, seconds float64, most int64, err error) {
	var end atomic.Bool
	ended := make(chan error, 1)
	under, counted := "rdb_bgsave_in_progress", "rdb_saves"
	if command == "BGREWRITEAOF" {
		under, counted = "aof_rewrite_in_progress", "aof_rewrites"
	}
	c, err := load.Dial(server.Addr())
	if err != nil {
		return n, 0, 0, err
	}
	defer c.Close()
	go func() {
		watch, before := newWatch(), info(c, counted)
		for !end.Load() {
			if err := tell(server, []string{command}); err != nil {
				ended <- err
				return
			}
			if err := await(server, under, func() { most = max(most, server.Resident()) }); err != nil {
				ended <- err
				return
			}
		}
		seconds = watch() / (info(c, counted) - before)
		ended <- nil
	}()
	n, err = writes(server, keys, rate, 15*time.Second)
	end.Store(true)
	err = errors.Join(err, <-ended)
	return n, seconds, most, err
}

// await waits until a field of INFO is 0, at most two minutes, and looks meanwhile.
func await(server *peer.Server, field string, look func()) error {
	c, err := load.Dial(server.Addr())
	if err != nil {
		return err
	}
	defer c.Close()
	for end := time.Now().Add(2 * time.Minute); time.Now().Before(end); time.Sleep(20 * time.Millisecond) {
		if look(); info(c, field) == 0 {
			return nil
		}
	}
	return fmt.Errorf("%s: %s does not become 0", server.Name, field)
}

// Reloads is how long it takes to save a dataset, and until a server that is started answers, since it is loaded.
func Reloads(s *Setup) error {
	s.Print("\n### seconds to save and to load\n\n| data | file, MiB ours | peer | saved ours | peer | ratio | loaded ours | peer | ratio |\n|---|--:|--:|--:|--:|--:|--:|--:|--:|\n")
	divide := 1
	if s.Quick {
		divide = 10
	}
	keys := s.requests(5000000)
	type dataset struct {
		name  string
		build func(addr string) error
	}
	datasets := []dataset{{fmt.Sprintf("%d keys of 32 bytes", keys), func(addr string) error { return load.Fill(addr, 0, keys, 32, 0) }}}
	for _, c := range load.Collections(divide) {
		if strings.Contains(c.Name, "hashes") || strings.Contains(c.Name, "list") {
			datasets = append(datasets, dataset{c.Name, c.Build})
		}
	}
	for _, d := range datasets {
		var of [2]reloaded
		for i, command := range []string{s.Ours, s.Peer} {
			var err error
			if of[i], err = s.reload(command, d.build); err != nil {
				return fmt.Errorf("%s: %w", d.name, err)
			}
		}
		a, b := of[0], of[1]
		s.Print("| %s | %.0f | %.0f | %.2f | %.2f | **%.2f** | %.2f | %.2f | **%.2f** |\n", d.name, mebibytes(a.size), mebibytes(b.size),
			a.save, b.save, a.save/b.save, a.load, b.load, a.load/b.load)
	}
	return nil
}

// reloaded is what saving and loading takes, in seconds, and the file, in bytes.
type reloaded struct {
	save, load float64
	size       int64
}

func (s *Setup) reload(command string, build func(addr string) error) (r reloaded, err error) {
	server, err := peer.Start("reloads", command, "")
	if err != nil {
		return r, err
	}
	defer server.Stop()
	if err := build(server.Addr()); err != nil {
		return r, err
	}
	var saves, loads []float64
	before, err := size(server)
	if err != nil {
		return r, err
	}
	for range s.Rounds {
		watch := newWatch()
		if err := tell(server, []string{"SAVE"}); err != nil {
			return r, err
		}
		saves = append(saves, watch())
		took, err := server.Restart()
		if err != nil {
			return r, err
		}
		loads = append(loads, took.Seconds())
		now, err := size(server)
		if err == nil && now != before {
			err = fmt.Errorf("%s keys were loaded of %s", now, before)
		}
		if err != nil {
			return r, err
		}
	}
	r.save, r.load = middle(saves), middle(loads)
	if file, err := os.Stat(filepath.Join(server.Dir(), "dump.rdb")); err == nil {
		r.size = file.Size()
	}
	return r, nil
}

// size is how many keys there are, as the server says it.
func size(server *peer.Server) (string, error) {
	c, err := load.Dial(server.Addr())
	if err != nil {
		return "", err
	}
	defer c.Close()
	return c.Text("DBSIZE")
}
