package control_test

import (
	"fmt"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

var _ = nodetest.Describe("hot keys", func(s *nodetest.Server) {
	It("are keys of what ran, each time it did", func() {
		s.Want(ok, "CONFIG", "SET", "hotkey-top-k", "10", "hotkeys-sampling-percentage", "100", "hotkeys-window-seconds", "1")
		c, stranger := s.Dial(), s.Dial()
		s.Want(ok, "ACL", "SETUSER", "nobody", "on", "nopass", "+get", "~own")
		stranger.Want(GinkgoTB(), ok, "AUTH", "nobody", "x")
		evals := [][]string{}
		for range 20 {
			evals = append(evals, []string{"EVAL", "return redis.call('GET', KEYS[1])", "1", "eval"})
		}
		qps := func(key, reply string) (n int) {
			_, behind, there := strings.Cut(reply, "\r\n"+key+"\r\n")
			if there {
				_, err := fmt.Sscanf(behind, "$2\r\ndb\r\n:0\r\n$3\r\nqps\r\n:%d", &n)
				Expect(err).NotTo(HaveOccurred())
			}
			return n
		}
		Eventually(func() string {
			for range 5 {
				c.Want(GinkgoTB(), ok, "MULTI")
				c.Want(GinkgoTB(), "+QUEUED\r\n", "GET", "queued")
				c.Want(GinkgoTB(), "*1\r\n$-1\r\n", "EXEC")
				c.Want(GinkgoTB(), "$-1\r\n", "GET", "plain")
			}
			testkit.Must(c.Pipeline(evals...))(GinkgoTB())
			for range 20 {
				c.Want(GinkgoTB(), "$-1\r\n", "GET", "beside")
			}
			stranger.Want(GinkgoTB(), "-NOPERM No permissions to access a key\r\n", "GET", "refused")
			reply := s.Do("HOTKEYS", "GET")
			queued, plain, eval, beside, refused := qps("queued", reply), qps("plain", reply), qps("eval", reply), qps("beside", reply), qps("refused", reply)
			if refused > 0 {
				return "a key of what was refused is told"
			}
			if plain < 20 || 10*queued < 8*plain || 10*queued > 12*plain || 10*eval < 8*beside || 10*eval > 12*beside {
				return fmt.Sprintf("of as many reads each, %d were queued and %d not; %d in scripts, and %d beside", queued, plain, eval, beside)
			}
			return ""
		}).WithTimeout(30 * time.Second).Should(BeEmpty())
		s.Want(ok, "CONFIG", "SET", "hotkeys-top-k", "0")
	})

	It("are told of the last complete window, from all loops", func() {
		s.Want("*0\r\n", "HOTKEYS", "GET")
		s.Want(ok, "CONFIG", "SET", "hotkey-top-k", "3", "hotkeys-sampling-percentage", "100", "hotkeys-window-seconds", "1")
		a, b := s.Dial(), s.Dial()
		Expect(a.Do("HELLO", "3")).To(HavePrefix("%"))
		Expect(b.Do("SELECT", "2")).To(Equal([]byte(ok)))
		Eventually(func() string {
			for i := range 40 {
				a.Want(GinkgoTB(), "_\r\n", "GET", "hot")
				b.Want(GinkgoTB(), "*2\r\n$-1\r\n$-1\r\n", "MGET", "warm", fmt.Sprint("cold", i))
			}
			for range 10 {
				b.Want(GinkgoTB(), "$-1\r\n", "GET", "hot")
			}
			for range 20 {
				s.Want("$-1\r\n", "GET", "hot") // on another loop, perhaps
			}
			return string(testkit.Must(a.Do("HOTKEYS", "GET"))(GinkgoTB()))
		}).WithTimeout(30 * time.Second).Should(MatchRegexp(`(?s)^\*3\r\n%3\r\n\$3\r\nkey\r\n\$3\r\nhot\r\n\$2\r\ndb\r\n:0\r\n\$3\r\nqps\r\n:[1-9].*warm\r\n\$2\r\ndb\r\n:2\r\n.*hot\r\n\$2\r\ndb\r\n:2\r\n`))
		Expect(strings.Count(s.Do("HOTKEYS", "GET"), "*6\r\n")).To(BeNumerically("<=", 3))
		s.Want(ok, "HOTKEYS", "RESET")
		s.Want("*0\r\n", "HOTKEYS", "GET")
		s.Want(ok, "CONFIG", "SET", "hotkeys-top-k", "0")
		s.Want("*0\r\n", "HOTKEYS", "GET")
		s.Want(ok, "HOTKEYS", "RESET")
	})
})
