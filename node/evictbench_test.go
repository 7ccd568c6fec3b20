package node_test

import (
	"io"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// BenchmarkEviction sets new keys in pipelines of 16 while memory is at its limit.
func BenchmarkEviction(b *testing.B) {
	for _, policy := range []string{"allkeys-lru", "allkeys-lfu", "allkeys-random"} {
		b.Run(policy, func(b *testing.B) {
			addr := nodetest.Start(b, [2]string{"io-threads", "1"}, [2]string{"ignition", "off"}, [2]string{"maxmemory", "100mb"}, [2]string{"maxmemory-policy", policy})
			c := testkit.MustDial(b, addr)
			value := strings.Repeat("x", 100)
			reply := make([]byte, 5*16)
			round := func() {
				var batch strings.Builder
				for range 16 {
					batch.WriteString(string(testkit.Command("SET", "key:"+strconv.Itoa(1e9+rand.IntN(3000000)), value)))
				}
				if err := c.Send([]byte(batch.String())); err != nil {
					b.Fatal(err)
				}
				if _, err := io.ReadFull(c.Conn, reply); err != nil {
					b.Fatal(err)
				}
			}
			for range 1_500_000 / 16 {
				round()
			}
			b.ResetTimer()
			for range b.N / 16 {
				round()
			}
		})
	}
}
