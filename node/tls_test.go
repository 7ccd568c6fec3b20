package node_test

import (
	"bytes"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"
	"github.com/redis/go-redis/v9"

	"sigrun/internal/testkit"
	"sigrun/node"
	"sigrun/node/nodetest"
)

// secure is a node with a door for TLS, and what its clients need.
type secure struct {
	*testkit.Authority
	*node.Node
	client testkit.Certificate
	door   string // by TLS
}

// startSecure starts a node that speaks TLS besides.
func startSecure(t testing.TB, overrides ...[2]string) *secure {
	t.Helper()
	s := &secure{Authority: testkit.NewAuthority(t)}
	server := s.Issue("server")
	s.client = s.Issue("client")
	s.Node = nodetest.StartNode(t, append([][2]string{{"tls-cert-file", server.Cert}, {"tls-key-file", server.Key}, {"tls-ca-cert-file", s.File}}, overrides...)...)
	s.door = "127.0.0.1:" + strconv.Itoa(s.TLSPort())
	return s
}

func (s *secure) dial(t testing.TB, change ...func(*tls.Config)) *testkit.Client {
	t.Helper()
	return testkit.Over(testkit.Must(s.shake(change...))(t))
}

func (s *secure) shake(change ...func(*tls.Config)) (*tls.Conn, error) {
	cfg := s.Client(s.client)
	for _, fn := range change {
		fn(cfg)
	}
	return tls.Dial("tcp", s.door, cfg)
}

func eachSecure(t *testing.T, spec func(t *testing.T, s *secure, plain string), overrides ...[2]string) {
	for _, mode := range testkit.Modes() {
		t.Run(mode.Name, func(t *testing.T) {
			s := startSecure(t, append(append([][2]string(nil), mode.Config...), overrides...)...)
			spec(t, s, testkit.Relay(t, s.door, s.Client(s.client)))
		})
	}
}

// What holds for connections holds for those with TLS.
func TestBehaviourOverTLS(t *testing.T) {
	eachSecure(t, func(t *testing.T, s *secure, plain string) {
		for _, mix := range testkit.Mixes() {
			testkit.Histories{Mix: mix, Clients: 6, Ops: 25, Rounds: 1}.Check(t, plain)
		}
		testkit.PipelineOrder(t, plain, 20)
		testkit.Turmoil(t, plain, testkit.Seed(), 2*time.Second)
	}, [2]string{"busy-reply-threshold", "0"})
}

// Values of all sizes come back as they were, whatever the records are that carry them.
func TestSizesOverTLS(t *testing.T) {
	eachSecure(t, func(t *testing.T, s *secure, _ string) {
		c := s.dial(t)
		defer c.Close()
		value := strings.Repeat("0123456789abcdef", 1<<17)
		for _, n := range []int{0, 1, 100, 1300, 16383, 16384, 16385, 32767, 32768, 65535, 70_000, 262_144, 1 << 20, 2 << 20} {
			want := fmt.Sprintf("$%d\r\n%s\r\n", n, value[:n])
			replies, err := c.Pipeline([]string{"SET", "k", value[:n]}, []string{"GET", "k"}, []string{"APPEND", "k", "x"}, []string{"ECHO", value[:min(n, 40_000)]})
			if err != nil || string(replies[1]) != want || string(replies[2]) != ":"+strconv.Itoa(n+1)+"\r\n" {
				t.Fatalf("%d bytes: %v", n, err)
			}
		}
	})
}

// A client that does not read is owed what it asked for, and no more; then it gets all of it, and the end.
func TestSlowReaderOverTLS(t *testing.T) {
	eachSecure(t, func(t *testing.T, s *secure, _ string) {
		c := s.dial(t)
		defer c.Close()
		value := strings.Repeat("v", 300_000)
		testkit.Must(c.Do("SET", "k", value))(t)
		const times = 60
		var asked strings.Builder
		for range times {
			asked.Write(testkit.Command("GET", "k"))
		}
		asked.Write(testkit.Command("QUIT"))
		if err := c.Send([]byte(asked.String())); err != nil {
			t.Fatal(err)
		}
		testkit.AwaitCount(t, s.Addr(), "total_net_output_bytes", 300_000)
		got, err := io.ReadAll(c.Conn)
		if want := times*(len(value)+len("$300000\r\n\r\n")) + len("+OK\r\n"); err != nil || len(got) != want {
			t.Errorf("%d bytes and %v, want %d and the end", len(got), err, want)
		}
	})
}

