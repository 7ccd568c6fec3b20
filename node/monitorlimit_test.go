package node_test

import (
	"strings"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

var _ = nodetest.Describe("who reads MONITOR", func(s *nodetest.Server) {
	It("may be owed what a normal client may, and not what a subscriber may", func() {
		s.Want(ok, "CONFIG", "SET", "client-output-buffer-limit", "pubsub 1 0 0")
		monitor := s.Dial()
		monitor.Want(GinkgoTB(), ok, "MONITOR")
		word := strings.Repeat("x", 64<<10)
		s.Want("$1\r\ny\r\n", "ECHO", "y")
		Expect(testkit.Must(monitor.Read())(GinkgoTB())).To(ContainSubstring("ECHO"))
		s.Want(ok, "CONFIG", "SET", "client-output-buffer-limit", "normal 1mb 0 0")
		Eventually(func() string { // it reads no more
			s.Do("ECHO", word)
			return testkit.InfoField(s.Do("INFO"), "client_output_buffer_limit_disconnections")
		}).Should(Equal("1"))
	})
})
