package commands_test

import (
	"io"
	"regexp"
	"strings"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// conversations are what clients send in one piece, a command a line, and all that they get.
var conversations = []struct{ about, sent, got string }{
	{"messages before the end of their subscription", "HELLO 3|SUBSCRIBE c|PUBLISH c m|UNSUBSCRIBE c|PUBLISH c n|PING",
		`>3 $9 subscribe $1 c :1 :1 >3 $7 message $1 c $1 m >3 $11 unsubscribe $1 c :0 :0 +PONG `},
	{"messages of channels and patterns before the next reply", "HELLO 3|PSUBSCRIBE c*|SUBSCRIBE c|PUBLISH c m|PUNSUBSCRIBE c*|PUBLISH c n|RESET|PING",
		`>3 $10 psubscribe $2 c* :1 >3 $9 subscribe $1 c :2 :2 >3 $7 message $1 c $1 m >4 $8 pmessage $2 c* $1 c $1 m ` +
			`>3 $12 punsubscribe $2 c* :1 :1 >3 $7 message $1 c $1 n +RESET +PONG `},
	{"messages of a transaction behind its reply, also when it unsubscribes", "HELLO 3|SUBSCRIBE c|MULTI|PUBLISH c m|UNSUBSCRIBE c|PING|EXEC|PING",
		`>3 $9 subscribe $1 c :1 +OK +QUEUED +QUEUED +QUEUED *3 :1 >3 $11 unsubscribe $1 c :0 +PONG >3 $7 message $1 c $1 m +PONG `},
	{"messages of a script behind its reply", "HELLO 3|SUBSCRIBE c|EVAL \"return{redis.call('publish','c','m'),redis.call('publish','c','n')}\" 0|UNSUBSCRIBE c|PING",
		`>3 $9 subscribe $1 c :1 *2 :1 :1 >3 $7 message $1 c $1 m >3 $7 message $1 c $1 n >3 $11 unsubscribe $1 c :0 +PONG `},
	{"messages in silence", "HELLO 3|SUBSCRIBE c|CLIENT REPLY OFF|PUBLISH c m|SUBSCRIBE d|PING|CLIENT REPLY ON",
		`>3 $9 subscribe $1 c :1 >3 $7 message $1 c $1 m >3 $9 subscribe $1 d :2 +OK `},
	{"RESET in silence", "CLIENT REPLY SKIP|RESET|PING|CLIENT REPLY OFF|PING|RESET|PING|CLIENT REPLY OFF|QUIT|SET pwned 1", `+PONG +RESET +PONG `},
	{"commands to their monitor, but not in silence", "MONITOR|CLIENT REPLY OFF|PING|CLIENT REPLY ON|PING",
		`+OK +OK +T [0] "CLIENT" "REPLY" "ON" +PONG +T [0] "PING" `},
	{"in silence when it breaks the protocol, too", "PING|CLIENT REPLY OFF|*1|foo|PING", `+PONG `},
	{"in silence for once when it breaks the protocol", "PING|CLIENT REPLY SKIP|*1|foo|PING", `+PONG `},
	{"what it has broken", "CLIENT REPLY OFF|CLIENT REPLY ON|*1|foo|PING", `+OK -ERR Protocol error: expected '$', got 'f' `},
	{"late when DEBUG has no such subcommand", "DEBUG FOO|MULTI|DEBUG FOO|DEBUG SLEEP|DEBUG SLEEP 0 0|EXEC|MULTI|DEBUG|EXEC",
		`-ERR unknown subcommand or wrong number of arguments for 'FOO'. Try DEBUG HELP. +OK +QUEUED +QUEUED +QUEUED *3 ` +
			`-ERR unknown subcommand or wrong number of arguments for 'FOO'. Try DEBUG HELP. ` +
			`-ERR unknown subcommand or wrong number of arguments for 'SLEEP'. Try DEBUG HELP. ` +
			`-ERR unknown subcommand or wrong number of arguments for 'SLEEP'. Try DEBUG HELP. +OK ` +
			`-ERR wrong number of arguments for 'debug' command -EXECABORT Transaction discarded because of previous errors. `},
	{"the end of subscriptions that are none", "UNSUBSCRIBE|PUNSUBSCRIBE|UNSUBSCRIBE x y|MULTI|UNSUBSCRIBE|PUNSUBSCRIBE p|EXEC",
		`*3 $11 unsubscribe $-1 :0 *3 $12 punsubscribe $-1 :0 *3 $11 unsubscribe $1 x :0 *3 $11 unsubscribe $1 y :0 +OK +QUEUED +QUEUED ` +
			`*2 *3 $11 unsubscribe $-1 :0 *3 $12 punsubscribe $1 p :0 `},
	{"transactions that queue everything", "MULTI|SET a 1|SLOWLOG RESET|LATENCY RESET|COMMANDLOG RESET slow|EXEC",
		`+OK +QUEUED +QUEUED +QUEUED +QUEUED *4 +OK +OK :0 +OK `},
	{"what may not be queued", "MULTI|CLIENT REPLY SKIP|MULTI|WATCH x|GET a|EXEC|PING",
		`+OK -ERR Command 'client|reply' not allowed inside a transaction -ERR Command 'multi' not allowed inside a transaction ` +
			`-ERR Command 'watch' not allowed inside a transaction +QUEUED -EXECABORT Transaction discarded because of previous errors. +PONG `},
	{"what ends a transaction", "MULTI|DISCARD|MULTI|RESET|EXEC|DISCARD|MULTI|QUIT|PING", `+OK +OK +OK +RESET -ERR EXEC without MULTI -ERR DISCARD without MULTI +OK +OK `},
	{"what a subscriber may send", "SUBSCRIBE c|GET x|MULTI|PING|PSUBSCRIBE p|UNSUBSCRIBE x|QUIT",
		`*3 $9 subscribe $1 c :1 -ERR Can't execute 'get': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context ` +
			`-ERR Can't execute 'multi': only (P|S)SUBSCRIBE / (P|S)UNSUBSCRIBE / PING / QUIT / RESET are allowed in this context ` +
			`*2 $4 pong $0  *3 $10 psubscribe $1 p :2 *3 $11 unsubscribe $1 x :2 +OK `},
	{"commands to their monitor, each behind its reply", "MONITOR|GET a|SELECT 3|PING|MULTI|SET a b|EXEC|PUBLISH a b",
		`+OK -ERR Replica can't interact with the keyspace +OK +T [3] "SELECT" "3" +PONG +T [3] "PING" +OK +T [3] "MULTI" ` +
			`-ERR Replica can't interact with the keyspace -EXECABORT Transaction discarded because of previous errors. +T [3] "EXEC" ` +
			`-ERR Replica can't interact with the keyspace `},
	{"what it notes for replicas", "READONLY|READWRITE|MULTI|READONLY|EXEC|RESET|READONLY x",
		`+OK +OK +OK +QUEUED *1 +OK +RESET -ERR wrong number of arguments for 'readonly' command `},
	{"HTTP", "PING|POST / HTTP/1.1|Host: x||SET pwned 1", ``},
	{"HTTP from its second line on", "hOsT: x||SET pwned 1", ``},
}

var (
	greeting = regexp.MustCompile(`(?s)%7 \$6 server .*? \$7 modules \*0 `)
	monitor  = regexp.MustCompile(`\+\d+\.\d{6} \[(\d+) [0-9.:]+\]`)
)

var _ = nodetest.Describe("a connection", func(s *nodetest.Server) {
	for _, c := range conversations {
		It("is answered "+c.about, func() {
			client := s.Dial()
			Expect(client.Send([]byte(strings.ReplaceAll(c.sent, "|", "\r\n") + "\r\n"))).To(Succeed())
			if strings.HasPrefix(c.sent, "HELLO") || strings.HasPrefix(c.sent, "MONITOR") { // its end does not come by itself
				Expect(client.Send([]byte("QUIT\r\n"))).To(Succeed())
				c.got += "+OK "
			}
			if c.got == "" {
				c.got = "closed"
			}
			Expect(client.Conn.(interface{ CloseWrite() error }).CloseWrite()).To(Succeed())
			Expect(client.Conn.SetReadDeadline(time.Now().Add(time.Minute))).To(Succeed())
			all, err := io.ReadAll(client.Conn)
			got := strings.ReplaceAll(string(all), "\r\n", " ")
			got = monitor.ReplaceAllString(greeting.ReplaceAllString(got, ""), "+T [$1]")
			if got == "" {
				got = "closed"
			} else {
				Expect(err).NotTo(HaveOccurred())
			}
			Expect(got).To(Equal(c.got))
			s.Want("$-1\r\n", "GET", "pwned")
		})
	}

	It("goes on in step after a pause", func() {
		t := GinkgoTB()
		for _, word := range []string{"SKIP", "OFF"} {
			c := s.Dial()
			s.Want("+OK\r\n", "SET", "c", "2")
			s.Want("+OK\r\n", "CLIENT", "PAUSE", "100000", "WRITE")
			Expect(c.Send([]byte("CLIENT REPLY " + word + "\r\nINCR c\r\nCLIENT REPLY ON\r\nPING\r\n"))).To(Succeed())
			testkit.Await(t, s.Addr, "blocked_clients", "1")
			s.Want("+OK\r\n", "CLIENT", "UNPAUSE")
			Expect(read(c)).To(Equal("+OK\r\n"), word)
			Expect(read(c)).To(Equal("+PONG\r\n"), word)
			s.Want("$1\r\n3\r\n", "GET", "c")
		}
	})

	It("keeps the silence that it asked for when its wait ends otherwise", func() {
		c := s.Dial()
		Expect(c.Send([]byte("CLIENT REPLY SKIP\r\nBLPOP l 0\r\nPING\r\n"))).To(Succeed())
		testkit.Await(GinkgoTB(), s.Addr, "blocked_clients", "1")
		list := s.Do("CLIENT", "LIST")
		id := regexp.MustCompile(`id=(\d+) [^\n]* cmd=blpop`).FindStringSubmatch(list)[1]
		s.Want(":1\r\n", "CLIENT", "UNBLOCK", id, "ERROR")
		Expect(read(c)).To(Equal("+PONG\r\n"))
	})
})
