package dump_test

import (
	"strconv"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/node/nodetest"
)

var _ = nodetest.Describe("DUMP and RESTORE", func(s *nodetest.Server) {
	// payload is what DUMP says of a key.
	payload := func(key string) string {
		reply := s.Do("DUMP", key)
		Expect(reply).To(HavePrefix("$"))
		_, bytes, _ := strings.Cut(reply, "\r\n")
		return strings.TrimSuffix(bytes, "\r\n")
	}
	// digest is what distinguishes values, wherever they are.
	digest := func(key string) string { return s.Do("DEBUG", "DIGEST-VALUE", key) }

	It("takes values out and puts them in again, whatever their type", func() {
		long := strings.Repeat("long ", 100)
		for _, make := range [][]string{
			{"SET", "k", "v"}, {"SET", "k", "12345"}, {"SET", "k", long}, {"SET", "k", strings.Repeat(long, 100)}, {"SETRANGE", "k", "3", "x"},
			{"RPUSH", "k", "a", "1", long}, {"RPUSH", "k", strings.Repeat(long, 100), "b"}, {"SADD", "k", "1", "2", "3000000000"},
			{"SADD", "k", "a", "b", "1"}, {"SADD", "k", "a", long}, {"HSET", "k", "f", "v", "1", "2"}, {"HSET", "k", "f", long},
			{"HSETEX", "k", "EX", "1000", "FIELDS", "2", "a", "1", "b", "2"}, {"ZADD", "k", "1.5", "a", "-inf", "b"}, {"ZADD", "k", "1", long},
			{"XADD", "k", "1-1", "a", "b", "c", long}, {"PFADD", "k", "a", "b"},
		} {
			s.Do("DEL", "k", "copy")
			Expect(s.Do(make...)).NotTo(HavePrefix("-"))
			s.Want("+OK\r\n", "RESTORE", "copy", "0", payload("k"))
			Expect(digest("copy")).To(Equal(digest("k")), make[0])
			if make[0] != "SETRANGE" && make[0] != "PFADD" { // they leave a form that nothing else has
				Expect(s.Do("OBJECT", "ENCODING", "copy")).To(Equal(s.Do("OBJECT", "ENCODING", "k")), make[0])
			}
			s.Want(":-1\r\n", "PTTL", "copy")
		}
	})

	It("has nothing of a key that is not there", func() { s.Want("$-1\r\n", "DUMP", "nothing") })

	It("sets times", func() {
		s.Want("+OK\r\n", "SET", "k", "v", "EX", "1000")
		p := payload("k")
		s.Want("+OK\r\n", "RESTORE", "a", "100000", p)
		s.Want(":100\r\n", "TTL", "a")
		at := strconv.FormatInt(time.Now().Add(time.Hour).UnixMilli(), 10)
		s.Want("+OK\r\n", "RESTORE", "b", at, p, "ABSTTL")
		s.Want(":"+at+"\r\n", "PEXPIRETIME", "b")
		s.Want("+OK\r\n", "SET", "c", "v")
		s.Want("+OK\r\n", "RESTORE", "c", "1000", p, "ABSTTL", "REPLACE") // long past
		s.Want(":0\r\n", "EXISTS", "c")
		s.Want("-ERR Invalid TTL value, must be >= 0\r\n", "RESTORE", "d", "-1", p)
		s.Want("-ERR value is not an integer or out of range\r\n", "RESTORE", "d", "x", p)
	})

	It("replaces only when told to", func() {
		s.Want("+OK\r\n", "SET", "k", "v")
		p := payload("k")
		s.Want(":1\r\n", "RPUSH", "l", "a")
		s.Want("-BUSYKEY Target key name already exists.\r\n", "RESTORE", "l", "0", p)
		s.Want("-BUSYKEY Target key name already exists.\r\n", "RESTORE", "l", "0", "no payload")
		s.Want("+OK\r\n", "RESTORE", "l", "0", p, "replace")
		s.Want("$1\r\nv\r\n", "GET", "l")
	})

	It("sets how a key was used", func() {
		s.Want("+OK\r\n", "SET", "k", "v")
		p := payload("k")
		s.Want("+OK\r\n", "RESTORE", "a", "0", p, "IDLETIME", "1000")
		Expect(s.Do("OBJECT", "IDLETIME", "a")).To(MatchRegexp(`:10\d\d\r\n`))
		s.Want("+OK\r\n", "CONFIG", "SET", "maxmemory-policy", "allkeys-lfu")
		s.Want("+OK\r\n", "RESTORE", "b", "0", p, "FREQ", "100")
		s.Want(":100\r\n", "OBJECT", "FREQ", "b")
		s.Want("-ERR Invalid FREQ value, must be >= 0 and <= 255\r\n", "RESTORE", "c", "0", p, "FREQ", "256")
		s.Want("-ERR Invalid IDLETIME value, must be >= 0\r\n", "RESTORE", "c", "0", p, "IDLETIME", "-1")
		for _, wrong := range [][]string{{"IDLETIME", "1", "FREQ", "1"}, {"FREQ"}, {"more"}} {
			s.Want("-ERR syntax error\r\n", append([]string{"RESTORE", "c", "0", p}, wrong...)...)
		}
	})

	It("takes no payload that is not one", func() {
		s.Want(":2\r\n", "RPUSH", "k", "a", "b")
		p := payload("k")
		for i := range p {
			bad := p[:i] + string(p[i]^0x40) + p[i+1:]
			s.Want("-ERR DUMP payload version or checksum are wrong\r\n", "RESTORE", "x", "0", bad)
		}
		s.Want("+OK\r\n", "DEBUG", "SET-SKIP-CHECKSUM-VALIDATION", "1")
		s.Want("-ERR Bad data format\r\n", "RESTORE", "x", "0", "\x12\x02"+p[2:])
		s.Want("+OK\r\n", "SET", "kept", "v")
		s.Want("-ERR Bad data format\r\n", "RESTORE", "kept", "0", "\x08"+p[1:], "REPLACE")
		s.Want("$1\r\nv\r\n", "GET", "kept")
		s.Want("+OK\r\n", "DEBUG", "SET-SKIP-CHECKSUM-VALIDATION", "0")
		s.Want(":0\r\n", "EXISTS", "x")
	})

	It("serves who waits for the key", func() {
		s.Want(":2\r\n", "RPUSH", "k", "a", "b")
		p := payload("k")
		waiter := s.Dial()
		Expect(waiter.Send([]byte("BLPOP l 0\r\n"))).To(Succeed())
		Eventually(func() string { return s.Do("INFO", "clients") }).Should(ContainSubstring("blocked_clients:1"))
		s.Want("+OK\r\n", "RESTORE", "l", "0", p)
		reply, err := waiter.Read()
		Expect(err).NotTo(HaveOccurred())
		Expect(string(reply)).To(Equal("*2\r\n$1\r\nl\r\n$1\r\na\r\n"))
	})

	It("breaks a WATCH", func() {
		s.Want("+OK\r\n", "SET", "k", "v")
		p := payload("k")
		other := s.Dial()
		s.Want("+OK\r\n", "WATCH", "k")
		other.Want(GinkgoTB(), "+OK\r\n", "RESTORE", "k", "0", p, "REPLACE")
		s.Want("+OK\r\n", "MULTI")
		s.Want("+QUEUED\r\n", "GET", "k")
		s.Want("*-1\r\n", "EXEC")
	})

	It("is an older format's if asked for, which has no fields that expire", func() {
		s.Want(":1\r\n", "HSETEX", "h", "EX", "1000", "FIELDS", "1", "a", "1")
		s.Want("+OK\r\n", "CONFIG", "SET", "rdb-save-version", "11")
		Expect(s.Do("DUMP", "h")).To(HavePrefix("-ERR a hash has fields that expire"))
		s.Want("+OK\r\n", "SET", "k", "v")
		Expect(payload("k")[3:5]).To(Equal("\x0b\x00"))
	})
})