// Who says that nothing follows still gets what it is owed.
func TestHalfCloseOverTLS(t *testing.T) {
	eachSecure(t, func(t *testing.T, s *secure, _ string) {
		for range 20 {
			c := testkit.Must(s.shake())(t)
			if _, err := c.Write(append(testkit.Command("EVAL", "local n = 0 for i = 1, 100000 do n = n + i end return n", "0"), testkit.Command("PING")...)); err != nil {
				t.Fatal(err)
			}
			_ = c.CloseWrite()
			if got, err := io.ReadAll(c); err != nil || string(got) != ":5000050000\r\n+PONG\r\n" {
				t.Fatalf("%q, %v", got, err)
			}
			_ = c.Close()
		}
	})
}

// A peer that ends first is told by TLS that nothing follows, whether it was owed something or not.
func TestGoodbyeOverTLS(t *testing.T) {
	eachSecure(t, func(t *testing.T, s *secure, _ string) {
		for _, command := range [][]byte{testkit.Command("PING"), nil} {
			c := testkit.Must(s.shake())(t)
			testkit.Must(c.Write(testkit.Command("PING")))(t)
			testkit.Must(io.ReadFull(c, make([]byte, len("+PONG\r\n"))))(t) // and the tickets before it
			testkit.Must(c.Write(command))(t)
			_ = c.CloseWrite()
			last := testkit.Must(io.ReadAll(c.NetConn()))(t)
			if want := []byte("\x17\x03\x03\x00\x13"); len(last) < 24 || !bytes.HasPrefix(last[len(last)-24:], want) {
				t.Errorf("the last bytes are %x", last)
			}
			_ = c.Close()
		}
	})
}

// Whoever does not speak TLS, or not well, or shows the wrong certificate, is turned away, and nobody else notices.
func TestWrongOverTLS(t *testing.T) {
	s := startSecure(t)
	other := testkit.NewAuthority(t)
	stays := s.dial(t)
	defer stays.Close()
	for name, change := range map[string]func(*tls.Config){
		"no certificate":       func(c *tls.Config) { c.Certificates = nil },
		"one of somebody else": func(c *tls.Config) { c.Certificates = []tls.Certificate{other.Issue("client").TLS} },
		"one that has expired": func(c *tls.Config) {
			c.Certificates = []tls.Certificate{s.Issue("old", testkit.From(-48*time.Hour)).TLS}
		},
		"TLS 1.1": func(c *tls.Config) { c.MinVersion, c.MaxVersion = tls.VersionTLS11, tls.VersionTLS11 },
		"no common application": func(c *tls.Config) {
			c.MaxVersion = tls.VersionTLS12
			c.CipherSuites = []uint16{tls.TLS_RSA_WITH_AES_128_CBC_SHA}
		},
	} {
		c, err := s.shake(change)
		if err == nil { // in TLS 1.3 the client is told behind its own part
			_, _ = c.Write(testkit.Command("SET", "intruder", "1"))
			if _, err = io.ReadAll(c); err == nil {
				t.Errorf("%s: no error", name)
			}
			_ = c.Close()
		}
	}
	for _, said := range []string{"PING\r\n", "*1\r\n$4\r\nPING\r\n", "GET / HTTP/1.1\r\nHost: x\r\n\r\n", "\x16\x03\x01\x02\x00\x01", "\x16\x03\x01\xff\xff" + strings.Repeat("x", 70_000), strings.Repeat("\x00", 5000), ""} {
		nc := testkit.Must(net.Dial("tcp", s.door))(t)
		_, _ = nc.Write([]byte(said))
		_ = nc.(*net.TCPConn).CloseWrite()
		_ = nc.SetReadDeadline(time.Now().Add(time.Minute))
		got, err := io.ReadAll(nc)
		if errors.Is(err, os.ErrDeadlineExceeded) || strings.Contains(string(got), "PONG") {
			t.Errorf("%.20q: %q, %v", said, got, err)
		}
		_ = nc.Close()
	}
	if got := testkit.Must(stays.Do("EXISTS", "intruder"))(t); string(got) != ":0\r\n" {
		t.Errorf("somebody came in: %q", got)
	}
	testkit.Await(t, s.Addr(), "tls_handshakes_under_way", "0")
	testkit.Await(t, s.Addr(), "connected_clients", "2")
}

