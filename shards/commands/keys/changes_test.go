package keys_test

import (
	"strconv"
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

var _ = nodetest.Describe("changes since the last snapshot", func(s *nodetest.Server) {
	changes := func() int {
		r, err := testkit.Parse([]byte(s.Do("INFO", "persistence")))
		Expect(err).NotTo(HaveOccurred())
		n, err := strconv.Atoi(testkit.InfoField(r.Text, "rdb_changes_since_last_save"))
		Expect(err).NotTo(HaveOccurred())
		return n
	}

	It("are counted by element, as Valkey 9.1 does", func() {
		for _, does := range []struct {
			command string
			n       int
		}{
			{"SET k v", 1}, {"MSET a 1 b 2 c 3", 3}, {"DEL a b nope", 2}, {"DEL k", 1}, {"GET k", 0}, {"TOUCH c", 0},
			{"BITFIELD bits SET u8 0 1 GET u8 0 INCRBY u8 8 2", 2}, {"PFADD hll a b c", 4}, {"PFADD hll a", 0},
			{"LPUSH l a b c a", 4}, {"LREM l 0 a", 2}, {"RPUSH l x y z", 3}, {"LTRIM l 1 2", 3}, {"LPOP l 9", 2},
			{"RPUSH l a b c", 3}, {"SORT l ALPHA STORE d", 3}, {"LMPOP 1 l LEFT COUNT 2", 2},
			{"SADD s a b c d", 4}, {"SADD s a e", 1}, {"SREM s a q", 1}, {"SPOP s 2", 2}, {"SPOP s 9", 2},
			{"HSET h a 1 b 2 c 3", 3}, {"HEXPIRE h 10 FIELDS 2 a b", 2}, {"HPERSIST h FIELDS 1 a", 1}, {"HGETDEL h FIELDS 2 a q", 1},
			{"HSETEX h EX 10 FIELDS 2 x 1 y 2", 2}, {"HDEL h b c x y", 4},
			{"ZADD z 1 a 2 b 3 c", 3}, {"ZADD z 1 a 5 b 6 d", 2}, {"ZREM z a", 1}, {"ZPOPMIN z 2", 2}, {"ZREMRANGEBYRANK z 0 -1", 1},
			{"GEOADD g 1 1 a 2 2 b", 2}, {"XADD x 1-1 f v", 1}, {"XADD x 2-1 f v", 1}, {"XADD x 3-1 f v", 1}, {"XDEL x 1-1 9-9", 1}, {"XTRIM x MAXLEN 0", 2},
			{"EVAL return{redis.call('sadd',KEYS[1],1,2,3),redis.call('set',KEYS[2],1)} 2 t u", 4},
		} {
			before := changes()
			Expect(s.Do(strings.Fields(does.command)...)).NotTo(HavePrefix("-"), does.command)
			Expect(changes()-before).To(Equal(does.n), does.command)
		}
	})
})
