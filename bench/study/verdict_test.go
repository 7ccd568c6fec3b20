//go:build verdicts

package study

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"testing"

	"sigrun/bench/result"
)

// TestVerdictsOfRealServers compares servers that differ by nothing and by 5 % of their CPU time, as often as VERDICTS says: some
// minutes for ten. It is built with a tag of its own and no part of the tests, since what it judges is a machine that others use, too (make bench-verdict).
func TestVerdictsOfRealServers(t *testing.T) {
	times, err := strconv.Atoi(os.Getenv("VERDICTS"))
	if err != nil {
		t.Fatal("VERDICTS says how often to compare: ", err)
	}
	slower := filepath.Join(t.TempDir(), "slower.so")
	if out, err := exec.Command("cc", "-O2", "-shared", "-fPIC", "-o", slower, "testdata/slower.c").CombinedOutput(); err != nil {
		t.Fatalf("%v: %s", err, out)
	}
	slice := os.Getenv("SLICE")
	if slice == "" {
		slice = "300ms"
	}
	const server = "redis-server --port {port} --save {} --appendonly no"
	compare := func(b string) *result.Comparison {
		o := options(t, little(t, "get"), "--clients", "20", "--duration", slice, "--warm-up", "50ms", "--interval", "100ms")
		c, err := Compare(context.Background(), o, server, b, 24, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	costs := func(c *result.Comparison) float64 { return mid(figure(c, "CPU a command").A) }
	more := int(costs(compare(server)) * 1000 * 0.05)
	slow := fmt.Sprintf("env LD_PRELOAD=%s SLOWER_NS=%d %s", slower, more, server)
	fmt.Printf("| B | comparison | throughput, B to A | p50 | p99 | CPU a command | verdict |\n|---|--:|--:|--:|--:|--:|---|\n")
	counts := map[string]int{}
	for i := range times {
		for _, b := range []struct{ name, command string }{{"the same", server}, {fmt.Sprintf("%d ns a command slower", more), slow}} {
			c := compare(b.command)
			says := "no difference"
			for j := range c.Figures {
				if f := &c.Figures[j]; f.Says.Differs {
					says = f.Name + ": " + f.Verdict()
				}
			}
			if says != "no difference" {
				counts[b.name]++
			}
			fmt.Printf("| %s | %d |", b.name, i+1)
			for j := range c.Figures {
				fmt.Printf(" %.3f |", c.Figures[j].Says.Ratio)
			}
			fmt.Printf(" %s |\n", says)
		}
	}
	for name, n := range counts { // in any order
		fmt.Printf("\n%s: a difference in %d of %d\n", name, n, times)
	}
}

func figure(c *result.Comparison, name string) *result.Figure {
	for i := range c.Figures {
		if c.Figures[i].Name == name {
			return &c.Figures[i]
		}
	}
	return &result.Figure{}
}