var _ = Describe("a server with TLS", func() {
	var s *secure
	var c *testkit.Client
	BeforeEach(func() {
		s = startSecure(GinkgoTB())
		c = testkit.MustDial(GinkgoTB(), s.Addr())
		DeferCleanup(c.Close)
	})
	do := func(args ...string) string { return string(testkit.Must(c.Do(args...))(GinkgoTB())) }
	const refused = "Unable to update TLS configuration. Check server logs.\r\n"

	It("is used by go-redis", func() {
		ctx := context.Background()
		db := redis.NewClient(&redis.Options{Addr: s.door, TLSConfig: s.Client(s.client)})
		defer db.Close()
		Expect(db.Set(ctx, "k", "v", time.Hour).Err()).To(Succeed())
		var got []*redis.StringCmd
		_, err := db.Pipelined(ctx, func(p redis.Pipeliner) error {
			for range 500 {
				got = append(got, p.Get(ctx, "k"))
			}
			return nil
		})
		Expect(err).NotTo(HaveOccurred())
		for _, one := range got {
			Expect(one.Val()).To(Equal("v"))
		}
		sub := db.Subscribe(ctx, "news")
		defer sub.Close()
		Expect(sub.Receive(ctx)).Error().NotTo(HaveOccurred())
		Expect(db.Publish(ctx, "news", "hello").Val()).To(Equal(int64(1)))
		Expect(sub.ReceiveMessage(ctx)).To(HaveField("Payload", "hello"))
	})

	It("asks for certificates as it is told", func() {
		bare := func(c *tls.Config) { c.Certificates = nil }
		ping := func() error {
			conn, err := s.shake(bare)
			if err != nil {
				return err
			}
			defer conn.Close()
			_, err = testkit.Over(conn).Do("PING")
			return err
		}
		Expect(ping()).NotTo(Succeed())
		for _, mode := range []string{"no", "optional"} {
			Expect(do("CONFIG", "SET", "tls-auth-clients", mode)).To(Equal("+OK\r\n"))
			Expect(ping()).To(Succeed())
		}
		Expect(do("CONFIG", "SET", "tls-auth-clients", "yes")).To(Equal("+OK\r\n"))
		Expect(ping()).NotTo(Succeed())
	})

	It("lets a certificate stand for the password", func() {
		Expect(do("CONFIG", "SET", "requirepass", "secret")).To(Equal("+OK\r\n"))
		as := func(cert testkit.Certificate) string {
			one := s.dial(GinkgoTB(), func(c *tls.Config) { c.Certificates = []tls.Certificate{cert.TLS} })
			defer one.Close()
			return string(testkit.Must(one.Do("PING"))(GinkgoTB()))
		}
		named, listed := s.Issue("default"), s.Issue("listed", testkit.URIs("spiffe://x/nobody", "default"))
		Expect(as(named)).To(HavePrefix("-NOAUTH"))
		Expect(do("CONFIG", "SET", "tls-auth-clients-user", "CN")).To(Equal("+OK\r\n"))
		Expect(as(named)).To(Equal("+PONG\r\n"))
		Expect(as(listed)).To(HavePrefix("-NOAUTH"))
		Expect(do("CONFIG", "SET", "tls-auth-clients-user", "URI")).To(Equal("+OK\r\n"))
		Expect(as(listed)).To(Equal("+PONG\r\n"))
		Expect(as(named)).To(HavePrefix("-NOAUTH"))
		Expect(do("ACL", "SETUSER", "reader", "on", "+get", "~*")).To(Equal("+OK\r\n"))
		Expect(as(s.Issue("r", testkit.URIs("reader")))).To(HavePrefix("-NOPERM User reader has no permissions to run the 'ping' command"))
		Expect(do("ACL", "SETUSER", "reader", "off")).To(Equal("+OK\r\n"))
		Expect(as(s.Issue("r", testkit.URIs("reader")))).To(HavePrefix("-NOAUTH"))
		Expect(do("ACL", "SETUSER", "bob", "on", ">x", "+echo")).To(Equal("+OK\r\n"))
		Expect(do("ACL", "LOG", "RESET")).To(Equal("+OK\r\n"))
		Expect(do("CONFIG", "SET", "tls-auth-clients-user", "CN")).To(Equal("+OK\r\n"))
		Expect(as(s.Issue("bob"))).To(Equal("-NOPERM User bob has no permissions to run the 'ping' command\r\n"))
		Expect(as(s.Issue("carl"))).To(HavePrefix("-NOAUTH"))
		Expect(do("ACL", "LOG")).To(SatisfyAll(ContainSubstring("\r\ntls-cert\r\n"), ContainSubstring("\r\ncarl\r\n")))
		Expect(do("INFO", "stats")).To(ContainSubstring("\r\nacl_access_denied_tls_cert:3\r\n"))
	})

	It("resumes sessions for as long as it is told, and not after a change of certificates", func() {
		cache := tls.NewLRUClientSessionCache(8)
		resumed := func() bool {
			conn := testkit.Must(s.shake(func(c *tls.Config) { c.ClientSessionCache = cache }))(GinkgoTB())
			defer conn.Close()
			testkit.Must(testkit.Over(conn).Do("PING"))(GinkgoTB())
			return conn.ConnectionState().DidResume
		}
		Expect(resumed()).To(BeFalse())
		Expect(resumed()).To(BeTrue())
		Expect(do("CONFIG", "SET", "tls-ca-cert-file", s.File)).To(Equal("+OK\r\n")) // the same, and read again
		Expect(resumed()).To(BeFalse())
		Expect(do("CONFIG", "SET", "tls-session-cache-timeout", "0")).To(Equal("+OK\r\n"))
		Expect(resumed()).To(BeFalse())
		Expect(resumed()).To(BeFalse())
		Expect(do("CONFIG", "SET", "tls-session-cache-timeout", "300", "tls-session-caching", "no")).To(Equal("+OK\r\n"))
		Expect(resumed()).To(BeFalse())
		Expect(resumed()).To(BeFalse())
	})

	It("changes nothing when a file is of no use", func() {
		old, early := s.Issue("expired", testkit.From(-48*time.Hour)), s.Issue("early", testkit.From(48*time.Hour))
		for _, bad := range [][]string{
			{"tls-cert-file", "/nowhere"}, {"tls-cert-file", s.client.Key}, {"tls-cert-file", s.client.Cert}, {"tls-key-file", s.client.Key},
			{"tls-key-file", ""}, {"tls-ca-cert-file", ""}, {"tls-ca-cert-file", "/nowhere"}, {"tls-ca-cert-dir", "/nowhere"}, {"tls-ca-cert-file", s.client.Key},
			{"tls-ca-cert-file", old.Cert}, {"tls-ca-cert-file", early.Cert}, {"tls-dh-params-file", "/nowhere"},
			{"tls-cert-file", old.Cert, "tls-key-file", old.Key}, {"tls-cert-file", early.Cert, "tls-key-file", early.Key},
			{"tls-client-cert-file", old.Cert, "tls-client-key-file", old.Key}, {"tls-protocols", "SSLv3"}, {"tls-protocols", "TLSv1.2,TLSv1.3"},
			{"tls-ciphers", "NOSUCH"}, {"tls-ciphersuites", "NOSUCH"},
		} {
			before := do(append([]string{"CONFIG", "GET"}, bad[0])...)
			Expect(do(append([]string{"CONFIG", "SET"}, bad...)...)).To(HaveSuffix("(possibly related to argument '"+bad[0]+"') - "+refused), "%q", bad)
			Expect(do("CONFIG", "GET", bad[0])).To(Equal(before))
			one := s.dial(GinkgoTB())
			Expect(one.Do("PING")).To(BeEquivalentTo("+PONG\r\n"))
			_ = one.Close()
		}
	})

	It("takes another certificate for those who come, and tells of it", func() {
		stays := s.dial(GinkgoTB())
		defer stays.Close()
		next := s.Issue("next")
		serial := func() string {
			info := do("INFO", "tls")
			_, rest, _ := strings.Cut(info, "tls_server_cert_serial:")
			return strings.SplitN(rest, "\r\n", 2)[0]
		}
		before := serial()
		Expect(do("CONFIG", "SET", "tls-cert-file", next.Cert, "tls-key-file", next.Key)).To(Equal("+OK\r\n"))
		Expect(serial()).NotTo(Equal(before))
		Expect(serial()).To(Equal("0A04"))
		conn := testkit.Must(s.shake())(GinkgoTB())
		Expect(conn.ConnectionState().PeerCertificates[0].Subject.CommonName).To(Equal("next"))
		_ = conn.Close()
		Expect(stays.Do("PING")).To(BeEquivalentTo("+PONG\r\n"))
	})

	It("reads files again that have changed", func() {
		again := s.Issue("again")
		Expect(do("CONFIG", "SET", "tls-cert-file", again.Cert, "tls-key-file", again.Key, "tls-auto-reload-interval", "1")).To(Equal("+OK\r\n"))
		Expect(os.WriteFile(again.Cert, []byte("nothing"), 0o600)).To(Succeed())
		Consistently(func() string { return do("INFO", "tls") }, "1500ms", "100ms").Should(ContainSubstring("tls_server_cert_serial:0A04"))
		s.Issue("again") // writes the same files
		Eventually(func() string { return do("INFO", "tls") }).Should(ContainSubstring("tls_server_cert_serial:0A05"))
		s.dial(GinkgoTB()).Close()
	})

	It("moves between ports with TLS and without", func() {
		port := strconv.Itoa(s.Port())
		secret := s.dial(GinkgoTB())
		defer secret.Close()
		set := func(args ...string) string {
			return string(testkit.Must(secret.Do(append([]string{"CONFIG", "SET"}, args...)...))(GinkgoTB()))
		}
		Expect(set("tls-port", port)).To(HaveSuffix("Unable to listen on this port. Check server logs.\r\n"))
		Expect(s.TLSPort()).NotTo(BeZero())
		free := testkit.Must(net.Listen("tcp", "127.0.0.1:0"))(GinkgoTB())
		want := strconv.Itoa(free.Addr().(*net.TCPAddr).Port)
		_ = free.Close()
		Expect(set("tls-port", want)).To(Equal("+OK\r\n"))
		Expect(strconv.Itoa(s.TLSPort())).To(Equal(want))
		s.door = "127.0.0.1:" + want
		one := s.dial(GinkgoTB())
		Expect(one.Do("INFO", "server")).To(ContainSubstring("listener2:name=tls,bind=127.0.0.1,port=" + want))
		_ = one.Close()
	})

	It("tells over TLS whom it turns away", func() {
		Expect(do("CONFIG", "SET", "maxclients", "1")).To(Equal("+OK\r\n"))
		_, err := s.shake()
		Expect(err).To(HaveOccurred())
		Expect(do("INFO", "stats")).To(ContainSubstring("rejected_connections:1\r\n"))
	})
})

