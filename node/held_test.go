package node_test

import (
	"strings"
	"testing"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// rewrites are commands that give k a value: where its time has come and it must not go by itself, that takes the place of the old one.
var rewrites = strings.Split(`SET k new|SET k new GET|SET k new NX|SETNX k new|SETEX k 100 new|GETSET k new|MSET k new l 1|MSETNX k new m 1|APPEND k x|INCR k|INCRBYFLOAT k 1
SETRANGE k 1 x|SETBIT k 7 1|BITFIELD k SET u8 0 1|BITOP NOT k string|LPUSH k x|RPUSH k x|LMOVE list k LEFT RIGHT|RPOPLPUSH list k|SADD k x|SMOVE set k a
SUNIONSTORE k set|SINTERSTORE k set|SDIFFSTORE k set k|HSET k f v|HSETNX k f v|HINCRBY k f 1|HSETEX k FIELDS 1 f v|ZADD k 1 x|ZINCRBY k 1 x|ZUNIONSTORE k 1 zset
ZRANGESTORE k zset 0 -1|GEOADD k 1 1 x|GEOSEARCHSTORE k geo FROMLONLAT 1 1 BYRADIUS 1 m|PFADD k x|PFMERGE k hll|XADD k * f v|XGROUP CREATE k g $ MKSTREAM
RENAME string k|RENAMENX string k|COPY string k|COPY string k REPLACE|SORT list STORE k|EVAL return(redis.call('set',KEYS[1],'new')) 1 k|EVAL return(redis.call('getset',KEYS[1],'new')) 1 k`, "\n")

// removals are commands that find nothing, or take away what is left.
var removals = strings.Split(`DEL k|UNLINK k|GETDEL k|GETEX k PERSIST|EXPIRE k 100|PERSIST k|MOVE k 1|LPOP k|SREM k a|HDEL k f|ZREM k a|SUNIONSTORE k nothing|SORT nothing STORE k
EVAL return(redis.call('del',KEYS[1])) 1 k|COPY k other|BITOP NOT k nothing`, "\n")

// TestHeldExpiry: while nothing may go because its time has come, a key that is due is not there for those who read and stays, and whatever is written
// to it, by who is still to be executed, takes its place: no name is twice in a table.
func TestHeldExpiry(t *testing.T) {
	n := nodetest.StartNode(t)
	c := testkit.MustDial(t, n.Addr())
	do := func(words string) string { return string(testkit.Must(c.Do(strings.Fields(words)...))(t)) }
	do("DEBUG SET-ACTIVE-EXPIRE 0")
	paused := func(command string) string {
		for _, words := range []string{"MULTI", "CLIENT PAUSE 100000 WRITE", command} {
			do(words)
		}
		reply := do("EXEC")
		do("CLIENT UNPAUSE")
		return reply
	}
	imported := func(command string) string {
		do("CONFIG SET import-mode yes")
		defer do("CONFIG SET import-mode no")
		return do(command)
	}
	for way, run := range map[string]func(command string) string{"paused": paused, "imported": imported} {
		for i, command := range strings.Split(strings.Join(append(rewrites, removals...), "|"), "|") {
			do("FLUSHALL")
			for _, words := range strings.Split("SET string s|RPUSH list 1|SADD set a|ZADD zset 1 a|GEOADD geo 1 1 a|PFADD hll a|CONFIG SET import-mode yes|SET k old PXAT 1|CONFIG SET import-mode no", "|") {
				do(words)
			}
			reply, rewritten := run(command), i < len(strings.Split(strings.Join(rewrites, "|"), "|"))
			if strings.Contains(reply, "-ERR") {
				t.Errorf("%s %s: %q", way, command, reply)
			}
			if got := do("EXISTS k"); got != ":1\r\n" == rewritten {
				t.Errorf("%s %s: EXISTS k is %q afterwards", way, command, got)
			}
			do("DEL k l m string list set zset geo hll other")
			if got := do("DBSIZE"); got != ":0\r\n" {
				t.Errorf("%s %s: %q keys are left", way, command, got)
			}
		}
	}
}
