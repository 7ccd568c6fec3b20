package node_test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	. "github.com/onsi/ginkgo/v2"
	. "github.com/onsi/gomega"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// as is a connection of a user.
func as(s *nodetest.Server, user string, words ...string) *testkit.Client {
	GinkgoHelper()
	c := s.Dial()
	c.Want(GinkgoTB(), ok, append([]string{"AUTH", user}, append(words, "x")[0])...)
	return c
}

// ends waits until the server has closed a connection.
func ends(c *testkit.Client) {
	GinkgoHelper()
	Expect(c.Conn.SetReadDeadline(time.Now().Add(time.Minute))).To(Succeed())
	for {
		if _, err := c.Read(); err != nil {
			Expect(err.Error()).NotTo(ContainSubstring("timeout"))
			return
		}
	}
}

var _ = nodetest.Describe("users", func(s *nodetest.Server) {
	want := func(c *testkit.Client, reply string, args ...string) {
		GinkgoHelper()
		c.Want(GinkgoTB(), reply, args...)
	}

	It("may have rules on commands that are not built yet, which nobody runs", func() {
		later := map[string]string{"sync": "", "psync": " ? -1", "replconf": " ack 1", "replicaof": " no one", "slaveof": " no one", "failover": "",
			"module|load": " x", "module|loadex": " x", "module|unload": " x", "script|debug": " no", "function|kill": "", "function|stats": ""}
		scripting := s.Do("ACL", "CAT", "scripting")
		admin := s.Do("ACL", "CAT", "admin")
		for name, more := range later {
			container, sub, is := strings.Cut(name, "|")
			words := strings.Fields(strings.ReplaceAll(name, "|", " ") + more)
			dryRun := append([]string{"ACL", "DRYRUN", "carl"}, words...)
			refused := "User carl has no permissions to run the '" + name + "' command"
			refused = "$" + strconv.Itoa(len(refused)) + "\r\n" + refused + "\r\n"
			s.Want(ok, "ACL", "SETUSER", "carl", "reset", "+"+strings.ToUpper(name))
			Expect(s.Do("ACL", "GETUSER", "carl")).To(ContainSubstring("-@all +" + name + "\r\n"))
			s.Want(ok, dryRun...)
			s.Want(ok, "ACL", "SETUSER", "carl", "-"+container)
			s.Want(refused, dryRun...)
			s.Want(ok, "ACL", "SETUSER", "carl", "+"+container)
			s.Want(ok, dryRun...)
			category := "admin"
			if strings.Contains(scripting, "\n"+name+"\r") {
				category = "scripting"
			} else {
				Expect(admin).To(ContainSubstring("\n" + name + "\r"))
			}
			s.Want(ok, "ACL", "SETUSER", "carl", "+@all", "-@"+category)
			s.Want(refused, dryRun...)
			s.Want(ok, "ACL", "SETUSER", "carl", "+@all", "-"+name)
			s.Want(refused, dryRun...)
			if is {
				Expect(s.Do(words...)).To(HavePrefix("-ERR unknown subcommand '" + sub + "'. Try "))
			} else {
				Expect(s.Do(words...)).To(HavePrefix("-ERR unknown command '" + name + "'"))
			}
		}
		s.Want("-ERR wrong number of arguments for 'psync' command\r\n", "ACL", "DRYRUN", "carl", "PSYNC")
		s.Want("*1\r\n$-1\r\n", "COMMAND", "INFO", "psync")
	})

	It("may do what their rules say", func() {
		s.Want(ok, "ACL", "SETUSER", "bob", "on", ">x", "+get", "+set", "+acl|whoami", "+config|get", "+select|1", "~a*", "%R~r*", "&news")
		s.Want(ok, "SET", "r1", "v")
		bob := as(s, "bob")
		want(bob, "$3\r\nbob\r\n", "ACL", "WHOAMI")
		want(bob, ok, "SET", "a1", "v")
		want(bob, "$1\r\nv\r\n", "GET", "r1")
		want(bob, "-NOPERM No permissions to access a key\r\n", "SET", "r1", "v")
		want(bob, "-NOPERM User bob has no permissions to run the 'del' command\r\n", "DEL", "a1")
		want(bob, "-NOPERM User bob has no permissions to run the 'config|set' command\r\n", "CONFIG", "SET", "hz", "10")
		want(bob, "-NOPERM User bob has no permissions to run the 'select' command\r\n", "SELECT", "2")
		want(bob, "-ERR unknown command 'NOSUCH', with args beginning with: \r\n", "NOSUCH")
		want(bob, "-ERR wrong number of arguments for 'get' command\r\n", "GET")
		want(bob, ok, "SELECT", "1")
		want(bob, "-WRONGPASS invalid username-password pair or user is disabled.\r\n", "AUTH", "bob", "y")
		want(bob, "$3\r\nbob\r\n", "ACL", "WHOAMI")
		want(bob, "+RESET\r\n", "RESET")
		want(bob, "$7\r\ndefault\r\n", "ACL", "WHOAMI")
	})

	It("are asked once more when a transaction runs", func() {
		s.Want(ok, "ACL", "SETUSER", "bob", "on", ">x", "+@all", "~*", "&*")
		bob := as(s, "bob")
		want(bob, ok, "MULTI")
		want(bob, "+QUEUED\r\n", "SET", "a", "1")
		want(bob, "+QUEUED\r\n", "PUBLISH", "c", "m")
		want(bob, "+QUEUED\r\n", "CLIENT", "GETNAME")
		want(bob, "+QUEUED\r\n", "SET", "b", "1")
		s.Want(ok, "ACL", "SETUSER", "bob", "-client", "resetkeys", "~a", "resetchannels")
		const changed = "-NOPERM ACLs rules changed between the moment the transaction was accumulated and the EXEC call. This command is no longer allowed for the following reason: "
		want(bob, "*4\r\n"+ok+changed+"no permission to access one of the channels used as arguments\r\n"+
			changed+"no permission to execute the command or subcommand\r\n"+changed+"no permission to touch the specified keys\r\n", "EXEC")
		s.Want(":0\r\n", "EXISTS", "b")
		log := s.Do("ACL", "LOG")
		Expect(log).To(HavePrefix("*3\r\n"))
		Expect(strings.Count(log, "\r\nmulti\r\n")).To(Equal(3))
		want(bob, ok, "MULTI")
		want(bob, "-NOPERM No permissions to access a key\r\n", "SET", "b", "1")
		want(bob, "-EXECABORT Transaction discarded because of previous errors.\r\n", "EXEC")
	})

	It("are asked for each command of a script", func() {
		s.Want(ok, "ACL", "SETUSER", "bob", "on", ">x", "+eval", "+get", "~a")
		bob := as(s, "bob")
		want(bob, "$-1\r\n", "EVAL", "return redis.call('get','a')", "0")
		want(bob, "-ERR ACL failure in script: No permissions to access a key script: on @user_script:1.\r\n", "EVAL", "return redis.call('get','b')", "0")
		want(bob, "-NOPERM No permissions to access a key\r\n", "EVAL", "return redis.call('get','b')", "1", "b")
		want(bob, "$79\r\nERR ACL failure in script: User bob has no permissions to run the 'set' command\r\n", "EVAL", "return redis.pcall('set','b', 1).err", "0")
		want(bob, "*3\r\n:1\r\n$-1\r\n$-1\r\n", "EVAL", "return {redis.acl_check_cmd('get','a'), redis.acl_check_cmd('get','b'), redis.acl_check_cmd('set','a','1')}", "0")
		log := s.Do("ACL", "LOG")
		Expect(strings.Count(log, "\r\nlua\r\n")).To(Equal(2))
		Expect(log).To(ContainSubstring(" cmd=eval user=bob "))
	})

	It("are asked again when they have waited", func() {
		s.Want(ok, "ACL", "SETUSER", "bob", "on", ">x", "+@all", "~*")
		bob := as(s, "bob")
		Expect(bob.Send(testkit.Command("BLPOP", "list", "0"))).To(Succeed())
		testkit.Await(GinkgoTB(), s.Addr, "blocked_clients", "1")
		s.Want(ok, "ACL", "SETUSER", "bob", "resetkeys")
		s.Want(":1\r\n", "LPUSH", "list", "v")
		Expect(string(testkit.Must(bob.Read())(GinkgoTB()))).To(Equal("-NOPERM No permissions to access a key\r\n"))
		s.Want(":1\r\n", "LLEN", "list")
		Expect(s.Do("ACL", "LOG")).To(ContainSubstring("\r\nlist\r\n"))
		Expect(s.Do("INFO", "commandstats")).To(MatchRegexp(`cmdstat_blpop:calls=\d+,.*rejected_calls=1,`))
	})

	It("are cut off from channels that are taken away", func() {
		s.Want(ok, "ACL", "SETUSER", "bob", "on", ">x", "+@all", "~*", "&news:*", "&other")
		first, second, third := as(s, "bob"), as(s, "bob"), as(s, "bob")
		want(first, "*3\r\n$9\r\nsubscribe\r\n$6\r\nnews:1\r\n:1\r\n", "SUBSCRIBE", "news:1")
		want(second, "*3\r\n$10\r\npsubscribe\r\n$6\r\nnews:*\r\n:1\r\n", "PSUBSCRIBE", "news:*")
		want(third, "*3\r\n$9\r\nsubscribe\r\n$5\r\nother\r\n:1\r\n", "SUBSCRIBE", "other")
		want(as(s, "bob"), "-NOPERM No permissions to access a channel\r\n", "PSUBSCRIBE", "news:1")
		s.Want(ok, "ACL", "SETUSER", "bob", "&more")
		s.Want(":2\r\n", "PUBLISH", "news:1", "m") // nobody was closed
		s.Want(ok, "ACL", "SETUSER", "bob", "resetchannels", "&news:1", "&other")
		ends(second)
		s.Want(":1\r\n", "PUBLISH", "news:1", "m")
		s.Want(":1\r\n", "PUBLISH", "other", "m")
		s.Want(ok, "ACL", "SETUSER", "bob", "resetchannels", "&other")
		ends(first)
		Expect(third.Conn.Close()).To(Succeed())
	})

	It("are closed when they are removed, whatever they do", func() {
		s.Want(ok, "ACL", "SETUSER", "bob", "on", ">x", "+@all", "~*", "&*")
		idle, blocked, mine := as(s, "bob"), as(s, "bob"), as(s, "bob")
		Expect(blocked.Send(testkit.Command("BLPOP", "list", "0"))).To(Succeed())
		testkit.Await(GinkgoTB(), s.Addr, "blocked_clients", "1")
		s.Want("-ERR The 'default' user cannot be removed\r\n", "ACL", "DELUSER", "bob", "default")
		want(mine, ":1\r\n", "ACL", "DELUSER", "bob", "nobody")
		ends(idle)
		ends(blocked)
		ends(mine)
		s.Want(ok, "ACL", "SETUSER", "bob", "on", ">x")
		s.Want("*2\r\n$3\r\nbob\r\n$7\r\ndefault\r\n", "ACL", "USERS")
	})

	It("are told apart by CLIENT", func() {
		s.Want(ok, "ACL", "SETUSER", "bob", "on", ">x", "+@all", "~*", "&*")
		bob := as(s, "bob")
		Expect(s.Do("CLIENT", "LIST", "USER", "bob")).To(SatisfyAll(ContainSubstring(" user=bob "), Not(ContainSubstring(" user=default "))))
		Expect(s.Do("CLIENT", "LIST", "NOT-USER", "bob")).To(SatisfyAll(ContainSubstring(" user=default "), Not(ContainSubstring(" user=bob "))))
		s.Want("-ERR No such user 'carl'\r\n", "CLIENT", "LIST", "USER", "carl")
		s.Want(":1\r\n", "CLIENT", "KILL", "USER", "bob")
		ends(bob)
	})

	It("stay within their databases", func() {
		s.Want(ok, "ACL", "SETUSER", "bob", "on", ">x", "+@all", "~*", "db=1,2")
		bob := as(s, "bob")
		const no = "-NOPERM No permissions to access database\r\n"
		want(bob, no, "GET", "a")
		want(bob, no, "COPY", "a", "b", "DB", "1") // 9.1 would let it read what is in 0
		want(bob, no, "SELECT", "3")
		want(bob, ok, "SELECT", "1")
		want(bob, ok, "SET", "a", "v")
		want(bob, ":1\r\n", "COPY", "a", "b", "DB", "2")
		want(bob, no, "COPY", "a", "b", "REPLACE", "DB", "3") // and write to 3
		want(bob, no, "MOVE", "a", "3")
		want(bob, no, "SWAPDB", "1", "3")
		want(bob, no, "FLUSHALL")
		want(bob, ok, "MULTI")
		want(bob, "+QUEUED\r\n", "SELECT", "2")
		want(bob, "+QUEUED\r\n", "GET", "b")
		want(bob, "*2\r\n+OK\r\n$1\r\nv\r\n", "EXEC")
		Expect(s.Do("INFO", "stats")).To(ContainSubstring("acl_access_denied_db:7\r\n"))
	})

	It("cannot look at keys by SORT", func() {
		s.Want(ok, "ACL", "SETUSER", "bob", "on", ">x", "+@all", "~list", "(+sort_ro %R~*)")
		s.Want(":2\r\n", "RPUSH", "list", "2", "1")
		bob := as(s, "bob")
		want(bob, "*2\r\n$1\r\n1\r\n$1\r\n2\r\n", "SORT", "list")
		want(bob, "-ERR BY option of SORT denied due to insufficient ACL permissions.\r\n", "SORT", "list", "BY", "w*")
		want(bob, "-ERR GET option of SORT denied due to insufficient ACL permissions.\r\n", "SORT", "list", "GET", "#")
		want(bob, "*2\r\n$-1\r\n$-1\r\n", "SORT_RO", "list", "GET", "w*")
	})

	It("keep their passwords for themselves", func() {
		s.Want(ok, "CONFIG", "SET", "commandlog-execution-slower-than", "0")
		watcher := s.Dial()
		want(watcher, ok, "MONITOR")
		s.Want(ok, "ACL", "SETUSER", "bob", "on", ">hidden", "#"+strings.Repeat("ab", 32), "+@all")
		s.Want(ok, "AUTH", "bob", "hidden")
		s.Do("HELLO", "2", "AUTH", "bob", "hidden")
		s.Want("-ERR wrong number of arguments for 'acl|getuser' command\r\n", "ACL", "GETUSER")
		s.Do("ACL", "GETUSER", "bob")
		s.Want("$5\r\nhello\r\n", "ECHO", "hello")
		var seen strings.Builder
		for !strings.Contains(seen.String(), "hello") {
			seen.Write(testkit.Must(watcher.Read())(GinkgoTB()))
		}
		log := s.Do("COMMANDLOG", "GET", "-1", "slow")
		Expect(seen.String() + log).NotTo(SatisfyAny(ContainSubstring("hidden"), ContainSubstring(strings.Repeat("ab", 32)), ContainSubstring("bob\"")))
		Expect(log).To(ContainSubstring("(redacted)"))
	})

	It("answer ACL's other subcommands", func() {
		s.Want("-ERR Unknown category 'x'\r\n", "ACL", "CAT", "x")
		s.Want("-ERR unknown subcommand or wrong number of arguments for 'CAT'. Try ACL HELP.\r\n", "ACL", "CAT", "a", "b")
		Expect(s.Do("ACL", "CAT")).To(HavePrefix("*21\r\n$8\r\nkeyspace\r\n$4\r\nread\r\n"))
		Expect(s.Do("ACL", "CAT", "Scripting")).To(SatisfyAll(ContainSubstring("\r\neval\r\n"), ContainSubstring("\r\nscript|load\r\n")))
		Expect(s.Do("ACL", "GENPASS")).To(MatchRegexp(`^\$64\r\n[0-9a-f]{64}\r\n$`))
		Expect(s.Do("ACL", "GENPASS", "5")).To(MatchRegexp(`^\$2\r\n[0-9a-f]{2}\r\n$`))
		Expect(s.Do("ACL", "GENPASS", "4097")).To(HavePrefix("-ERR ACL GENPASS argument must be the number of bits"))
		s.Want("-ERR User 'bob' not found\r\n", "ACL", "DRYRUN", "bob", "GET", "a")
		s.Want("-ERR Command 'NOSUCH' not found\r\n", "ACL", "DRYRUN", "default", "NOSUCH")
		s.Want("-ERR wrong number of arguments for 'get' command\r\n", "ACL", "DRYRUN", "default", "GET")
		s.Want(ok, "ACL", "DRYRUN", "default", "CONFIG", "GET", "a")
		s.Want("$-1\r\n", "ACL", "GETUSER", "bob")
		Expect(s.Do("ACL", "LOAD")).To(HavePrefix("-ERR This instance is not configured to use an ACL file."))
		Expect(s.Do("ACL", "SAVE")).To(HavePrefix("-ERR This instance is not configured to use an ACL file."))
		s.Want("-ERR Error in ACL SETUSER modifier '+nosuch': Unknown command or category name in ACL\r\n", "ACL", "SETUSER", "bob", "on", "+nosuch")
		s.Want("$-1\r\n", "ACL", "GETUSER", "bob") // all or nothing
		s.Want("-ERR Usernames can't contain spaces or null characters\r\n", "ACL", "SETUSER", "b b")
	})

	It("begin as the default one, who may be closed too", func() {
		s.Want(ok, "ACL", "SETUSER", "bob", "on", ">x", "+@all", "~*", "&*")
		before := s.Dial()
		want(before, "+PONG\r\n", "PING")
		s.Want(ok, "AUTH", "bob", "x")
		s.Want(ok, "ACL", "SETUSER", "default", "off")
		want(before, "+PONG\r\n", "PING") // who was there already
		after := s.Dial()
		want(after, "-NOAUTH Authentication required.\r\n", "PING")
		want(after, "-WRONGPASS invalid username-password pair or user is disabled.\r\n", "AUTH", "default", "")
		want(after, ok, "AUTH", "bob", "x")
		s.Want(ok, "CONFIG", "SET", "requirepass", "secret")
		s.Want(ok, "ACL", "SETUSER", "default", "on", "+@all")
		third := s.Dial()
		want(third, "-NOAUTH Authentication required.\r\n", "PING")
		want(third, ok, "AUTH", "secret")
		s.Want("*2\r\n$11\r\nrequirepass\r\n$6\r\nsecret\r\n", "CONFIG", "GET", "requirepass")
		waiting := s.Dial()
		want(waiting, "-NOAUTH Authentication required.\r\n", "PING")
		s.Want(ok, "ACL", "SETUSER", "default", "nopass")
		want(waiting, "+PONG\r\n", "PING")
	})
})

