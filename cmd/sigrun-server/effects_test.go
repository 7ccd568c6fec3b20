package main

import (
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sigrun/internal/config"
	"sigrun/internal/testkit"
)

// effects show that a parameter does what it says, from outside: for every parameter that works, what to set and what
// is to be seen then.
var effects = map[string]func(*testing.T){
	"port": func(t *testing.T) {
		s := start(t)
		other := freePort(t)
		s.set("port", other)
		s.addr = "127.0.0.1:" + other
		s.want("+PONG\r\n", "PING")
	},
	"tls-port": func(t *testing.T) {
		a := testkit.NewAuthority(t)
		server, client := a.Issue("server"), a.Issue("client")
		s := start(t, "--tls-cert-file", server.Cert, "--tls-key-file", server.Key, "--tls-ca-cert-file", a.File)
		port := freePort(t)
		s.set("tls-port", port)
		conn, err := tls.Dial("tcp", "127.0.0.1:"+port, a.Client(client))
		if err != nil {
			t.Fatal(err)
		}
		testkit.Over(conn).Want(t, "+PONG\r\n", "PING")
		if _, err := testkit.MustDial(t, "127.0.0.1:"+port).Do("PING"); err == nil { // in plain text
			t.Error("a handshake that cannot succeed has")
		}
		await(t, "a line on the handshake that failed", func() bool { return strings.Contains(s.said(), "Error accepting a client connection: ") })
	},
	"bind": func(t *testing.T) {
		s := start(t)
		c := s.dial()
		c.Want(t, "+OK\r\n", "CONFIG", "SET", "bind", "127.0.0.2")
		if _, err := testkit.Dial(s.addr); err == nil {
			t.Error("still there")
		}
		s.addr = "127.0.0.2:" + s.port
		s.want("+PONG\r\n", "PING")
	},
	"cluster-enabled":                 clusterOfOne,
	"cluster-config-file":             clusterOfOne,
	"cluster-databases":               clusterOfOne,
	"cluster-port":                    clusterOfOne,
	"cluster-preferred-endpoint-type": clusterAnnounced,
	"cluster-announce-ip":             clusterAnnounced,
	"cluster-announce-port":           clusterAnnounced,
	"cluster-announce-tls-port":       clusterAnnounced,
	"cluster-announce-bus-port":       clusterAnnounced,
	"cluster-announce-hostname":       clusterAnnounced,

	"appendonly":                  appends,
	"appendfilename":              appendNames,
	"appenddirname":               appendNames,
	"auto-aof-rewrite-percentage": rewritesItself,
	"auto-aof-rewrite-min-size":   rewritesItself,
	"aof-load-truncated":          loadsTruncated,
	"aof-use-rdb-preamble":        appendForm,
	"aof-timestamp-enabled":       appendForm,
	"aof-disable-auto-gc":         appendForm,

	"save":                        savePoints,
	"dbfilename":                  snapshotName,
	"rdbcompression":              compression,
	"rdbchecksum":                 checksum,
	"rdb-version-check":           versionCheck,
	"rdb-save-version":            saveVersion,
	"rdb-key-save-delay":          saveDelay,
	"key-load-delay":              loadDelay,
	"stop-writes-on-bgsave-error": stopWrites,
	"shutdown-on-sigint":          onSignal("shutdown-on-sigint", syscall.SIGINT),
	"shutdown-on-sigterm":         onSignal("shutdown-on-sigterm", syscall.SIGTERM),

	"unixsocket":      TestStartAndEnd,
	"unixsocketperm":  TestStartAndEnd,
	"unixsocketgroup": socketGroup,
	"tcp-backlog":     backlog,
	"tcp-keepalive": func(t *testing.T) {
		s := start(t)
		for _, probes := range []bool{true, false} {
			c := s.dial()
			c.Want(t, "+PONG\r\n", "PING")
			if _, port, _ := net.SplitHostPort(c.Conn.LocalAddr().String()); hasTimer(t, s.port, port) != probes {
				t.Error("keep-alive timer:", !probes)
			}
			s.set("tcp-keepalive", "0")
		}
	},
	"timeout": func(t *testing.T) {
		s := start(t)
		s.set("timeout", "1")
		c := s.dial()
		if reply, err := c.Read(); err == nil {
			t.Errorf("%q", reply)
		}
	},
	"protected-mode": protectedMode,
	"mptcp":          multipath,
	"maxclients": func(t *testing.T) {
		s := start(t)
		s.set("maxclients", "1")
		await(t, "the end of the connection that set it", func() bool {
			reply, _ := s.dial().Do("PING") // stays, once it is let in
			return string(reply) == "+PONG\r\n"
		})
		if reply, _ := s.dial().Read(); !strings.HasPrefix(string(reply), "-ERR max number of clients reached") {
			t.Errorf("%q", reply)
		}
	},
	"client-output-buffer-limit": func(t *testing.T) {
		s := start(t)
		s.set("client-output-buffer-limit", "normal 100kb 0 0")
		c := s.dial()
		c.Want(t, "+OK\r\n", "SET", "k", strings.Repeat("x", 1<<20))
		for range 20 {
			_ = c.Send(testkit.Command("GET", "k"))
		}
		await(t, "the end of a client that does not read", func() bool {
			return testkit.InfoField(s.info("clients"), "connected_clients") == "1"
		})
	},
	"client-query-buffer-limit": func(t *testing.T) {
		s := start(t)
		s.set("client-query-buffer-limit", "1mb")
		s.closes([]byte("*1\r\n$3000000\r\n" + strings.Repeat("x", 2<<20)))
	},
	"proto-max-bulk-len": func(t *testing.T) {
		s := start(t)
		s.set("proto-max-bulk-len", "1mb")
		c := s.dial()
		_ = c.Send([]byte("*1\r\n$1048577\r\n"))
		if reply, _ := c.Read(); string(reply) != "-ERR Protocol error: invalid bulk length\r\n" {
			t.Errorf("%q", reply)
		}
	},
	"aclfile":            userFile,
	"acl-pubsub-default": newChannels,
	"acllog-max-len":     refusalLog,
	"requirepass": func(t *testing.T) {
		s := start(t)
		s.set("requirepass", "secret")
		s.want("-NOAUTH Authentication required.\r\n", "GET", "k")
	},
	"databases": func(t *testing.T) {
		s := start(t, "--databases", "2")
		s.want("+OK\r\n", "SELECT", "1")
		s.want("-ERR DB index is out of range\r\n", "SELECT", "2")
	},
	"hz": func(t *testing.T) {
		s := start(t)
		s.set("hz", "77")
		if got := testkit.InfoField(s.info("server"), "hz"); got != "77" {
			t.Error(got)
		}
	},
	"busy-reply-threshold": func(t *testing.T) {
		s := start(t)
		s.set("busy-reply-threshold", "10")
		_ = s.dial().Send(testkit.Command("EVAL", "while true do end", "0"))
		await(t, "-BUSY", func() bool {
			reply, _ := s.dial().Do("PING")
			return strings.HasPrefix(string(reply), "-BUSY")
		})
		s.want("+OK\r\n", "SCRIPT", "KILL")
	},
	"enable-debug-command": func(t *testing.T) {
		start(t, "--enable-debug-command", "yes").want("+OK\r\n", "DEBUG", "SLEEP", "0")
		if got := start(t, "--enable-debug-command", "no").do("DEBUG", "SLEEP", "0"); !strings.HasPrefix(got, "-ERR DEBUG command not allowed") {
			t.Error(got)
		}
	},
	"enable-protected-configs": func(t *testing.T) {
		start(t, "--enable-protected-configs", "local").want("+OK\r\n", "CONFIG", "SET", "dir", "/")
		start(t).want("-ERR CONFIG SET failed (possibly related to argument 'dir') - can't set protected config\r\n", "CONFIG", "SET", "dir", "/")
	},
	"extended-redis-compatibility": func(t *testing.T) {
		s := start(t)
		for value, name := range map[string]string{"yes": "redis", "no": "valkey"} {
			s.set("extended-redis-compatibility", value)
			hello := strings.Contains(s.do("HELLO"), "\r\n"+name+"\r\n")
			info := s.info("server")
			mode := testkit.InfoField(info, "redis_mode") == "standalone" && testkit.InfoField(info, "server_mode") == ""
			if sky := strings.Contains(strings.ToLower(s.do("LOLWUT")), name+" ver. "); !hello || !sky || mode != (value == "yes") {
				t.Error(name, hello, sky, mode)
			}
		}
	},
	"availability-zone": func(t *testing.T) {
		s := start(t)
		s.set("availability-zone", "here")
		if got := testkit.InfoField(s.info("server"), "availability_zone"); got != "here" {
			t.Error(got)
		}
	},
	"locale-collate": func(t *testing.T) {
		s := start(t, "--locale-collate", "de_DE.UTF-8")
		s.want(":4\r\n", "RPUSH", "l", "b", "B", "a", "ä")
		s.want("*4\r\n$1\r\na\r\n$2\r\nä\r\n$1\r\nb\r\n$1\r\nB\r\n", "SORT", "l", "ALPHA")
		s.want(":4\r\n", "SORT", "l", "ALPHA", "STORE", "bytes")
		s.want("*4\r\n$1\r\nB\r\n$1\r\na\r\n$1\r\nb\r\n$2\r\nä\r\n", "LRANGE", "bytes", "0", "-1")
		s.set("locale-collate", "C")
		s.want("*4\r\n$1\r\nB\r\n$1\r\na\r\n$1\r\nb\r\n$2\r\nä\r\n", "SORT", "l", "ALPHA")
		s.want("-ERR CONFIG SET failed (possibly related to argument 'locale-collate') - Invalid locale name\r\n", "CONFIG", "SET", "locale-collate", "xx_YY.UTF-8")
	},
	"loglevel": func(t *testing.T) {
		s := start(t)
		s.set("loglevel", "warning")
		s.want("+OK\r\n", "CONFIG", "REWRITE")
		s.set("loglevel", "notice")
		s.want("+OK\r\n", "CONFIG", "REWRITE")
		if n := strings.Count(s.said(), "CONFIG REWRITE executed"); n != 1 {
			t.Error(s.said())
		}
	},
	"logfile": func(t *testing.T) { start(t) }, // or it would not be found ready
	"log-format": func(t *testing.T) {
		s := start(t)
		s.set("log-format", "logfmt")
		s.want("+OK\r\n", "CONFIG", "REWRITE")
		if !strings.Contains(s.said(), ` level=notice message="CONFIG REWRITE`) {
			t.Error(s.said())
		}
		s.set("log-format", "json")
		s.want("+OK\r\n", "CONFIG", "REWRITE")
		if !strings.Contains(s.said(), `,"level":"notice","message":"CONFIG REWRITE`) {
			t.Error(s.said())
		}
	},
	"hide-user-data-from-log": func(t *testing.T) {
		s := start(t, "--loglevel", "verbose")
		for value, sample := range map[string]string{"yes": "Query buffer: *redacted*", "no": `Query buffer: '*1  $blabla`} {
			s.set("hide-user-data-from-log", value)
			_, _, _ = testkit.Exchange("127.0.0.1:"+s.port, []byte("*1\r\n$blabla\r\n"), time.Minute)
			await(t, sample, func() bool { return strings.Contains(s.said(), sample) })
		}
	},
	"log-timestamp-format": func(t *testing.T) {
		if s := start(t, "--log-timestamp-format", "iso8601"); !strings.Contains(s.said(), time.Now().Format(":M 2006-01-")) {
			t.Error(s.said())
		}
	},
	"syslog-enabled":  systemLog,
	"syslog-ident":    systemLog,
	"syslog-facility": systemLog,
	"always-show-logo": func(t *testing.T) {
		yes, no := start(t, "--always-show-logo", "yes"), start(t)
		if !strings.Contains(yes.said(), " PID: "+strconv.Itoa(yes.Process.Pid)) || !strings.Contains(no.said(), "Running mode=standalone, port="+no.port) {
			t.Error(yes.said(), no.said())
		}
	},
	"maxmemory": func(t *testing.T) {
		s := start(t)
		s.set("maxmemory", "8mb")
		if n := s.fill(100); n > 9 {
			t.Errorf("%d values of a megabyte fit into 8", n)
		}
	},
	"process-memory-limit": func(t *testing.T) {
		s := start(t)
		s.set("process-memory-limit", "120mb")
		if n := s.fill(400); n > 120 {
			t.Errorf("%d values of a megabyte fit into 120", n)
		}
	},
	"watchdog-period": func(t *testing.T) {
		s := start(t, "--enable-debug-command", "yes")
		s.set("watchdog-period", "200")
		s.want("+OK\r\n", "DEBUG", "SLEEP", "1.5")
		await(t, "watchdog", func() bool {
			said := s.said()
			return strings.Contains(said, "WATCHDOG TIMER EXPIRED: loop 0 stands still") && strings.Contains(said, "------ STACK TRACE ------")
		})
	},
	"socket-mark-id": func(t *testing.T) {
		s := start(t, "--socket-mark-id", "7")
		s.want("+PONG\r\n", "PING")
		fd, err := syscall.Socket(syscall.AF_INET, syscall.SOCK_STREAM, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer syscall.Close(fd)
		may := syscall.SetsockoptInt(fd, syscall.SOL_SOCKET, syscall.SO_MARK, 7) == nil
		if refused := strings.Contains(s.said(), "Warning: socket-mark-id: the socket cannot be marked"); refused == may {
			t.Errorf("a socket may be marked: %v, the server could not: %v", may, refused)
		}
	},
	"hotkeys-top-k":               hotKeys,
	"hotkeys-sampling-percentage": hotKeys,
	"hotkeys-window-seconds":      hotKeys,
	"crash-log-enabled": func(t *testing.T) {
		s := start(t)
		s.set("crash-log-enabled", "no")
		_ = s.Process.Signal(syscall.SIGSEGV)
		_ = s.Wait()
		if strings.Contains(s.said(), "crashed") {
			t.Error(s.said())
		}
		TestCrashReport(t)
	},
	"debug-context": func(t *testing.T) {
		s := start(t, "--hide-user-data-from-log", "no")
		s.set("debug-context", "seen")
		_ = s.Process.Signal(syscall.SIGSEGV)
		_ = s.Wait()
		if !strings.Contains(s.said(), `debug-context "seen"`) {
			t.Error(s.said())
		}
	},
	"use-exit-on-panic": func(t *testing.T) {
		for value, code := range map[string]int{"yes": 1, "no": 128 + 6} {
			s := start(t, "--enable-debug-command", "yes", "--use-exit-on-panic", value)
			_, _, _ = testkit.Exchange("127.0.0.1:"+s.port, []byte("DEBUG PANIC\r\n"), time.Minute)
			_ = s.Wait()
			if got := s.ProcessState.ExitCode(); got != code {
				t.Errorf("%s: %d", value, got)
			}
		}
	},
	"dir": func(t *testing.T) {
		s := start(t, "--enable-protected-configs", "yes")
		s.set("dir", "/")
		if at, _ := os.Readlink("/proc/" + strconv.Itoa(s.Process.Pid) + "/cwd"); at != "/" {
			t.Error(at)
		}
	},
	"daemonize":           TestDaemonize,
	"supervised":          TestSystemd,
	"pidfile":             TestStartAndEnd,
	"proc-title-template": TestStartAndEnd,
	"set-proc-title": func(t *testing.T) {
		s := start(t, "--set-proc-title", "no")
		if title := read("/proc/" + strconv.Itoa(s.Process.Pid) + "/cmdline"); !strings.Contains(title, "--set-proc-title\x00no") {
			t.Errorf("%q", title)
		}
	},
	"oom-score-adj":        TestOOMScore,
	"oom-score-adj-values": TestOOMScore,
	"server-cpulist":       TestCPUList,
	"latency-tracking": func(t *testing.T) {
		s := start(t)
		s.want("$-1\r\n", "GET", "k")
		if !strings.Contains(s.info("latencystats"), "latency_percentiles_usec_get:p50=") {
			t.Error(s.info("latencystats"))
		}
		s.set("latency-tracking", "no")
		if strings.Contains(s.info("latencystats"), "latency_percentiles_usec_") {
			t.Error(s.info("latencystats"))
		}
	},
	"notify-keyspace-events": func(t *testing.T) {
		s := start(t, "--notify-keyspace-events", "E$")
		c := testkit.MustDial(t, s.addr)
		testkit.Must(c.Do("SUBSCRIBE", "__keyevent@0__:set"))(t)
		s.do("SET", "k", "v")
		if m := string(testkit.Must(c.Read())(t)); !strings.HasSuffix(m, "__:set\r\n$1\r\nk\r\n") {
			t.Error(m)
		}
	},
	"latency-tracking-info-percentiles": func(t *testing.T) {
		s := start(t)
		s.set("latency-tracking-info-percentiles", "42")
		if !strings.Contains(s.info("latencystats"), ":p42=") {
			t.Error(s.info("latencystats"))
		}
	},
	"latency-monitor-threshold": func(t *testing.T) {
		s := start(t, "--enable-debug-command", "yes")
		s.want("+OK\r\n", "DEBUG", "SLEEP", "0.02")
		s.want("*0\r\n", "LATENCY", "LATEST")
		s.set("latency-monitor-threshold", "10")
		s.want("+OK\r\n", "DEBUG", "SLEEP", "0.02")
		if got := s.do("LATENCY", "LATEST"); !strings.HasPrefix(got, "*1\r\n") {
			t.Error(got)
		}
	},
	"commandlog-execution-slower-than":  commandLog("slow", "commandlog-execution-slower-than", "0"),
	"commandlog-slow-execution-max-len": commandLog("slow", "commandlog-execution-slower-than", "0", "commandlog-slow-execution-max-len", "3"),
	"commandlog-request-larger-than":    commandLog("large-request", "commandlog-request-larger-than", "1"),
	"commandlog-large-request-max-len":  commandLog("large-request", "commandlog-request-larger-than", "1", "commandlog-large-request-max-len", "3"),
	"commandlog-reply-larger-than":      commandLog("large-reply", "commandlog-reply-larger-than", "1"),
	"commandlog-large-reply-max-len":    commandLog("large-reply", "commandlog-reply-larger-than", "1", "commandlog-large-reply-max-len", "3"),
	"active-expire-effort":              expireEffort,
	"list-max-listpack-size": func(t *testing.T) {
		s := start(t)
		s.set("list-max-listpack-size", "1")
		s.want(":2\r\n", "RPUSH", "k", "a", "b")
		s.want("$9\r\nquicklist\r\n", "OBJECT", "ENCODING", "k")
	},
	"list-compress-depth": func(t *testing.T) {
		s := start(t, "--enable-debug-command", "yes", "--list-compress-depth", "1", "--list-max-listpack-size", "2")
		for range 10 {
			s.do("RPUSH", "k", strings.Repeat("x", 200))
		}
		if got := s.do("DEBUG", "OBJECT", "k"); !strings.Contains(got, "ql_compressed:1") {
			t.Error(got)
		}
	},
	"set-max-intset-entries":    becomes("set-max-intset-entries", "1", "listpack", "SADD", "k", "1", "2"),
	"set-max-listpack-entries":  becomes("set-max-listpack-entries", "1", "hashtable", "SADD", "k", "a", "b"),
	"set-max-listpack-value":    becomes("set-max-listpack-value", "1", "hashtable", "SADD", "k", "aa"),
	"hash-max-listpack-entries": becomes("hash-max-listpack-entries", "1", "hashtable", "HSET", "k", "a", "b", "c", "d"),
	"hash-max-listpack-value":   becomes("hash-max-listpack-value", "1", "hashtable", "HSET", "k", "aa", "b"),
	"zset-max-listpack-entries": becomes("zset-max-listpack-entries", "1", "skiplist", "ZADD", "k", "1", "a", "2", "b"),
	"zset-max-listpack-value":   becomes("zset-max-listpack-value", "1", "skiplist", "ZADD", "k", "1", "aa"),
	"hll-sparse-max-bytes": func(t *testing.T) {
		s := start(t, "--enable-debug-command", "yes", "--hll-sparse-max-bytes", "0")
		s.want(":1\r\n", "PFADD", "k", "a")
		s.want("+dense\r\n", "PFDEBUG", "ENCODING", "k")
	},
	"stream-node-max-entries": streamNodes("stream-node-max-entries", "2"),
	"stream-node-max-bytes":   streamNodes("stream-node-max-bytes", "64"),
	"lfu-log-factor": func(t *testing.T) {
		s := start(t)
		s.want("+OK\r\n", "CONFIG", "SET", "maxmemory-policy", "allkeys-lfu", "lfu-log-factor", "0")
		s.want("+OK\r\n", "SET", "k", "v")
		for range 50 {
			s.want("$1\r\nv\r\n", "GET", "k")
		}
		if n, _ := strconv.Atoi(strings.Trim(s.do("OBJECT", "FREQ", "k"), ":\r\n")); n < 50 { // every access counts
			t.Error(n)
		}
	},
	"io-threads": func(t *testing.T) {
		s := start(t, "--io-threads", "3", "--ignition", "forced")
		for _, step := range [][2]string{{"3", "3"}, {"1", "1"}, {"2", "2"}, {"200", "3"}} {
			s.set("io-threads", step[0])
			await(t, step[1]+" loops", func() bool { return testkit.InfoField(s.info("sigrun"), "loops_active") == step[1] })
		}
		if !strings.Contains(s.said(), "io-threads: loops are made at the start, and there are 3.") {
			t.Error(s.said())
		}
	},
	"ignition":         field("loops_active", "3", "--io-threads", "3", "--ignition", "forced"),
	"ignition-workers": field("workers", "2", "--io-threads", "3", "--ignition", "forced", "--ignition-workers", "2"),
	"shards":           field("shards", "32", "--shards", "32"),
	"unguarded": func(t *testing.T) {
		p := server(t, "--unguarded", "yes", "--io-threads", "2", "--port", freePort(t))
		if p.Run() == nil || !strings.Contains(p.stdout.String(), "unguarded needs io-threads 1") {
			t.Error(p.stdout.String())
		}
	},
	"import-mode":                   importing,
	"activedefrag":                  compaction,
	"active-defrag-ignore-bytes":    compactsWith("active-defrag-ignore-bytes", "100gb", "1"),
	"active-defrag-threshold-lower": compactsWith("active-defrag-threshold-lower", "1000", "1"),
	"active-defrag-threshold-upper": compactsAtMost(60, "--active-defrag-threshold-upper", "2", "--active-defrag-cycle-max", "60"),
	"active-defrag-cycle-max":       compactsAtMost(70, "--active-defrag-threshold-upper", "2", "--active-defrag-cycle-max", "70"),
	"active-defrag-cycle-min":       compactsAtMost(40, "--active-defrag-cycle-max", "20", "--active-defrag-cycle-min", "40"),
	"active-defrag-cycle-us":        compactionSlice,
	"chaos-seed": func(t *testing.T) {
		s := start(t, "--chaos-seed", "1", "--io-threads", "3", "--ignition", "forced")
		await(t, "moved slots", func() bool { return testkit.InfoField(s.info("everything"), "slots_moved") != "0" })
	},
}

// unseen are parameters whose effect does not show from outside, and where it is shown instead.
var unseen = map[string]string{
	"rdb-save-incremental-fsync":            "node/persist, on a file system that counts",
	"appendfsync":                           "node/appendlog_test.go, where power is lost",
	"no-appendfsync-on-rewrite":             "node/diskfaults_test.go",
	"aof-rewrite-incremental-fsync":         "node/powerloss_test.go, on a file system that counts",
	"loading-process-events-interval-bytes": "the suite of Valkey; here a clock also bounds a slice of loading",
	"active-defrag-max-scan-fields":         "storage/db, where the pieces of a round are of any size",
	"lfu-decay-time":                        "specs of OBJECT FREQ with a clock of their own: it counts minutes",
	"pipeline-order":                        "node/relaxed_test.go, where a client is held up on one slot",
	"ring-size":                             "the specs in chaos, where it is 2: what does not fit waits",
	"ignition-threshold":                    "actors/ignition",
	"tracking-table-max-keys":               "node/tracking_test.go",
	"tls-cert-file":                         "node/tls_test.go",
	"tls-key-file":                          "node/tls_test.go",
	"tls-key-file-pass":                     "internal/certs, with every form of encrypted keys",
	"tls-client-cert-file":                  "node/tls_test.go",
	"tls-client-key-file":                   "node/tls_test.go",
	"tls-client-key-file-pass":              "internal/certs, with every form of encrypted keys",
	"tls-cluster":                           "node/tls_test.go",
	"tls-ca-cert-file":                      "node/tls_test.go",
	"tls-ca-cert-dir":                       "internal/certs, node/tls_test.go",
	"tls-auth-clients":                      "node/tls_test.go",
	"tls-auth-clients-user":                 "node/tls_test.go",
	"tls-protocols":                         "internal/certs",
	"tls-ciphers":                           "internal/certs",
	"tls-session-caching":                   "node/tls_test.go",
	"tls-session-cache-timeout":             "node/tls_test.go",
	"tls-auto-reload-interval":              "node/tls_test.go",
	"maxmemory-policy":                      "node/eviction_test.go",
	"maxmemory-clients":                     "node/eviction_test.go",
	"lazyfree-lazy-eviction":                "node/eviction_test.go",
	"maxmemory-samples":                     "shards/evict/hits_test.go",
	"maxmemory-eviction-tenacity":           "shards/evict/state_test.go",
	"cooldown-threshold":                    "actors/ignition",
	"cluster-require-full-coverage":         "node/cluster_test.go",
	"cluster-allow-reads-when-down":         "node/cluster_test.go",
	"cluster-allow-pubsubshard-when-down":   "node/cluster_test.go",
	"cluster-slot-stats-enabled":            "node/cluster_test.go",
	"cluster-blacklist-ttl":                 "node/clustermore_test.go",
}

// TestEveryParameterHasAnEffect names parameters that claim to work and that nobody has seen working.
func TestEveryParameterHasAnEffect(t *testing.T) {
	works := map[string]bool{}
	for _, row := range config.Rows() {
		if row.Inert != config.Works {
			continue
		}
		works[row.Name] = true
		switch effect := effects[row.Name]; {
		case effect != nil:
			t.Run(row.Name, func(t *testing.T) {
				t.Parallel()
				effect(t)
			})
		case unseen[row.Name] == "":
			t.Errorf("%s is said to work: show its effect here, or say in internal/config why it has none (Inert)", row.Name)
		}
	}
	for name := range effects {
		if !works[name] {
			t.Errorf("%s is observed here and does not work", name)
		}
	}
}

// running is a server that runs, with a configuration file and a log of its own.
type running struct {
	*program
	dir, port, addr string
}

func start(t *testing.T, args ...string) *running {
	t.Helper()
	s := &running{dir: t.TempDir(), port: freePort(t)}
	s.addr = "127.0.0.1:" + s.port
	file := filepath.Join(s.dir, "a.conf")
	text := "enable-debug-command yes\nbind 127.0.0.1\nsave ''\ndir " + s.dir + "\nlogfile log\nport " + s.port + "\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	s.program = server(t, append([]string{file}, args...)...)
	s.begin(s.said)
	return s
}

func (s *running) said() string          { return read(filepath.Join(s.dir, "log")) }
func (s *running) dial() *testkit.Client { s.t.Helper(); return testkit.MustDial(s.t, s.addr) }
func (s *running) set(name, value string) {
	s.t.Helper()
	s.want("+OK\r\n", "CONFIG", "SET", name, value)
}
func (s *running) want(r string, a ...string) {
	s.t.Helper()
	c := s.dial()
	c.Want(s.t, r, a...)
	_ = c.Close()
}

func (s *running) do(args ...string) string {
	s.t.Helper()
	c := s.dial()
	defer c.Close()
	return string(testkit.Must(c.Do(args...))(s.t))
}

func (s *running) info(section string) string { s.t.Helper(); return s.do("INFO", section) }

// closes sends bytes after which the server is to close the connection without a word.
func (s *running) closes(raw []byte) {
	s.t.Helper()
	c := s.dial()
	_ = c.Send(raw)
	if reply, err := c.Read(); err == nil {
		s.t.Errorf("%q", reply)
	}
}

// field looks for a field of INFO in a server with these arguments.
func field(name, want string, args ...string) func(*testing.T) {
	return func(t *testing.T) {
		if got := testkit.InfoField(start(t, args...).info("everything"), name); got != want {
			t.Errorf("%s is %s, want %s", name, got, want)
		}
	}
}

// commandLog sets parameters, sends ten commands and counts the entries: as many as the second value says, if there is one.
// becomes shows that a value has a form once a parameter is set.
func becomes(name, value, encoding string, args ...string) func(*testing.T) {
	return func(t *testing.T) {
		s := start(t)
		s.set(name, value)
		s.do(args...)
		s.want(fmt.Sprintf("$%d\r\n%s\r\n", len(encoding), encoding), "OBJECT", "ENCODING", "k")
	}
}

// streamNodes shows that 20 entries need many nodes once a parameter is set.
func streamNodes(name, value string) func(*testing.T) {
	return func(t *testing.T) {
		nodes := func(s *running) int {
			for range 20 {
				s.do("XADD", "k", "*", "field", "a value")
			}
			_, rest, _ := strings.Cut(s.do("XINFO", "STREAM", "k"), "radix-tree-nodes\r\n:")
			n, _ := strconv.Atoi(rest[:strings.Index(rest, "\r")])
			return n
		}
		few := nodes(start(t))
		s := start(t)
		s.set(name, value)
		if many := nodes(s); many < few+5 {
			t.Errorf("%d nodes, %d without", many, few)
		}
	}
}

func commandLog(kind string, pairs ...string) func(*testing.T) {
	return func(t *testing.T) {
		s := start(t)
		s.want(":0\r\n", "COMMANDLOG", "LEN", kind)
		s.want("+OK\r\n", append([]string{"CONFIG", "SET"}, pairs...)...)
		for range 10 {
			s.want("$-1\r\n", "GET", "k")
		}
		n, _ := strconv.Atoi(strings.Trim(s.do("COMMANDLOG", "LEN", kind), ":\r\n"))
		if len(pairs) > 2 && strconv.Itoa(n) != pairs[3] || n == 0 || len(pairs) == 2 && n < 10 {
			t.Error(n)
		}
	}
}

func socketGroup(t *testing.T) {
	group := os.Getgid()
	if os.Getuid() == 0 {
		group++ // any will do
	}
	name := filepath.Join(t.TempDir(), "s")
	start(t, "--unixsocket", name, "--unixsocketgroup", strconv.Itoa(group))
	var info syscall.Stat_t
	if err := syscall.Stat(name, &info); err != nil || int(info.Gid) != group {
		t.Error(info.Gid, err)
	}
}

// backlog stops a server and counts who is still let into the queue.
func backlog(t *testing.T) {
	waiting := func(s *running) (n int) {
		_ = s.Process.Signal(syscall.SIGSTOP)
		defer func() { _ = s.Process.Signal(syscall.SIGCONT) }()
		for range 6 {
			if c, err := net.DialTimeout("tcp", s.addr, 500*time.Millisecond); err == nil {
				defer c.Close()
				n++
			}
		}
		return n
	}
	if short, long := waiting(start(t, "--tcp-backlog", "1")), waiting(start(t)); short >= 6 || long != 6 {
		t.Error("connections in the queue:", short, long)
	}
}

// hasTimer reports whether the server's side of a connection has a keep-alive timer: /proc/net/tcp, column tr.
func hasTimer(t *testing.T, server, client string) (probes bool) {
	t.Helper()
	await(t, "a connection with nothing on its way", func() bool {
		timer := timerOf(server, client)
		probes = timer == "02"
		return timer != "" && timer != "01" // that of a reply until its acknowledgement, before any other
	})
	return probes
}

// timerOf is the kind of timer that runs for the server's side of a connection: 00 none, 01
// retransmission, 02 keep-alive; empty when there is no such connection.
func timerOf(server, client string) string {
	hex := func(port string) string {
		n, _ := strconv.Atoi(port)
		return "0100007F:" + strings.ToUpper(strconv.FormatInt(0x10000|int64(n), 16)[1:])
	}
	for _, line := range strings.Split(read("/proc/net/tcp"), "\n") {
		f := strings.Fields(line)
		if len(f) > 5 && f[1] == hex(server) && f[2] == hex(client) {
			return f[5][:2]
		}
	}
	return ""
}

func protectedMode(t *testing.T) {
	own := ""
	addrs, _ := net.InterfaceAddrs()
	for _, a := range addrs {
		if ip, ok := a.(*net.IPNet); ok && ip.IP.To4() != nil && !ip.IP.IsLoopback() {
			own = ip.IP.String()
		}
	}
	if own == "" {
		t.Skip("this machine has no address but the loopback's")
	}
	s := start(t, "--bind", "*")
	local := s.addr
	s.addr = own + ":" + s.port
	if reply, _ := s.dial().Read(); !strings.HasPrefix(string(reply), "-DENIED ") {
		t.Errorf("%q", reply)
	}
	testkit.MustDial(t, local).Want(t, "+OK\r\n", "CONFIG", "SET", "protected-mode", "no")
	s.want("+PONG\r\n", "PING")
}

func multipath(t *testing.T) {
	spoken := func(s *running) bool {
		d := net.Dialer{}
		d.SetMultipathTCP(true)
		c, err := d.DialContext(context.Background(), "tcp", s.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		yes, _ := c.(*net.TCPConn).MultipathTCP()
		return yes
	}
	if strings.TrimSpace(read("/proc/sys/net/mptcp/enabled")) != "1" {
		t.Skip("the kernel has no Multipath TCP")
	}
	if no, yes := spoken(start(t)), spoken(start(t, "--mptcp", "yes")); no || !yes {
		t.Error("Multipath TCP without and with it:", no, yes)
	}
}

// systemLog stands in for the system's log, where there is none.
func systemLog(t *testing.T) {
	system, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: "/dev/log", Net: "unixgram"})
	if err != nil {
		t.Skip("the place of the system's log is taken: ", err)
	}
	defer os.Remove("/dev/log")
	defer system.Close()
	start(t, "--syslog-enabled", "yes", "--syslog-ident", "someone", "--syslog-facility", "local3")
	b := make([]byte, 1000)
	_ = system.SetReadDeadline(time.Now().Add(60 * time.Second))
	n, _ := system.Read(b)
	if got := string(b[:n]); !strings.HasPrefix(got, "<157>") || !strings.Contains(got, " someone[") { // local3.notice
		t.Errorf("%q", got)
	}
}

