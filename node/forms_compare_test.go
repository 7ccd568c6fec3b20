package node_test

import (
	"fmt"
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// containers are the subcommands of each command that has some, but those that are not built, that end something, or that are about how the C server does it.
var containers = map[string]string{
	"ACL":        "CAT DELUSER DRYRUN GENPASS GETUSER LIST LOAD LOG SAVE SETUSER USERS WHOAMI",
	"CLIENT":     "CACHING CAPA GETNAME GETREDIR ID IMPORT-SOURCE INFO KILL LIST NO-EVICT NO-TOUCH PAUSE SETINFO SETNAME TRACKING TRACKINGINFO UNBLOCK UNPAUSE",
	"CLUSTER":    "ADDSLOTS COUNTKEYSINSLOT GETKEYSINSLOT INFO KEYSLOT MYID NODES SETSLOT SLOT-STATS SLOTS",
	"COMMAND":    "COUNT DOCS GETKEYS GETKEYSANDFLAGS INFO LIST",
	"COMMANDLOG": "GET LEN RESET",
	"CONFIG":     "GET RESETSTAT REWRITE SET",
	"DEBUG":      "ERROR HTSTATS-KEY LOG OBJECT PAUSE-CRON PROTOCOL QUICKLIST-PACKED-THRESHOLD REPLYBUFFER SET-ACTIVE-EXPIRE SLEEP",
	"LATENCY":    "DOCTOR GRAPH HISTOGRAM HISTORY LATEST RESET",
	"MEMORY":     "DOCTOR MALLOC-STATS PURGE STATS USAGE",
	"OBJECT":     "ENCODING FREQ IDLETIME REFCOUNT",
	"PUBSUB":     "CHANNELS NUMPAT NUMSUB SHARDCHANNELS SHARDNUMSUB",
	"SCRIPT":     "EXISTS FLUSH KILL SHOW",
	"SLOWLOG":    "GET LEN RESET",
	"XGROUP":     "CREATE CREATECONSUMER DELCONSUMER DESTROY SETID",
	"XINFO":      "CONSUMERS GROUPS STREAM",
}

// formsAlone are other commands whose forms are easily got wrong.
var formsAlone = "AUTH HELLO ROLE SELECT SWAPDB WAIT WAITAOF RESET"

// TestFormsLikeReference sends each subcommand with too few words, too many, and with words that are none: what is refused is refused in the same words.
func TestFormsLikeReference(t *testing.T) {
	theirs := testkit.MustDial(t, testkit.Valkey(t, "--enable-debug-command", "yes"))
	ours := testkit.MustDial(t, nodetest.Start(t))
	try := func(words ...string) {
		t.Helper()
		a, b := testkit.Must(theirs.Do(words...))(t), testkit.Must(ours.Do(words...))(t)
		if (a[0] == '-' || b[0] == '-') && string(a) != string(b) {
			t.Errorf("%q: %q, want %q", words, b, a)
		}
	}
	forms := func(name ...string) {
		t.Helper()
		try(name...)
		for n := 1; n <= 5; n++ {
			for _, word := range []string{"x", "0", "-1", "", "99999999999999999999", "on"} {
				words := append([]string(nil), name...)
				for i := range n {
					words = append(words, word)
					if i == n-1 && word == "x" {
						try(append(words[:len(words)-1], "ALL")...)
					}
				}
				if !strings.HasPrefix(strings.Join(words, " "), "DEBUG SLEEP 9") {
					try(words...)
				}
			}
		}
	}
	for name, subs := range containers {
		for _, unknown := range []string{"", "nosuch", "No\r\nsuch"} {
			try(name, unknown)
			try(name, unknown, "x", fmt.Sprint(name))
		}
		try(name)
		for sub := range strings.FieldsSeq(subs) {
			forms(name, sub)
		}
	}
	for name := range strings.FieldsSeq(formsAlone) {
		forms(name)
	}
	for _, words := range []string{"CLIENT PAUSE 0 ALL x", "CLIENT PAUSE 0 WRITE WRITE x", "CLIENT PAUSE x ALL x", "CONFIG SET maxmemory 0 x", "WAITAOF 2 0 0", "WAITAOF 0 x 0",
		"CLUSTER SLOT-STATS SLOTSRANGE", "CLIENT KILL ID", "CLIENT KILL ID x", "CLIENT KILL TYPE x", "CLIENT KILL SKIPME x", "CLIENT KILL MAXAGE -1", "CLIENT LIST ID", "CLIENT TRACKING on PREFIX x",
		"CLIENT TRACKING on REDIRECT 99", "CLIENT TRACKING on OPTIN OPTOUT", "MEMORY USAGE k SAMPLES x", "HELLO 3 AUTH x", "HELLO 2 SETNAME", "COMMAND LIST FILTERBY x y", "COMMAND GETKEYS PING"} {
		try(strings.Fields(words)...)
	}
}
