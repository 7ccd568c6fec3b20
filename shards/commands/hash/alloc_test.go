package hash_test

import (
	"strings"
	"testing"

	"sigrun/node/nodetest"
)

// TestNoGarbage: what is common leaves nothing on Go's heap.
func TestNoGarbage(t *testing.T) {
	large := strings.Repeat("x", 65) // a table from the beginning
	nodetest.NoGarbage(t, [][2]string{{"HSET h f value g 12", ":2\r\n"}, {"HGET h f", "$5\r\nvalue\r\n"}, {"HINCRBY h g 3", ":15\r\n"},
		{"HMGET h g x", "*2\r\n$2\r\n15\r\n$-1\r\n"}, {"HLEN h", ":2\r\n"}, {"HEXISTS h f", ":1\r\n"}, {"HSTRLEN h f", ":5\r\n"},
		{"HSETNX h f x", ":0\r\n"}, {"HSET h f other", ":0\r\n"}, {"HDEL h g", ":1\r\n"}, {"HGETALL h", "*2\r\n$1\r\nf\r\n$5\r\nother\r\n"},
		{"HGETDEL h FIELDS 1 f", "*1\r\n$5\r\nother\r\n"}, {"HSET t " + large + " x f value", ":2\r\n"}, {"HSET t g 1", ":1\r\n"},
		{"HPEXPIRE t 1000000 FIELDS 1 f", "*1\r\n:1\r\n"}, {"HGETEX t PERSIST FIELDS 1 f", "*1\r\n$5\r\nvalue\r\n"},
		{"HSETEX t EX 1000 FIELDS 1 f v", ":1\r\n"}, {"HGET t f", "$1\r\nv\r\n"}, {"HPERSIST t FIELDS 1 f", "*1\r\n:1\r\n"},
		{"HTTL t FIELDS 1 f", "*1\r\n:-1\r\n"}, {"HINCRBY t g 1", ":2\r\n"}, {"HDEL t g f " + large, ":3\r\n"}})
}
