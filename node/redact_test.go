package node

import (
	"testing"

	"sigrun/protocol/call"
)

// TestUnknownCommandsAreShown: what a crash report tells of commands under way includes one that nobody knows.
func TestUnknownCommandsAreShown(t *testing.T) {
	if got := (&Node{}).redact(&call.Command{Args: [][]byte{[]byte("nobody"), []byte("knows")}}); len(got) != 2 {
		t.Errorf("%q", got)
	}
}