// hotKeys: a window of a second in which every access counts has a key in it, one in which every hundredth does may miss it, and told are as
// many as are asked for.
func hotKeys(t *testing.T) {
	s := start(t)
	c := s.dial()
	c.Want(t, "*0\r\n", "HOTKEYS", "GET")
	s.set("hotkeys-sampling-percentage", "100")
	s.set("hotkeys-window-seconds", "1")
	for top, want := range map[string]string{"1": "*1\r\n", "2": "*2\r\n"} {
		s.set("hotkeys-top-k", top)
		await(t, "hot keys", func() bool {
			c.Want(t, "$-1\r\n", "GET", "a")
			c.Want(t, "$-1\r\n", "GET", "b")
			return strings.HasPrefix(string(testkit.Must(c.Do("HOTKEYS", "GET"))(t)), want)
		})
	}
	s.set("hotkeys-window-seconds", "3600")
	c.Want(t, "*0\r\n", "HOTKEYS", "GET")
	s.set("hotkeys-sampling-percentage", "1")
	s.set("hotkeys-top-k", "0")
	c.Want(t, "*0\r\n", "HOTKEYS", "GET")
}

// fill stores values of a megabyte until one is refused, and says how many there are.
func (s *running) fill(most int) int {
	c := s.dial()
	for n := range most {
		reply := testkit.Must(c.Do("SET", strconv.Itoa(n), strings.Repeat("v", 1<<20)))(s.t)
		if strings.HasPrefix(string(reply), "-OOM ") {
			return n
		}
	}
	return most
}