// What is wrong with certificates keeps a server from starting.
func TestStartWithBadTLS(t *testing.T) {
	a := testkit.NewAuthority(t)
	good, old := a.Issue("good"), a.Issue("old", testkit.From(-48*time.Hour))
	for _, one := range []struct {
		says   string
		config [][2]string
	}{
		{"No tls-cert-file", [][2]string{{"tls-port", "1"}}},
		{"No tls-key-file", [][2]string{{"tls-cert-file", good.Cert}}},
		{"tls-ca-cert-file", [][2]string{{"tls-cert-file", good.Cert}, {"tls-key-file", good.Key}}},
		{"Server TLS certificate is invalid", [][2]string{{"tls-cert-file", old.Cert}, {"tls-key-file", old.Key}, {"tls-auth-clients", "no"}}},
		{"Client TLS certificate is invalid", [][2]string{{"tls-cert-file", good.Cert}, {"tls-key-file", good.Key}, {"tls-auth-clients", "no"},
			{"tls-client-cert-file", old.Cert}, {"tls-client-key-file", old.Key}}},
		{"One or more loaded CA certificates are invalid", [][2]string{{"tls-cert-file", good.Cert}, {"tls-key-file", good.Key}, {"tls-ca-cert-file", old.Cert}}},
		{"not that of the certificate", [][2]string{{"tls-cert-file", good.Cert}, {"tls-key-file", old.Key}, {"tls-auth-clients", "no"}}},
	} {
		log, err := nodetest.Refused(t, one.config...)
		if err == nil || err.Error() != "Failed to configure TLS. Check logs for more info." || !strings.Contains(log, one.says) {
			t.Errorf("%v: %v, and the log says %q", one.config, err, log)
		}
	}
}

