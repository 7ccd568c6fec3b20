package commands

import (
	"slices"
	"strings"
	"testing"
)

// TestHelloKeepsSecrets, in whatever form passwords are given.
func TestHelloKeepsSecrets(t *testing.T) {
	for line, shown := range map[string]string{
		"HELLO": "HELLO", "HELLO 3": "HELLO 3", "HELLO 3 SETNAME x": "HELLO 3 SETNAME x", "HELLO 3 SETNAME": "HELLO 3 SETNAME",
		"HELLO 3 AUTH u p SETNAME x": "HELLO 3 AUTH * * SETNAME x", "HELLO 3 SETNAME AUTH AUTH u p": "HELLO 3 SETNAME AUTH AUTH * *",
		"HELLO 3 AUTH AUTH AUTH": "HELLO 3 AUTH * *", "HELLO 2 AUTH p": "HELLO 2 AUTH *", "HELLO 3 SETNAME x AUTH p": "HELLO 3 SETNAME x AUTH *",
		"HELLO 3 AUTH p SETNAME x": "HELLO 3 AUTH * * *", "HELLO AUTH u p": "HELLO AUTH * *", "HELLO 9 auth u p": "HELLO 9 auth * *",
		"HELLO 3 AUTHX u p": "HELLO 3 * * *", "HELLO u p": "HELLO * *", "HELLO 3 AUTH u p q": "HELLO 3 AUTH * * *",
	} {
		var args [][]byte
		for _, w := range strings.Fields(line) {
			args = append(args, []byte(w))
		}
		got := strings.Fields(line)
		for _, i := range helloSecrets(args, nil) {
			got[i] = "*"
		}
		if !slices.Equal(got, strings.Fields(shown)) {
			t.Errorf("%s: %s, want %s", line, strings.Join(got, " "), shown)
		}
	}
}
