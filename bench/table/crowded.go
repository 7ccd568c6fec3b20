package table

import (
	"fmt"
	"net"
	"runtime"
	"strings"
	"sync/atomic"
	"time"

	"sigrun/bench/load"
	"sigrun/bench/peer"
)

// Crowded is what ignition costs where it is of no use: our server wakes its loops with
// work that keeps them busy, then every core gets other work, and GET is measured against
// the same server kept cold.
func Crowded(s *Setup) error {
	ours, err := peer.Start("ours", s.Ours, "")
	if err != nil {
		return err
	}
	defer ours.Stop()
	cold, err := peer.Start("cold", s.Ours+" --ignition off", "")
	if err != nil {
		return err
	}
	defer cold.Stop()
	s.Print("\n### ignited, then all cores busy, against the same server kept cold (peer)\n\n| workload | CPU s/M ours | peer | ratio | commands/s ours | peer | ratio |\n|---|--:|--:|--:|--:|--:|--:|\n")
	for _, depth := range []int{1, 16, 64} {
		b := benchmark{test: "get", pipeline: depth, clients: 50, size: 32, keys: 100000, requests: s.requests(200000 * min(depth, 10))}
		if err := s.compare(fmt.Sprintf("GET, pipeline %d", depth), ours, cold, crowded(b)); err != nil {
			return err
		}
	}
	awake, err := loopsWoken(ours)
	s.Print("\n(loops woken meanwhile: %s)\n", awake)
	return err
}

// crowded measures b on a machine whose cores all calculate.
func crowded(b benchmark) func(*peer.Server) (Figure, error) {
	return func(server *peer.Server) (Figure, error) {
		lines, err := fillHeavy(server, []string{"BITCOUNT", "{%s}bits"}, 8)
		if err != nil {
			return Figure{}, err
		}
		end := time.Now().Add(2 * time.Second)
		err = load.Run(server.Addr(), heavyClients, func(conn, turn int) *load.Pipeline {
			if time.Now().After(end) {
				return nil
			}
			return lines[conn]
		})
		if err != nil {
			return Figure{}, err
		}
		var stop atomic.Bool
		defer stop.Store(true)
		for range runtime.NumCPU() {
			go func() {
				for n := 0; !stop.Load(); n++ {
				}
			}()
		}
		return b.run(server)
	}
}

func loopsWoken(server *peer.Server) (string, error) {
	c, err := load.Dial(server.Addr())
	if err != nil {
		return "", err
	}
	defer c.Close()
	info, err := c.Text("INFO", "sigrun")
	_, rest, _ := strings.Cut(info, "\nignitions:")
	woken, _, _ := strings.Cut(rest, "\r")
	return woken, err
}

// Blocked is the CPU time of a server whose only clients wait for keys.
func Blocked(s *Setup) error {
	server, err := peer.Start("ours", s.Ours, "")
	if err != nil {
		return err
	}
	defer server.Stop()
	const conns = 10000
	held, err := connect(server.Addr(), conns)
	defer func() {
		for _, nc := range held {
			_ = nc.Close()
		}
	}()
	if err != nil {
		return err
	}
	for i, nc := range held {
		if err := block(nc, i); err != nil {
			return err
		}
	}
	time.Sleep(10 * time.Second) // it comes to rest
	before, watch := server.CPU(), newWatch()
	time.Sleep(40 * time.Second)
	s.Print("\n### %d clients blocked on keys of their own, for 40 s\n\nCPU: **%.3f %%** of a core\n", conns,
		(server.CPU()-before).Seconds()/watch()*100)
	return nil
}

func block(nc net.Conn, i int) error {
	var p load.Pipeline
	p.Add("BLPOP", fmt.Sprintf("queue:%d", i), "0")
	_, err := nc.Write(p.Bytes)
	return err
}
