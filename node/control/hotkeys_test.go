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
