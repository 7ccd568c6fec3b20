package node_test

import (
	"fmt"
	"math/rand"
	"net"
	"strconv"
	"strings"
	"sync"
	"testing"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// caching is a client that holds what it has read until it is told that it was changed.
type caching struct {
	*testkit.Client
	held map[string]string
}

// dialCaching connects one, tracking by the options.
func dialCaching(t testing.TB, addr string, options ...string) *caching {
	c := &caching{testkit.MustDial(t, addr), map[string]string{}}
	testkit.Must(c.Do("HELLO", "3"))(t)
	if got := string(testkit.Must(c.Do(append([]string{"CLIENT", "TRACKING", "ON"}, options...)...))(t)); got != "+OK\r\n" {
		t.Fatal(got)
	}
	return c
}

// told takes a message about changed keys in; false: b is another reply.
func (c *caching) told(b []byte) bool {
	words := strings.Split(string(b), "\r\n")
	if words[0] != ">2" || words[2] != "invalidate" {
		return false
	}
	if words[3] == "_" {
		clear(c.held)
	}
	for i := 5; i < len(words); i += 2 {
		delete(c.held, words[i])
	}
	return true
}

// ask sends a command and returns its reply, and the messages that came before it.
func (c *caching) ask(args ...string) (reply string, pushed []string, err error) {
	if err := c.Send(testkit.Command(args...)); err != nil {
		return "", nil, err
	}
	for {
		b, err := c.Read()
		if err != nil {
			return "", nil, err
		}
		if b[0] != '>' {
			return string(b), pushed, nil
		}
		c.told(b)
		pushed = append(pushed, string(b))
	}
}

// read gets a key, by one of several ways, and holds it.
func (c *caching) read(r *rand.Rand, key string) error {
	var reply string
	var err error
	switch r.Intn(4) {
	case 0:
		reply, _, err = c.ask("EVAL", "return redis.call('GET', KEYS[1])", "1", key)
	case 1:
		if _, _, err = c.ask("MULTI"); err == nil {
			_, _, _ = c.ask("GET", key)
			reply, _, err = c.ask("EXEC")
			reply = strings.TrimPrefix(reply, "*1\r\n")
		}
	case 2:
		reply, _, err = c.ask("MGET", key)
		reply = strings.TrimPrefix(reply, "*1\r\n")
	default:
		reply, _, err = c.ask("GET", key)
	}
	if err == nil {
		c.held[key] = reply
	}
	return err
}

// alter changes a key, by one of many ways.
func alter(r *rand.Rand, key, other string) [][]string {
	n := strconv.Itoa(r.Intn(1000))
	switch r.Intn(16) {
	case 0:
		return [][]string{{"DEL", key}}
	case 1:
		return [][]string{{"SET", key, n, "PX", strconv.Itoa(1 + r.Intn(20))}}
	case 2:
		return [][]string{{"EVAL", "redis.call('SET', KEYS[1], ARGV[1])", "1", key, n}}
	case 3:
		return [][]string{{"EVAL", "redis.call('SET', ARGV[2], ARGV[1])", "0", n, key}} // which it did not declare
	case 4:
		return [][]string{{"MULTI"}, {"SET", key, n}, {"APPEND", other, "x"}, {"EXEC"}}
	case 5:
		return [][]string{{"RENAME", key, other}}
	case 6:
		return [][]string{{"MSET", key, n, other, n}}
	case 7:
		return [][]string{{"GETDEL", key}}
	case 8:
		return [][]string{{"COPY", key, other, "REPLACE"}}
	case 9:
		return [][]string{{"SETRANGE", key, "3", n}}
	case 10:
		if r.Intn(20) == 0 {
			return [][]string{{"FLUSHALL"}}
		}
		fallthrough
	default:
		return [][]string{{"SET", key, n}}
	}
}

// What clients hold is true, or they have been told that it is not: nothing that changes a key is missed, whatever changes it, and no
// message comes before the reply that it makes untrue.
func TestCachesAreTrue(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		const keys, rounds = 30, 250
		key := func(r *rand.Rand) string { return "key:" + strconv.Itoa(r.Intn(keys)) }
		var all []*caching
		var everybody sync.WaitGroup
		for i := range 4 {
			c := dialCaching(t, addr)
			all = append(all, c)
			everybody.Go(func() {
				r := rand.New(rand.NewSource(testkit.Seed() + int64(i)))
				for range rounds {
					if err := c.read(r, key(r)); err != nil {
						t.Error(err)
						return
					}
					if r.Intn(4) == 0 { // it changes keys itself, too
						for _, cmd := range alter(r, key(r), key(r)) {
							if _, _, err := c.ask(cmd...); err != nil {
								t.Error(err)
								return
							}
						}
					}
				}
			})
		}
		for i := range 2 {
			c := testkit.MustDial(t, addr)
			everybody.Go(func() {
				r := rand.New(rand.NewSource(testkit.Seed() + int64(100+i)))
				for range 2 * rounds {
					if _, err := c.Pipeline(alter(r, key(r), key(r))...); err != nil {
						t.Error(err)
						return
					}
				}
			})
		}
		everybody.Wait()
		plain := testkit.MustDial(t, addr)
		for i := range keys { // what is overdue goes
			testkit.Must(plain.Do("PERSIST", "key:"+strconv.Itoa(i)))(t)
		}
		for i, c := range all {
			if _, _, err := c.ask("PING"); err != nil {
				t.Fatal(err)
			}
			for name, held := range c.held {
				now := string(testkit.Must(plain.Do("GET", name))(t))
				if now == "$-1\r\n" {
					now = "_\r\n"
				}
				if held != now {
					t.Errorf("client %d holds %q of %s, which is %q", i, held, name, now)
				}
			}
		}
	})
}

