package list_test

import (
	"testing"

	"sigrun/node/nodetest"
)

// TestNoGarbage: pushes, pops and ranges leave nothing on Go's heap.
func TestNoGarbage(t *testing.T) {
	nodetest.NoGarbage(t, [][2]string{{"LPUSH l abc", ":1\r\n"}, {"RPUSH l 12", ":2\r\n"},
		{"LRANGE l 0 -1", "*2\r\n$3\r\nabc\r\n$2\r\n12\r\n"}, {"LPOP l", "$3\r\nabc\r\n"}, {"RPOP l", "$2\r\n12\r\n"}})
}
