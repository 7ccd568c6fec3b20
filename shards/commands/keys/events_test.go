package keys_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/node/nodetest"
)

var _ = nodetest.Describe("keyspace events", func(s *nodetest.Server) {
	It("are told in order, by key and by event, of the classes that are asked for", func() {
		s.Want("+OK\r\n", "CONFIG", "SET", "notify-keyspace-events", "KEA")
		c := s.Dial()
		c.Want(GinkgoTB(), "*3\r\n$10\r\npsubscribe\r\n$6\r\n__key*\r\n:1\r\n", "PSUBSCRIBE", "__key*")
		s.Want("+OK\r\n", "SET", "a", "1", "EX", "100")
		s.Want("+OK\r\n", "MULTI")
		s.Want("+QUEUED\r\n", "INCR", "a")
		s.Want("+QUEUED\r\n", "DEL", "a")
		s.Want("*2\r\n:2\r\n:1\r\n", "EXEC")
		s.Want("+OK\r\n", "CONFIG", "SET", "notify-keyspace-events", "El")
		s.Want(":1\r\n", "LPUSH", "l", "x")
		s.Want(":1\r\n", "DEL", "l")
		s.Want(":1\r\n", "RPUSH", "l", "x")
		for _, want := range [][2]string{{"__keyspace@0__:a", "set"}, {"__keyevent@0__:set", "a"}, {"__keyspace@0__:a", "expire"},
			{"__keyevent@0__:expire", "a"}, {"__keyspace@0__:a", "incrby"}, {"__keyevent@0__:incrby", "a"}, {"__keyspace@0__:a", "del"},
			{"__keyevent@0__:del", "a"}, {"__keyevent@0__:lpush", "l"}, {"__keyevent@0__:rpush", "l"}} {
			reply, err := c.Read()
			Expect(err).NotTo(HaveOccurred())
			Expect(string(reply)).To(SatisfyAll(ContainSubstring("pmessage"), ContainSubstring("\r\n"+want[0]+"\r\n"), HaveSuffix("\r\n"+want[1]+"\r\n")))
		}
	})

	It("are those of Valkey 9.1 for new keys, misses and a hash that is gone before it is there", func() {
		s.Want("+OK\r\n", "CONFIG", "SET", "notify-keyspace-events", "EAnm")
		c := s.Dial()
		c.Want(GinkgoTB(), "*3\r\n$10\r\npsubscribe\r\n$6\r\n__key*\r\n:1\r\n", "PSUBSCRIBE", "__key*")
		for _, does := range []struct{ command, events string }{
			{"GET k", "keymiss"},
			{"OBJECT ENCODING k", ""}, // counts as a miss and says nothing
			{"SINTERSTORE d k n", "keymiss keymiss"},
			{"SDIFFSTORE d k n", "keymiss keymiss"},
			{"ZUNIONSTORE d 2 k n", "keymiss keymiss"},
			{"ZRANGESTORE d k 0 1", "keymiss"},
			{"HGETEX k FIELDS 1 f", "keymiss"},
			{"LPUSH l x", "new lpush"},
			{"LMOVE l m LEFT LEFT", "new lpush lpop del"},
			{"XADD x 1-1 a b", "new xadd"},
			{"SET n 1", "new set"},
			{"RENAME n a", "new rename_from rename_to"},
			{"RENAME a m", "new rename_from rename_to"}, // what had the name goes first
			{"COPY m l REPLACE", "new copy_to"},
			{"BITFIELD none OVERFLOW FAIL INCRBY u8 0 500", "new"},
			{"XGROUP CREATE y g $ MKSTREAM", "new xgroup-create"},
			{"HSETEX h PXAT 1 FIELDS 1 f v", "new hset hexpire hexpired del"},
			{"EVAL return{redis.call('set',KEYS[1],1),redis.call('get',ARGV[1])} 1 a b", "new set keymiss"},
		} {
			s.Do(strings.Fields(does.command)...)
			for _, event := range strings.Fields(does.events) {
				Expect(c.Read()).To(ContainSubstring("__keyevent@0__:"+event+"\r\n"), does.command)
			}
		}
	})

	It("of a command with an empty result say that it removed what was overdue at its destination", func() {
		s.Want("+OK\r\n", "DEBUG", "SET-ACTIVE-EXPIRE", "0")
		s.Want("+OK\r\n", "CONFIG", "SET", "notify-keyspace-events", "EA")
		c := s.Dial()
		c.Want(GinkgoTB(), "*3\r\n$10\r\npsubscribe\r\n$6\r\n__key*\r\n:1\r\n", "PSUBSCRIBE", "__key*")
		for _, command := range []string{"SUNIONSTORE d k", "SINTERSTORE d k", "SDIFFSTORE d k", "SORT k STORE d", "BITOP AND d k", "ZRANGESTORE d k 0 1",
			"ZUNIONSTORE d 1 k", "ZINTERSTORE d 1 k", "ZDIFFSTORE d 1 k", "GEORADIUS k 1 1 1 km STORE d", "GEOSEARCHSTORE d k FROMLONLAT 1 1 BYRADIUS 1 km"} {
			s.Want("+OK\r\n", "PSETEX", "d", "1", "x")
			s.Want("+OK\r\n", "DEBUG", "SLEEP", "0.002")
			s.Want(":0\r\n", strings.Fields(command)...)
			for _, event := range []string{"set", "expire", "del"} {
				Expect(c.Read()).To(ContainSubstring("__keyevent@0__:"+event+"\r\n"), command)
			}
			s.Want(":0\r\n", "DBSIZE")
		}
		s.Want("+OK\r\n", "DEBUG", "SET-ACTIVE-EXPIRE", "1")
	})
})
