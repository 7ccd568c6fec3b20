package table

import (
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"

	"sigrun/bench/load"
	"sigrun/bench/peer"
)

// newWatch returns a function that tells the seconds since.
func newWatch() func() float64 {
	start := time.Now()
	return func() float64 { return time.Since(start).Seconds() }
}

// Memory is resident bytes per key, with and without a time of expiry.
func Memory(s *Setup) error {
	s.Print("\n### resident bytes per key: 16-byte keys, 32-byte values\n\n| keys | ours | with TTL | peer | with TTL |\n|--:|--:|--:|--:|--:|\n")
	for _, millions := range []int{3, 4, 5, 6, 8} {
		keys := s.requests(millions * 1000000)
		var perKey [4]float64
		for i, c := range []struct {
			command string
			ttl     int
		}{{s.Ours, 0}, {s.Ours, 100000}, {s.Peer, 0}, {s.Peer, 100000}} {
			if i%2 == 1 && millions != 5 {
				continue
			}
			v, err := bytesPerKey(c.command, keys, c.ttl)
			if err != nil {
				return err
			}
			perKey[i] = v
		}
		s.Print("| %d M | %.1f | %s | %.1f | %s |\n", millions, perKey[0], figure(perKey[1]), perKey[2], figure(perKey[3]))
	}
	return nil
}

func figure(v float64) string {
	if v == 0 {
		return ""
	}
	return fmt.Sprintf("%.1f", v)
}

func bytesPerKey(command string, keys, ttl int) (float64, error) {
	server, err := peer.Start("memory", command, "")
	if err != nil {
		return 0, err
	}
	defer server.Stop()
	empty := server.Resident()
	if err := load.Fill(server.Addr(), 0, keys, 32, ttl); err != nil {
		return 0, err
	}
	time.Sleep(time.Second)
	return float64(server.Resident()-empty) / float64(keys), nil
}

// Idle is resident memory per idle connection.
func Idle(s *Setup) error {
	const conns = 10000
	s.Print("\n### resident memory per idle connection (%d)\n\n| server | bytes |\n|---|--:|\n", conns)
	for _, c := range []struct{ name, command string }{{"ours", s.Ours}, {"peer", s.Peer}} {
		server, err := peer.Start(c.name, c.command, "")
		if err != nil {
			return err
		}
		before := server.Resident()
		held, err := connect(server.Addr(), conns)
		time.Sleep(8 * time.Second) // the peer shrinks buffers of idle clients after a while
		s.Print("| %s | %d |\n", c.name, (server.Resident()-before)/conns)
		for _, nc := range held {
			_ = nc.Close()
		}
		server.Stop()
		if err != nil {
			return err
		}
	}
	return nil
}

func connect(addr string, n int) (held []net.Conn, err error) {
	for i := 0; i < n; i++ {
		c, err := net.Dial("tcp", addr)
		if err != nil {
			return held, err
		}
		held = append(held, c)
		if _, err := c.Write([]byte("PING\r\n")); err != nil {
			return held, err
		}
		if _, err := c.Read(make([]byte, 16)); err != nil {
			return held, err
		}
	}
	return held, nil
}

// Collector is what Go's runtime costs: its share of CPU with five million keys under
// load, resident memory over the data, and heap allocations per million commands.
func Collector(s *Setup) error {
	server, err := peer.Start("ours", s.Ours, "")
	if err != nil {
		return err
	}
	defer server.Stop()
	keys := s.requests(5000000)
	if err := load.Fill(server.Addr(), 0, keys, 32, 0); err != nil {
		return err
	}
	c, err := load.Dial(server.Addr())
	if err != nil {
		return err
	}
	defer c.Close()
	b := benchmark{test: "get", pipeline: 16, clients: 50, size: 32, keys: keys, requests: s.requests(5000000)}
	if _, err := b.run(server); err != nil {
		return err
	}
	const million = 1000000
	resident, data := server.Resident(), int64(info(c, "used_memory"))
	allocations, err := mixedMallocs(server, c, million)
	if err != nil {
		return err
	}
	s.Print("\n### the runtime's share, %d keys under load\n\n| figure | value |\n|---|--:|\n", keys)
	s.Print("| garbage collector, share of CPU | %.3f %% |\n| resident over used_memory, MiB | %d |\n| heap allocations over 1 M commands | %.0f |\n",
		info(c, "gc_cpu_percent"), (resident-data)>>20, allocations)
	return nil
}

// mixedMallocs counts heap allocations over n commands of the short families.
func mixedMallocs(server *peer.Server, c *load.Conn, n int) (float64, error) {
	p := &load.Pipeline{}
	for i := 0; i < 20; i++ {
		p.Add("GET", load.Key(i))
		p.Add("SET", load.Key(i), "value of some length")
		p.Add("MGET", load.Key(i), load.Key(i+1), load.Key(i+2))
		p.Add("INCR", "counter:"+strconv.Itoa(i))
		p.Add("EXPIRE", load.Key(i), "100000")
	}
	worker, err := load.Dial(server.Addr())
	if err != nil {
		return 0, err
	}
	defer worker.Close()
	for i := 0; i < 100; i++ { // buffers grow to their size
		if err := worker.Do(p); err != nil {
			return 0, err
		}
	}
	first := info(c, "mallocs")
	before := info(c, "mallocs")
	asking := before - first // INFO allocates too
	for done := 0; done < n; done += p.Replies {
		if err := worker.Do(p); err != nil {
			return 0, err
		}
	}
	return info(c, "mallocs") - before - asking, nil
}

// info reads a number from INFO.
func info(c *load.Conn, field string) float64 {
	text, err := c.Text("INFO", "everything")
	if err != nil {
		return 0
	}
	_, rest, _ := strings.Cut(text, "\n"+field+":")
	word, _, _ := strings.Cut(rest, "\r")
	v, _ := strconv.ParseFloat(word, 64)
	return v
}
