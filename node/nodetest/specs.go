package nodetest

import (
	"time"

	"github.com/onsi/ginkgo/v2"
	"github.com/onsi/gomega"

	"sigrun/internal/testkit"
)

// Server is the server under test of one spec.
type Server struct {
	Addr   string
	client *testkit.Client
}

// Describe is ginkgo's for each of the modes: a container whose specs get a fresh
// server each, and one more spec which shows that the mode comes about.
func Describe(text string, body func(s *Server), overrides ...[2]string) bool {
	gomega.SetDefaultEventuallyTimeout(time.Minute) // a second is too short for a crowded host
	for _, mode := range testkit.Modes() {
		ginkgo.Describe(text+", "+mode.Name, func() {
			s := &Server{}
			ginkgo.BeforeEach(func() {
				t := ginkgo.GinkgoTB()
				s.Addr = Start(t, append(append([][2]string(nil), mode.Config...), overrides...)...)
				s.client = s.Dial()
			})
			body(s)
			ginkgo.It("runs in the mode", func() {
				t := ginkgo.GinkgoTB()
				comesAbout(t, s.Addr, mode)
			})
		})
	}
	return true
}

// Dial opens one more connection for the time of the spec.
func (s *Server) Dial() *testkit.Client { return testkit.MustDial(ginkgo.GinkgoTB(), s.Addr) }

// First is the spec's first connection.
func (s *Server) First() *testkit.Client { return s.client }

// Do sends a command on the spec's first connection and returns the raw reply.
func (s *Server) Do(args ...string) string {
	ginkgo.GinkgoHelper()
	return string(testkit.Must(s.client.Do(args...))(ginkgo.GinkgoTB()))
}

// Want is Do for which the raw reply is known.
func (s *Server) Want(reply string, args ...string) {
	ginkgo.GinkgoHelper()
	if have := s.Do(args...); have != reply {
		ginkgo.Fail(testkit.Step{Args: args}.String()+": "+quote(have)+", want "+quote(reply), 1)
	}
}