// The same commands bring the same messages as the reference's.
func TestInvalidationsLikeReference(t *testing.T) {
	reference := testkit.Redis(t)
	for _, options := range [][]string{nil, {"NOLOOP"}, {"BCAST"}, {"BCAST", "NOLOOP"}, {"BCAST", "PREFIX", "k:1", "PREFIX", "k:2"}, {"OPTIN"}, {"OPTOUT"}} {
		nodetest.EachMode(t, func(t *testing.T, addr string) {
			r := rand.New(rand.NewSource(testkit.Seed()))
			ours, theirs := dialCaching(t, addr, options...), dialCaching(t, reference, options...)
			defer ours.Close()
			defer theirs.Close()
			other, their := testkit.MustDial(t, addr), testkit.MustDial(t, reference)
			defer other.Close()
			defer their.Close()
			testkit.Must(their.Do("FLUSHALL"))(t)
			testkit.Must(other.Do("FLUSHALL"))(t)
			var past []string
			both := func(args ...string) {
				past = append(past, strings.Join(args, " "))
				have, pushed, err1 := ours.ask(args...)
				want, wanted, err2 := theirs.ask(args...)
				if err1 != nil || err2 != nil || have != want || fmt.Sprint(pushed) != fmt.Sprint(wanted) {
					t.Fatalf("%v, %q: %q %q (%v), want %q %q (%v)", options, past[max(0, len(past)-12):], have, pushed, err1, want, wanted, err2)
				}
			}
			key := func() string { return "k:" + strconv.Itoa(r.Intn(30)) }
			for range 300 {
				switch r.Intn(6) {
				case 0, 1:
					both("GET", key())
				case 2:
					if len(options) > 0 && strings.HasPrefix(options[0], "OPT") {
						both("CLIENT", "CACHING", map[string]string{"OPTIN": "YES", "OPTOUT": "NO"}[options[0]])
					}
					both("MGET", key(), key())
				case 3:
					for _, cmd := range plainChange(r, key(), key()) {
						both(cmd...)
					}
				default:
					for _, cmd := range plainChange(r, key(), key()) {
						past = append(past, "other: "+strings.Join(cmd, " "))
						have, want := testkit.Must(other.Do(cmd...))(t), testkit.Must(their.Do(cmd...))(t)
						if string(have) != string(want) {
							t.Fatalf("%q: %q, want %q", cmd, have, want)
						}
						both("PING") // what has come for it comes before
					}
				}
				both("PING")
			}
		}, [2]string{"save", ""})
	}
}

// plainChange is alter without what depends on time.
func plainChange(r *rand.Rand, key, other string) [][]string {
	for {
		if list := alter(r, key, other); !strings.Contains(fmt.Sprint(list), " PX ") {
			return list
		}
	}
}

