package persist_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestLongValuesAreSaved saves values of all types that several goroutines compress, with elements between that are too long for that, and others before and behind them.
func TestLongValuesAreSaved(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	dir := t.TempDir()
	c := testkit.MustDial(t, nodetest.Start(t, [2]string{"dir", dir}))
	do := func(args ...string) {
		if reply := testkit.Must(c.Do(args...))(t); testkit.IsError(reply) {
			t.Fatalf("%.100q: %.100q", args, reply)
		}
	}
	for database := range 2 {
		do("SELECT", fmt.Sprint(database))
		fill(t, c, fmt.Sprint("some", database))
		for kind, command := range map[string]string{"list": "RPUSH", "set": "SADD", "hash": "HSET", "zset": "ZADD"} {
			for n := range 30 + random.IntN(20) {
				args := []string{command, kind}
				for i := range 1000 {
					if kind == "hash" || kind == "zset" {
						args = append(args, fmt.Sprint(n*1000+i))
					}
					args = append(args, fmt.Sprint("an element ", n*1000+i))
				}
				if do(args...); n%20 == 10 && kind != "zset" {
					args = append(args[:2:2], fmt.Sprint("field", n), strings.Repeat(fmt.Sprint("very long", n), 50_000))
					do(args...)
				}
			}
		}
		do("SET", "string", strings.Repeat("text", 1<<20))
		for i := range 3000 {
			do("XADD", "stream", fmt.Sprint(i+1, "-1"), "field", strings.Repeat(fmt.Sprint("a value of some length ", i), 10))
		}
	}
	var sizes []int64
	for _, compress := range []string{"yes", "no"} {
		do("CONFIG", "SET", "rdbcompression", compress)
		want := string(testkit.Must(c.Do("DEBUG", "DIGEST"))(t))
		do("SAVE")
		b, err := os.ReadFile(filepath.Join(dir, "dump.rdb"))
		if err != nil {
			t.Fatal(err)
		}
		sizes = append(sizes, int64(len(b)))
		holds(t, b, want)
	}
	if sizes[0] > sizes[1]/2 {
		t.Errorf("%d bytes compressed, %d without", sizes[0], sizes[1])
	}
}