// TestUserFiles: users in the configuration and in a file of their own, at the start, loaded again, saved, rewritten.
func TestUserFiles(t *testing.T) {
	dir := t.TempDir()
	file := filepath.Join(dir, "users.acl")
	write := func(text string) {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write("user default on nopass ~* &* +@all\nuser bob on >x +@all ~* &*\n")
	addr := nodetest.Start(t, [2]string{"aclfile", file})
	c, bob := testkit.MustDial(t, addr), testkit.MustDial(t, addr)
	bob.Want(t, ok, "AUTH", "bob", "x")
	write("user bob on >y +@all\nuser carl nosuch +nosuch\n")
	reply := string(testkit.Must(c.Do("ACL", "LOAD"))(t))
	if reply != "-ERR "+file+":2: Syntax error. "+file+":2: Error in applying operation '+nosuch': Unknown command or category name in ACL. "+
		"WARNING: ACL errors detected, no change to the previously active ACL rules was performed\r\n" {
		t.Error(reply)
	}
	bob.Want(t, "$-1\r\n", "GET", "a")
	write("user bob on >y +get ~a\n")
	c.Want(t, ok, "ACL", "LOAD")
	bob.Want(t, "$-1\r\n", "GET", "a") // its connections stay
	bob.Want(t, "-NOPERM No permissions to access a key\r\n", "GET", "b")
	c.Want(t, ok, "ACL", "SETUSER", "carl", "off")
	c.Want(t, ok, "ACL", "SAVE")
	saved, err := os.ReadFile(file)
	if err != nil || string(saved) != "user bob on sanitize-payload #a1fce4363854ff888cff4b8e7875d600c2682390412a8cf79b37d0b11148b0fa ~a resetchannels alldbs -@all +get\n"+
		"user carl off sanitize-payload resetchannels alldbs -@all\nuser default on nopass sanitize-payload ~* &* alldbs +@all\n" {
		t.Errorf("%s %v", saved, err)
	}
	if left, _ := filepath.Glob(file + ".*"); len(left) > 0 {
		t.Error("files are left over", left)
	}
	write("user carl on nopass\n")
	c.Want(t, ok, "ACL", "LOAD")
	if _, err := bob.Do("PING"); err == nil {
		t.Error("a connection of a user who is gone goes on")
	}
}

// TestUserChangesUnderLoad changes a user, and removes and makes it again, while its connections work in every way: whoever has got the answer
// to a change finds it in force, and nothing else comes of it than refusals.
func TestUserChangesUnderLoad(t *testing.T) {
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		admin := testkit.MustDial(t, addr)
		admin.Want(t, ok, "ACL", "SETUSER", "bob", "on", ">x", "+@all", "~*", "&*")
		var stop atomic.Bool
		var workers sync.WaitGroup
		for range 4 {
			workers.Go(func() {
				for !stop.Load() {
					works(addr, &stop)
				}
			})
		}
		probe := testkit.MustDial(t, addr)
		for i := range 150 {
			switch i % 5 {
			case 0:
				admin.Want(t, ok, "ACL", "SETUSER", "bob", "resetkeys", "%R~k*", "resetchannels")
			case 1:
				admin.Want(t, ok, "ACL", "SETUSER", "bob", "-@all", "+get", "+auth")
			case 2:
				admin.Want(t, ok, "ACL", "SETUSER", "bob", "+@all", "allkeys", "allchannels")
			case 3:
				admin.Want(t, ":1\r\n", "ACL", "DELUSER", "bob")
				probe.Want(t, "-WRONGPASS invalid username-password pair or user is disabled.\r\n", "AUTH", "bob", "x")
			default:
				admin.Want(t, ok, "ACL", "SETUSER", "bob", "on", ">x", "+@all", "~*", "&*")
				_ = testkit.Must(admin.Do("ACL", "LOG", "5"))(t)
			}
		}
		stop.Store(true)
		admin.Want(t, ok, "ACL", "SETUSER", "bob", "reset")
		admin.Want(t, ":1\r\n", "ACL", "DELUSER", "bob")
		workers.Wait()
		testkit.Await(t, addr, "blocked_clients", "0")
		if list := string(testkit.Must(admin.Do("CLIENT", "LIST"))(t)); strings.Contains(list, "user=bob") {
			t.Error(list)
		}
	})
}

// works is a connection of bob that does all kinds of things until it is closed.
func works(addr string, stop *atomic.Bool) {
	c, err := testkit.Dial(addr)
	if err != nil {
		return
	}
	defer c.Close()
	_ = c.Conn.SetDeadline(time.Now().Add(time.Minute))
	if reply, err := c.Do("AUTH", "bob", "x"); err != nil || string(reply) != ok {
		return
	}
	for !stop.Load() {
		for _, line := range []string{"SET k1 v", "GET k1", "MSET k1 v k2 w k3 x", "BLPOP list 0.001", "MULTI", "INCR n", "GET k1", "EXEC", "EVAL return{redis.pcall('get','k1'),redis.pcall('incr','n')} 0",
			"PUBLISH c m", "LPUSH list v", "ACL WHOAMI"} {
			if _, err := c.Do(strings.Fields(line)...); err != nil {
				return
			}
		}
	}
}
