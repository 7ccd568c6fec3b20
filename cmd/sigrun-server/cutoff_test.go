package main

import (
	"net"
	"strings"
	"testing"

	"sigrun/internal/testkit"
)

// TestCutOffsAreLogged: who is closed for what it is owed, or has sent, stands in the log, by the name that it chose unless such names are hidden.
func TestCutOffsAreLogged(t *testing.T) {
	for hide, name := range map[string]string{"no": "name=greedy", "yes": "name=*redacted*"} {
		s := start(t, "--hide-user-data-from-log", hide)
		for why, c := range map[string]struct{ limit, value, sent string }{
			"scheduled to be closed ASAP for overcoming of output buffer limits.": {"client-output-buffer-limit", "pubsub 1 0 0", "SUBSCRIBE news\r\n"},
			"Closing client that reached max query buffer length: ":               {"client-query-buffer-limit", "1mb", "*2\r\n$4\r\nECHO\r\n$2000000\r\n" + strings.Repeat("x", 2000000)},
		} {
			s.set(c.limit, c.value)
			conn, err := net.Dial("tcp", s.addr)
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			_, _ = conn.Write([]byte("CLIENT SETNAME greedy\r\n" + c.sent)) // the server may have closed already
			await(t, why, func() bool {
				_, _ = testkit.MustDial(t, s.addr).Do("PUBLISH", "news", "x")
				for _, line := range strings.Split(s.said(), "\n") {
					if strings.Contains(line, why) && strings.Contains(line, name) {
						return true
					}
				}
				return false
			})
		}
	}
}