var _ = nodetest.Describe("client-side caching", func(s *nodetest.Server) {
	do := func(c *testkit.Client, args ...string) string { return string(testkit.Must(c.Do(args...))(GinkgoTB())) }
	track := func(options ...string) *caching { return dialCaching(GinkgoTB(), s.Addr, options...) }
	id := func(c *testkit.Client) string { return strings.Trim(do(c, "CLIENT", "ID"), ":\r\n") }

	It("tells another connection, in either dialect, and that it is gone", func() {
		for _, proto := range []string{"2", "3"} {
			told := s.Dial()
			do(told, "HELLO", proto)
			number := id(told)
			do(told, "SUBSCRIBE", "__redis__:invalidate")
			reader := track("REDIRECT", number)
			_, _, _ = reader.ask("MGET", "a", "b")
			do(s.First(), "SET", "a", "1")
			message := map[string]string{"2": "*3\r\n$7\r\nmessage\r\n$20\r\n__redis__:invalidate\r\n", "3": ">2\r\n$10\r\ninvalidate\r\n"}[proto]
			Expect(told.Read()).To(BeEquivalentTo(message + "*1\r\n$1\r\na\r\n"))
			do(s.First(), "FLUSHALL")
			Expect(told.Read()).To(BeEquivalentTo(message + map[string]string{"2": "$-1\r\n", "3": "_\r\n"}[proto]))
			Expect(do(reader.Client, "CLIENT", "GETREDIR")).To(Equal(":" + number + "\r\n"))
			Expect(do(reader.Client, "CLIENT", "INFO")).To(And(ContainSubstring(" redir="+number+" "), ContainSubstring(" flags=t ")))

			_, _, _ = reader.ask("GET", "a")
			_ = told.Close()
			Eventually(func() string { return do(s.First(), "CLIENT", "LIST", "ID", number) }).Should(Equal("$0\r\n\r\n"))
			do(s.First(), "SET", "a", "2")
			_, pushed, err := reader.ask("PING")
			Expect(err).NotTo(HaveOccurred())
			Expect(pushed).To(Equal([]string{">2\r\n$21\r\ntracking-redir-broken\r\n:" + number + "\r\n"}))
			Expect(do(reader.Client, "CLIENT", "INFO")).To(ContainSubstring(" flags=tR "))
			Expect(do(reader.Client, "CLIENT", "TRACKING", "ON", "REDIRECT", number)).To(Equal("-ERR The client ID you want redirect to does not exist\r\n"))
		}
	})

	It("forgets keys when there are too many, and says so", func() {
		do(s.First(), "CONFIG", "SET", "tracking-table-max-keys", "50")
		reader := track()
		for i := range 500 {
			Expect(reader.ask("GET", fmt.Sprint("k", i))).Error().NotTo(HaveOccurred())
			reader.held[fmt.Sprint("k", i)] = ""
		}
		testkit.AwaitAtMost(GinkgoTB(), s.Addr, "tracking_total_keys", 50)
		Expect(reader.ask("PING")).Error().NotTo(HaveOccurred())
		left := len(reader.held)
		Expect(left).To(BeNumerically("<=", 50))
		testkit.Await(GinkgoTB(), s.Addr, "tracking_total_keys", strconv.Itoa(left))
		testkit.Await(GinkgoTB(), s.Addr, "tracking_total_items", strconv.Itoa(left))
		do(s.First(), "CONFIG", "SET", "tracking-table-max-keys", "1")
		testkit.Await(GinkgoTB(), s.Addr, "tracking_total_keys", "1") // whether or not anybody reads
		do(s.First(), "FLUSHDB")
		testkit.Await(GinkgoTB(), s.Addr, "tracking_total_items", "0")
	})

	It("tells who wants to hear nothing of its own changes of all others", func() {
		const k = ">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n"
		reader := track("NOLOOP")
		for _, read := range [][][]string{
			{{"GET", "k"}, {"MULTI"}, {"SET", "k", "1"}, {"GET", "k"}, {"EXEC"}}, // what it reads behind its own change it holds
			{{"SET", "k", "1"}, {"GET", "k"}},
			{{"MULTI"}, {"GET", "k"}, {"EXEC"}},
		} {
			for _, args := range read {
				_, pushed, err := reader.ask(args...)
				Expect(err).NotTo(HaveOccurred())
				Expect(pushed).To(BeEmpty(), strings.Join(args, " "))
			}
			do(s.First(), "SET", "k", "2")
			Expect(reader.Read()).To(BeEquivalentTo(k))
		}
	})

	It("tells of its own changes whoever reads too much behind them to be remembered", func() {
		reader := track("NOLOOP")
		_, _, _ = reader.ask("GET", "k")
		reply, pushed, err := reader.ask("EVAL", "redis.call('SET', 'k', '1') for i = 1, 2000 do redis.call('GET', 'other' .. i) end return redis.call('GET', 'k')", "0")
		Expect(err).NotTo(HaveOccurred())
		Expect(reply).To(Equal("$1\r\n1\r\n"))
		if len(pushed) == 0 { // it stands behind the reply
			Expect(reader.Read()).To(BeEquivalentTo(">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n"))
		}
	})

	It("counts names", func() {
		long := strings.Repeat("x", 1<<20)
		number := func(text string) int { return testkit.Must(strconv.Atoi(text))(GinkgoTB()) }
		used := func() int { return number(testkit.InfoField(s.Do("INFO", "memory"), "used_memory")) }
		reader, before := track(), used()
		_, _, _ = reader.ask("GET", long)
		Expect(used() - before).To(BeNumerically(">=", 1<<20))
		do(s.First(), "SET", long, "1")
		do(s.First(), "DEL", long)
		Expect(reader.Read()).To(HaveLen(len(long) + len(">2\r\n$10\r\ninvalidate\r\n*1\r\n$1048576\r\n\r\n")))
		Eventually(func() int { return used() - before }).Should(BeNumerically("<", 1<<19))
	})

	It("tells everybody that all keys are gone when they are read anew", func() {
		reader, gone := track(), ">2\r\n$10\r\ninvalidate\r\n_\r\n"
		for _, by := range []*testkit.Client{s.First(), reader.Client} {
			_, _, _ = reader.ask("GET", "a")
			Expect(do(by, "DEBUG", "RELOAD")).To(Equal("+OK\r\n"))
			Expect(reader.Read()).To(BeEquivalentTo(gone))
		}
	})

	It("leaves nothing behind", func() {
		prefixed, reader := track("BCAST", "PREFIX", "a:", "PREFIX", "b:"), track("OPTIN")
		testkit.Await(GinkgoTB(), s.Addr, "tracking_clients", "2")
		testkit.Await(GinkgoTB(), s.Addr, "tracking_total_prefixes", "2")
		Expect(do(prefixed.Client, "CLIENT", "TRACKINGINFO")).To(ContainSubstring("prefixes\r\n*2\r\n$2\r\na:\r\n$2\r\nb:\r\n"))
		Expect(do(prefixed.Client, "RESET")).To(Equal("+RESET\r\n"))
		testkit.Await(GinkgoTB(), s.Addr, "tracking_total_prefixes", "0")
		_ = reader.Close()
		testkit.Await(GinkgoTB(), s.Addr, "tracking_clients", "0")
	})

	It("is as prompt when nobody but the writer does anything", func() {
		reader := track()
		_, _, _ = reader.ask("GET", "k")
		do(s.First(), "SET", "k", "1")
		Expect(reader.Read()).To(BeEquivalentTo(">2\r\n$10\r\ninvalidate\r\n*1\r\n$1\r\nk\r\n"))
	})
})

// A client that never reads costs what its limit says.
func TestTrackerThatDoesNotRead(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		c, other := dialCaching(t, addr), testkit.MustDial(t, addr)
		testkit.Must(other.Do("CONFIG", "SET", "client-output-buffer-limit", "normal 1mb 0 0"))(t)
		_ = c.Conn.(*net.TCPConn).SetReadBuffer(4 << 10) // or the system holds most of it
		const keys = 20_000
		key := func(i int) string { return "key:" + strconv.Itoa(i) + strings.Repeat("x", 500) }
		each := func(c *testkit.Client, args ...string) {
			for from := 0; from < keys; from += 100 {
				var batch [][]string
				for i := range 100 {
					batch = append(batch, append([]string{args[0], key(from + i)}, args[1:]...))
				}
				testkit.Must(c.Pipeline(batch...))(t)
			}
		}
		each(c.Client, "EXISTS")
		testkit.Await(t, addr, "tracking_total_keys", strconv.Itoa(keys))
		each(other, "SET", "1")
		testkit.Await(t, addr, "tracking_clients", "0")
		testkit.Await(t, addr, "tracking_total_keys", "0")
	})
}