// MIGRATE speaks TLS where the nodes of a cluster do, with whom an authority that is trusted vouches for.
func TestMigrateOverTLS(t *testing.T) {
	s := startSecure(t, [2]string{"tls-cluster", "yes"})
	cert := s.Issue("another")
	near := nodetest.StartNode(t, [2]string{"tls-cert-file", cert.Cert}, [2]string{"tls-key-file", cert.Key}, [2]string{"tls-ca-cert-file", s.File}, [2]string{"tls-cluster", "yes"})
	c := testkit.MustDial(t, near.Addr())
	c.Want(t, "+OK\r\n", "MSET", "a", "1", "b", "2", "c", "3")
	c.Want(t, "+OK\r\n", "MIGRATE", "127.0.0.1", strconv.Itoa(s.TLSPort()), "", "0", "60000", "KEYS", "a", "b")
	c.Want(t, ":1\r\n", "EXISTS", "a", "b", "c")
	s.dial(t).Want(t, "*2\r\n$1\r\n1\r\n$1\r\n2\r\n", "MGET", "a", "b")
	foreign := startSecure(t)
	for _, port := range []int{foreign.TLSPort(), foreign.Port()} {
		reply := string(testkit.Must(c.Do("MIGRATE", "127.0.0.1", strconv.Itoa(port), "c", "0", "5000"))(t))
		if !strings.HasPrefix(reply, "-IOERR ") {
			t.Error(reply)
		}
	}
	c.Want(t, "$1\r\n3\r\n", "GET", "c")
}
