package commands_test

import (
	"regexp"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

var _ = nodetest.Describe("waiting for copies", func(s *nodetest.Server) {
	const none, noFiles = ":0\r\n", "*2\r\n:0\r\n:0\r\n"

	It("ends at once where none is asked for, or nobody may wait", func() {
		s.Want(ok, "SET", "k", "v")
		s.Want(none, "WAIT", "0", "0")
		s.Want(none, "WAIT", "-1", "0")
		s.Want(noFiles, "WAITAOF", "0", "0", "0")
		s.Want(none, "EVAL", "return redis.call('WAIT', 1, 0)", "0")
		s.Want(noFiles, "EVAL", "return redis.call('WAITAOF', 0, 1, 0)", "0")
		s.Want(ok, "MULTI")
		s.Want("+QUEUED\r\n", "WAIT", "2", "0")
		s.Want("+QUEUED\r\n", "WAITAOF", "0", "2", "0")
		s.Want("*2\r\n"+none+noFiles, "EXEC")
	})

	It("ends when the time is up", func() {
		began := time.Now()
		s.Want(none, "WAIT", "1", "60")
		s.Want(noFiles, "WAITAOF", "0", "1", "60")
		Expect(time.Since(began)).To(BeNumerically(">=", 118*time.Millisecond)) // each from a millisecond's end to another's
	})

	It("ends by CLIENT UNBLOCK, and holds up what its client sends behind it", func() {
		t := GinkgoTB()
		for _, end := range []struct{ reason, reply string }{{"TIMEOUT", none}, {"ERROR", "-UNBLOCKED client unblocked via CLIENT UNBLOCK\r\n"}} {
			c := s.Dial()
			id := regexp.MustCompile(`\d+`).FindString(string(testkit.Must(c.Do("CLIENT", "ID"))(t)))
			c.Blocks(t, "WAIT", "3", "0")
			Expect(c.Send([]byte("PING\r\n"))).To(Succeed())
			Expect(s.Do("CLIENT", "LIST", "ID", id)).To(SatisfyAll(ContainSubstring(" flags=b "), ContainSubstring(" cmd=wait ")))
			s.Want(":1\r\n", "CLIENT", "UNBLOCK", id, end.reason)
			Expect(c.Read()).To(BeEquivalentTo(end.reply))
			Expect(c.Read()).To(BeEquivalentTo("+PONG\r\n"))
		}
		c := s.Dial()
		c.Blocks(t, "WAITAOF", "0", "3", "0")
		Expect(c.Close()).To(Succeed())
		Eventually(func() string { return s.Do("INFO", "clients") }).Should(ContainSubstring("blocked_clients:0\r\n"))
		Expect(s.Do("INFO", "commandstats")).To(ContainSubstring("cmdstat_wait:calls=2,"))
	})

	It("is asked for in numbers", func() {
		s.Want("-ERR value is not an integer or out of range\r\n", "WAIT", "x", "0")
		s.Want("-ERR timeout is not an integer or out of range\r\n", "WAIT", "1", "1.5")
		s.Want("-ERR timeout is negative\r\n", "WAIT", "0", "-1")
		s.Want("-ERR timeout is out of range\r\n", "WAIT", "1", "9223372036854775807")
		s.Want("-ERR value is out of range, value must between 0 and 1\r\n", "WAITAOF", "2", "0", "0")
		s.Want("-ERR value is out of range, must be positive\r\n", "WAITAOF", "0", "-1", "0")
		s.Want("-ERR timeout is negative\r\n", "WAITAOF", "1", "0", "-1")
		s.Want("-ERR WAITAOF cannot be used when numlocal is set but appendonly is disabled.\r\n", "WAITAOF", "1", "0", "0")
	})
})
