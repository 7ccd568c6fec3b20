package node_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// logOf makes a folder with an append-only file of some commands, which begin in database 0, and bytes behind them.
func logOf(t *testing.T, behind string, commands ...string) (config [][2]string) {
	t.Helper()
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, "appendonlydir"), 0o755); err != nil {
		t.Fatal(err)
	}
	var b []byte
	for _, c := range append([]string{"SELECT 0"}, commands...) {
		b = append(b, testkit.Command(strings.Fields(c)...)...)
	}
	for name, text := range map[string][]byte{"appendonly.aof.manifest": []byte("file appendonly.aof.1.incr.aof seq 1 type i\n"), "appendonly.aof.1.incr.aof": append(b, behind...)} {
		if err := os.WriteFile(filepath.Join(dir, "appendonlydir", name), text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return [][2]string{{"dir", dir}, {"appendonly", "yes"}}
}

// TestLogOfOthers: a log that has more in it than this server writes is loaded, with all keys: of servers that were cut within a transaction and went on, and
// with commands that are not about data.
func TestLogOfOthers(t *testing.T) {
	told := func(words, after string) string {
		return "== CRITICAL == This server is sending an error to its AOF-loading-client: '" + words + "' after processing the command '" + after + "'"
	}
	for _, at := range []struct {
		commands []string
		keys     string
		words    string
	}{
		{[]string{"MULTI", "SET a 1", "MULTI", "SELECT 1", "SET b 1", "EXEC", "SELECT 0", "SET c 1"}, "2", ""},
		{[]string{"EXEC", "SET a 1"}, "1", told("EXEC without MULTI", "exec")},
		{[]string{"CONFIG SET maxmemory 1", "WAIT 1 0", "HELLO 3", "SAVE", "MULTI", "PING", "SET a 1", "EXEC"}, "1", "'config|set' of the append only file is no command of data: it is passed over"},
		{[]string{"SET a 1", "LPUSH a 1"}, "1", told("-WRONGTYPE Operation against a key holding the wrong kind of value", "lpush")},
		{[]string{"SET a 1", "MULTI", "LPUSH a 1", "SET b 1", "EXEC"}, "2", told("-WRONGTYPE Operation against a key holding the wrong kind of value", "exec")},
		{[]string{"SET a 1", "LSET b 0 1", "FCALL f 0"}, "1", told("-ERR no such key", "lset")},
		{[]string{"SET a 1", "SELECT 99", "SET b 1"}, "2", told("DB index is out of range", "select")},
		{[]string{"SET a 1", "SELECT x", "SET b 1"}, "2", told("value is not an integer or out of range", "select")},
	} {
		log, addr := nodetest.Logged(t, logOf(t, "", at.commands...)...)
		testkit.MustDial(t, addr).Want(t, ":"+at.keys+"\r\n", "DBSIZE")
		if !strings.Contains(log, at.words) {
			t.Errorf("%q: %q is missing in %s", at.commands, at.words, log)
		}
	}
}
