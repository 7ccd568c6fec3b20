package table

import (
	"fmt"
	"time"

	"sigrun/bench/load"
	"sigrun/bench/peer"
)

// families are tests beside SET and GET.
var families = []string{"incr", "lpush", "rpush", "lpop", "rpop", "sadd", "hset", "spop", "zadd", "zpopmin", "lrange_100",
	"lrange_300", "mset"}

// Families is CPU per command and throughput of the commands on other types.
func Families(s *Setup) error {
	ours, other, stop, err := s.pair()
	if err != nil {
		return err
	}
	defer stop()
	s.head("commands on all types, 50 clients, 100 000 keys")
	for _, depth := range []int{1, 16} {
		for _, test := range families {
			n := 100000 * min(depth, 10)
			if test == "lrange_100" || test == "lrange_300" {
				n /= 5
			}
			b := benchmark{test: test, pipeline: depth, clients: 50, size: 3, keys: 100000, requests: s.requests(n)}
			if err := s.compare(fmt.Sprintf("%s, pipeline %d", test, depth), ours, other, b.run); err != nil {
				return err
			}
		}
	}
	return nil
}

// Values is resident memory by type, and what a time of expiry adds to the field of a hash.
func Values(s *Setup) error {
	divide := 1
	if s.Quick {
		divide = 10
	}
	s.Print("\n### resident memory by type, MiB\n\n| data | ours | peer | ratio |\n|---|--:|--:|--:|\n")
	for _, c := range load.Collections(divide) {
		mine, err := residentBy(s.Ours, c)
		if err != nil {
			return err
		}
		theirs, err := residentBy(s.Peer, c)
		if err != nil {
			return err
		}
		s.Print("| %s | %.1f | %.1f | **%.2f** |\n", c.Name, mebibytes(mine), mebibytes(theirs), float64(mine)/float64(theirs))
	}
	count := 2000000 / divide
	bare, expiring := load.Fields(count)
	without, err := residentBy(s.Ours, bare)
	if err != nil {
		return err
	}
	with, err := residentBy(s.Ours, expiring)
	if err != nil {
		return err
	}
	s.Print("\nA time of expiry on each of %d fields of a hash: %.1f bytes a field.\n", count, float64(with-without)/float64(count))
	return nil
}

func mebibytes(bytes int64) float64 { return float64(bytes) / (1 << 20) }

// residentBy is what the data of c makes resident.
func residentBy(command string, c load.Collection) (int64, error) {
	server, err := peer.Start("memory", command, "")
	if err != nil {
		return 0, err
	}
	defer server.Stop()
	empty := server.Resident()
	if err := c.Build(server.Addr()); err != nil {
		return 0, fmt.Errorf("%s: %w", c.Name, err)
	}
	time.Sleep(time.Second)
	return server.Resident() - empty, nil
}
