package table

import (
	"crypto/tls"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	"sigrun/bench/client"
	"sigrun/bench/load"
	"sigrun/bench/peer"
	"sigrun/bench/workload"
)

// task is a workload by its text.
type task struct {
	name, text string
	clients    int // 50
	pipeline   int
	requests   int
	proto      int
	user       string
	tls        *tls.Config
	port       int // of TLS
}

// run measures it on a server, through its TLS port where the task has one.
func (b task) run(server *peer.Server) (Figure, error) {
	w, err := workload.Parse(b.name, b.text)
	if err != nil {
		return Figure{}, err
	}
	w.Prepare()
	addr, password := server.Addr(), ""
	if b.tls != nil {
		addr = net.JoinHostPort("127.0.0.1", strconv.Itoa(b.port))
	}
	if b.user != "" {
		password = secret
	}
	plan := &client.Plan{Target: client.Target{Network: "tcp", Addr: addr, TLS: b.tls, Proto: b.proto, User: b.user, Password: password}, Workload: w, Threads: 1,
		Clients: b.clients, Pipeline: b.pipeline, Requests: int64(b.requests), Seed: 42}
	if plan.Clients == 0 {
		plan.Clients = 50
	}
	return spent(server, plan)
}

// secret is the password of users that tables make.
const secret = "secret"

// tell sends commands to a server, each of which has to be answered by a text that is no error.
func tell(server *peer.Server, commands ...[]string) error {
	c, err := load.Dial(server.Addr())
	if err != nil {
		return err
	}
	defer c.Close()
	for _, args := range commands {
		answer, err := c.Text(args...)
		if err == nil && strings.HasPrefix(answer, "-") {
			err = errors.New(strings.TrimSpace(answer))
		}
		if err != nil {
			return fmt.Errorf("%s: %v: %w", server.Name, args, err)
		}
	}
	return nil
}

// Evicting is SET while the server is at its limit of memory and every write evicts.
func Evicting(s *Setup) error {
	ours, other, stop, err := s.pair()
	if err != nil {
		return err
	}
	defer stop()
	keys := s.requests(1000000)
	s.head(fmt.Sprintf("SET while evicting: %d keys of 100 bytes, memory for half of them", keys))
	resident := ""
	for _, policy := range []string{"allkeys-lru", "allkeys-lfu"} {
		for _, server := range []*peer.Server{ours, other} {
			limit := strconv.Itoa(keys * 100)
			if err := tell(server, []string{"FLUSHALL"}, []string{"CONFIG", "SET", "maxmemory", limit, "maxmemory-policy", policy}); err != nil {
				return err
			}
			if err := load.Fill(server.Addr(), 0, keys, 100, 0); err != nil {
				return err
			}
		}
		for _, depth := range []int{1, 16} {
			text := fmt.Sprintf("keys key key:* %d\nvalue value 100\ndo 1 SET {key} {value} -> OK\n", keys)
			b := task{name: "evicting", text: text, pipeline: depth, requests: s.requests(200000 * min(depth, 10))}
			if err := s.compare(fmt.Sprintf("%s, pipeline %d", policy, depth), ours, other, b.run); err != nil {
				return err
			}
		}
		resident += fmt.Sprintf("; %s %.0f and %.0f", policy, mebibytes(ours.Resident()), mebibytes(other.Resident()))
	}
	s.Print("\nResident, MiB%s.\n", resident)
	return nil
}

// Misses is what a cache does not have that stores what it missed: misses for each hundred reads, at the same limit of memory.
func Misses(s *Setup) error {
	s.Print("\n### misses of a cache at its limit of memory, %%, behind a warm-up of half of the reads\n\n| keys | policy | ours | peer | ratio |\n|---|---|--:|--:|--:|\n")
	reader := func(spread string) string {
		return "keys page page:* 500000 " + spread + "\nvalue body 100\n" + "do 1 GET {page} -> body or nil\n  on nil SET {page} {body} -> OK\n"
	}
	scanned := "keys page page:* 500000 zipf 0.9\nkeys all page:* 500000 sequential\nvalue body 100\n" +
		"do 9 GET {page} -> body or nil\n  on nil SET {page} {body} -> OK\ndo 1 GET {all} -> body or nil\n  on nil SET {all} {body} -> OK\n"
	for _, c := range []struct{ name, text string }{{"Zipf 0.9", reader("zipf 0.9")}, {"Zipf 0.9, one read of ten goes through all", scanned},
		{"a twentieth is hot, and moves", reader("hot 0.05 0.9 moving 2s")}} {
		for _, policy := range []string{"allkeys-lru", "allkeys-lfu"} {
			var share [2]float64
			for i, command := range []string{s.Ours, s.Peer} {
				var err error
				if share[i], err = s.misses(command, c.text, policy, s.requests(4000000)); err != nil {
					return fmt.Errorf("%s: %w", c.name, err)
				}
			}
			s.Print("| %s | %s | %.2f | %.2f | **%.2f** |\n", c.name, policy, share[0], share[1], share[0]/share[1])
		}
	}
	return nil
}

