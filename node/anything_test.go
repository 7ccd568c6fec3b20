package node_test

import (
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestAnything sends some 20 000 commands in all: no answer may be missing or too many.
func TestAnything(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		testkit.Anything(t, addr, testkit.Seed(), 7000, map[string]string{
			"shutdown":       "ends the server",
			"quit":           "ends the connection",
			"client|kill":    "ends connections, this one too",
			"client|reply":   "switches answers off",
			"client|pause":   "holds everybody up for as long as the argument says",
			"monitor":        "makes a stream of a connection",
			"subscribe":      "allows no ECHO behind it",
			"psubscribe":     "allows no ECHO behind it",
			"unsubscribe":    "has an answer for each channel",
			"punsubscribe":   "has an answer for each pattern",
			"ssubscribe":     "allows no ECHO behind it",
			"sunsubscribe":   "has an answer for each channel",
			"config|set":     "may lock everybody out",
			"pfselftest":     "takes a second, says the same each time, and has a test of its own",
			"config|rewrite": "writes where it was started",
		})
	})
}
