package node_test

import (
	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

var _ = nodetest.Describe("a transaction whose client has gone", func(s *nodetest.Server) {
	It("leaves no subscription behind", func() {
		t := GinkgoTB()
		c := s.Dial()
		me := id(c)
		send(c, []string{"MULTI"}, []string{"EVAL", "while true do end", "0"}, []string{"SET", "after", "1"}, []string{"SUBSCRIBE", "ch"},
			[]string{"PSUBSCRIBE", "c*"}, []string{"CLIENT", "SETNAME", "x"}, []string{"EXEC"})
		testkit.Await(t, s.Addr, "scripts_running", "1")
		s.Want(":1\r\n", "CLIENT", "KILL", "ID", me)
		Eventually(func() string { return s.Do("SCRIPT", "KILL") }).Should(Equal("+OK\r\n"))
		testkit.Await(t, s.Addr, "connected_clients", "2") // it and the one that asks
		s.Want("$1\r\n1\r\n", "GET", "after")
		s.Want("*2\r\n$2\r\nch\r\n:0\r\n", "PUBSUB", "NUMSUB", "ch")
		s.Want(":0\r\n", "PUBSUB", "NUMPAT")
		s.Want(":0\r\n", "PUBLISH", "ch", "m")
	})
}, [2]string{"busy-reply-threshold", "2500"})