// misses is how many of a hundred reads find nothing.
func (s *Setup) misses(command, text, policy string, reads int) (float64, error) {
	server, err := peer.Start("misses", command, "")
	if err != nil {
		return 0, err
	}
	defer server.Stop()
	if err := tell(server, []string{"CONFIG", "SET", "maxmemory", strconv.Itoa(24 << 20), "maxmemory-policy", policy}); err != nil {
		return 0, err
	}
	var share float64
	for round := range uint64(2) {
		w, err := workload.Parse("misses", text)
		if err != nil {
			return 0, err
		}
		w.Prepare()
		out, err := flawless(&client.Plan{Target: client.Target{Network: "tcp", Addr: server.Addr()}, Workload: w, Threads: 1, Clients: 20, Pipeline: 8, Rate: 50000,
			Requests: int64(reads / 2), Seed: s.Seed + round})
		if err != nil {
			return 0, err
		}
		all := out.Total.Total()
		share = float64(all.Misses) / float64(all.Misses+all.Hits) * 100
	}
	return share, nil
}

// Messages is PUBLISH to a hundred subscribers, CPU for each message that is published.
func Messages(s *Setup) error {
	ours, other, stop, err := s.pair()
	if err != nil {
		return err
	}
	defer stop()
	s.head("PUBLISH to 100 subscribers, 10 publishers")
	for _, depth := range []int{1, 16} {
		b := task{name: "publish", text: "role subscriber 100\nstart SUBSCRIBE news\nlisten\nrole publisher 10\ndo 1 PUBLISH news {now} -> int\n", clients: 110, pipeline: depth,
			requests: s.requests(30000)}
		if err := s.compare(fmt.Sprintf("PUBLISH, pipeline %d", depth), ours, other, b.run); err != nil {
			return err
		}
	}
	return nil
}

// Tracked is GET with 1 % writes of clients that are told of changes, beside the same of clients that are not.
func Tracked(s *Setup) error {
	common := "keys key key:* 100000\nvalue value 32\nrole client 1\n%sdo 99 GET {key} -> bulk or nil\ndo 1 SET {key} {value} -> OK\n"
	with := task{name: "tracking", text: fmt.Sprintf(common, "start CLIENT TRACKING ON\n"), proto: 3}
	without := task{name: "tracking", text: fmt.Sprintf(common, ""), proto: 3}
	return s.both("GET, 1 % writes, 100 000 keys, 50 clients: what tracking costs", with, without)
}

// Restricted is GET of a user with three patterns of keys, two selectors and a list of commands, beside the default user's.
func Restricted(s *Setup) error {
	plain := task{name: "users", text: "keys key key:* 1M\ndo 1 GET {key} -> bulk or nil\n"}
	narrow := plain
	narrow.user = "narrow"
	return s.both("GET, 1 M keys, 50 clients: what a user with three patterns and two selectors costs", narrow, plain,
		[]string{"ACL", "SETUSER", "narrow", "on", ">" + secret, "~a*z", "~[b-d]*", "~key:*", "+get", "+set", "+ping", "+hello", "+auth", "(+mget ~m:*)", "(+hget ~h:*)"})
}

// both has each server do one task and the other by turns, behind some commands.
func (s *Setup) both(title string, with, without task, before ...[]string) error {
	ours, other, stop, err := s.pair()
	if err != nil {
		return err
	}
	defer stop()
	s.Print("\n### %s\n\n| server | CPU s/M with | without | ratio | commands/s with | without | ratio |\n|---|--:|--:|--:|--:|--:|--:|\n", title)
	for _, server := range []*peer.Server{ours, other} {
		if err := tell(server, before...); err != nil {
			return err
		}
	}
	for _, depth := range []int{1, 16} {
		with.pipeline, without.pipeline = depth, depth
		with.requests = s.requests(200000 * min(depth, 10))
		without.requests = with.requests
		for _, server := range []*peer.Server{ours, other} {
			same := *server
			err := s.compare(fmt.Sprintf("%s, pipeline %d", server.Name, depth), server, &same, func(on *peer.Server) (Figure, error) {
				if on == server {
					return with.run(on)
				}
				return without.run(on)
			})
			if err != nil {
				return err
			}
		}
	}
	return nil
}
