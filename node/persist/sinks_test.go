package persist_test

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
	"sigrun/node/persist"
)

// Two sinks of one mark are given the same moment, and one that fails takes nothing away from them.
func TestSinksOfOneMark(t *testing.T) {
	n := nodetest.StartNode(t)
	c := testkit.MustDial(t, n.Addr())
	for i := range 300 {
		c.Want(t, "+OK\r\n", "SET", fmt.Sprint("small:", i), strings.Repeat("text", i))
	}
	for e := range 5000 {
		c.Want(t, ":1\r\n", "SADD", "large", fmt.Sprint("a member of some length ", e))
	}
	want := string(testkit.Must(c.Do("DEBUG", "DIGEST"))(t))
	files, err := persist.ScanInto(n.Control.Persist.(*persist.Keeper), func() {
		for i := range 300 {
			c.Want(t, "+OK\r\n", "SET", fmt.Sprint("small:", i), "something else")
			c.Want(t, ":1\r\n", "SREM", "large", fmt.Sprint("a member of some length ", i*10))
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(files[1]) >= len(files[0]) {
		t.Errorf("%d bytes compressed, %d without", len(files[1]), len(files[0]))
	}
	for _, b := range files {
		dir := t.TempDir()
		if err := os.WriteFile(filepath.Join(dir, "dump.rdb"), b, 0o600); err != nil {
			t.Fatal(err)
		}
		other := testkit.MustDial(t, nodetest.Start(t, [2]string{"dir", dir}))
		other.Want(t, "+OK\r\n", "DEBUG", "RELOAD", "NOSAVE")
		if have := string(testkit.Must(other.Do("DEBUG", "DIGEST"))(t)); have != want {
			t.Errorf("a file holds %q, and there was %q", have, want)
		}
	}
}
