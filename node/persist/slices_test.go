package persist_test

import (
	"fmt"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
	"sigrun/node/persist"
)

// TestSlicesAreBoundedInBytes: a scan holds no token for more than some bytes, or a single element that is longer, whatever the values are, and however many of
// them lie beside each other; nor does it where they are flushed meanwhile.
func TestSlicesAreBoundedInBytes(t *testing.T) {
	const element = 300 << 10
	for name, c := range map[string]struct {
		keys, most int
		make       func(key string) []string
	}{
		"strings below what is written in pieces": {800, 60 << 10, func(key string) []string { return []string{"SET", key, strings.Repeat("x", 60<<10)} }},
		"lists of one long element":               {100, element, func(key string) []string { return []string{"RPUSH", key, strings.Repeat("x", element)} }},
		"lists of several": {30, element, func(key string) []string {
			return []string{"RPUSH", key, strings.Repeat("x", element), strings.Repeat("y", element), "z"}
		}},
		"hashes in one long listpack": {100, element, func(key string) []string { return []string{"HSET", key, "f", strings.Repeat("x", element)} }},
		"hashes of long fields": {30, 4 * element, func(key string) []string { // a granule may have some
			args := []string{"HSET", key}
			for f := range 4 {
				args = append(args, fmt.Sprint(f), strings.Repeat("x", element))
			}
			return append(args, "g", "v")
		}},
	} {
		t.Run(name, func(t *testing.T) {
			config := [][2]string{{"shards", "2"}, {"hash-max-listpack-value", "1mb"}}
			if c.most > element {
				config = config[:1]
			}
			n := nodetest.StartNode(t, config...)
			client := testkit.MustDial(t, n.Addr())
			for i := range c.keys {
				testkit.Must(client.Do(c.make(fmt.Sprintf("{%d}key:%d", i%3, i))...))(t)
			}
			k := n.Control.Persist.(*persist.Keeper)
			const around = 2 << 10
			if w := persist.Widest(k, func() {}); w > persist.SliceBytes+c.most+around {
				t.Errorf("%d bytes were written under one token, of elements of %d", w, c.most)
			}
		})
	}
}
