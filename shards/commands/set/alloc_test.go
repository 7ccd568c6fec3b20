package set_test

import (
	"testing"

	"sigrun/node/nodetest"
)

// TestNoGarbage: what is common leaves nothing on Go's heap.
func TestNoGarbage(t *testing.T) {
	nodetest.NoGarbage(t, [][2]string{{"SADD s abc 12 x", ":3\r\n"}, {"SISMEMBER s 12", ":1\r\n"}, {"SCARD s", ":3\r\n"},
		{"SMISMEMBER s abc d", "*2\r\n:1\r\n:0\r\n"}, {"SREM s abc x", ":2\r\n"}, {"SPOP s", "$2\r\n12\r\n"},
		{"SADD n 7", ":1\r\n"}, {"SRANDMEMBER n", "$1\r\n7\r\n"}, {"SMEMBERS n", "*1\r\n$1\r\n7\r\n"}, {"SREM n 7", ":1\r\n"}})
}
