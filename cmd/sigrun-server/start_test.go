package main

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"sigrun/internal/testkit"
)

// TestMain lets the test binary be the server: what is tested is a whole process.
func TestMain(m *testing.M) {
	if os.Getenv("SIGRUN_SERVER") != "" {
		main()
	}
	os.Exit(m.Run())
}

// program is a server as a process of its own.
type program struct {
	*exec.Cmd
	t              *testing.T
	stdout, stderr bytes.Buffer
}

func server(t *testing.T, args ...string) *program {
	p := &program{Cmd: exec.Command(os.Args[0], args...), t: t}
	p.Env = append(os.Environ(), "SIGRUN_SERVER=1")
	p.Stdout, p.Stderr = &p.stdout, &p.stderr
	return p
}

// begin starts the server and returns when it says that it is ready.
func (p *program) begin(said func() string) {
	p.t.Helper()
	if err := p.Start(); err != nil {
		p.t.Fatal(err)
	}
	p.t.Cleanup(func() { _ = p.Process.Kill(); _, _ = p.Process.Wait() })
	await(p.t, "ready", func() bool { return strings.Contains(said(), "Ready to accept connections") })
}

// end asks the server to end and returns its exit code.
func (p *program) end() int {
	p.t.Helper()
	if err := p.Process.Signal(syscall.SIGTERM); err != nil {
		p.t.Error(err)
	}
	_ = p.Wait()
	if p.stderr.Len() > 0 {
		p.t.Error("standard error:", p.stderr.String())
	}
	return p.ProcessState.ExitCode()
}

func await(t *testing.T, what string, done func() bool) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); !done(); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("waited in vain: " + what)
		}
	}
}

func read(name string) string {
	text, _ := os.ReadFile(name)
	return string(text)
}

func freePort(t *testing.T) string { return strconv.Itoa(testkit.FreePort(t)) }

// ask sends one inline command and returns the first line of the answer.
func ask(t *testing.T, network, addr, command string) string {
	t.Helper()
	c, err := net.Dial(network, addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(60 * time.Second))
	b := make([]byte, 4096)
	n := 0
	if _, err = c.Write([]byte(command + "\r\n\n")); err == nil {
		n, err = c.Read(b)
	}
	if err != nil {
		t.Fatal(command, err)
	}
	return string(b[:n])
}

func TestStartAndEnd(t *testing.T) {
	port, dir := freePort(t), t.TempDir()
	file, log := filepath.Join(dir, "a.conf"), filepath.Join(dir, "log")
	group := strconv.Itoa(os.Getgid())
	text := "bind 127.0.0.1\nport 1\nsave ''\ndir " + dir + "\nunixsocket s\nunixsocketperm 744\nunixsocketgroup " + group +
		"\nlogfile log\npidfile pid\nalways-show-logo yes\nproc-title-template 'TEST {title} {port} {config-file}'\nrename-command flushdb badger\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	p := server(t, file, "--port", port, "--loglevel", "verbose")
	p.begin(func() string { return read(log) })
	want := regexp.MustCompile(`(?s) PID: ` + strconv.Itoa(p.Process.Pid) + `.*Server initialized.*Ready to accept connections tcp`)
	if !want.MatchString(read(log)) {
		t.Error("log:", read(log))
	}
	pid := strconv.Itoa(p.Process.Pid)
	if got := read(filepath.Join(dir, "pid")); got != pid+"\n" {
		t.Errorf("pidfile: %q", got)
	}
	title := func() string { return strings.TrimRight(read("/proc/"+pid+"/cmdline"), "\x00") }
	if want := "TEST " + os.Args[0] + " " + port + " " + file; title() != want {
		t.Errorf("title %q, want %q", title(), want)
	}
	if info, err := os.Stat(filepath.Join(dir, "s")); err != nil || info.Mode().Perm() != 0o744 {
		t.Error("socket:", info, err)
	}
	for _, where := range [][2]string{{"tcp", "127.0.0.1:" + port}, {"unix", filepath.Join(dir, "s")}} {
		if got := ask(t, where[0], where[1], "PING"); got != "+PONG\r\n" {
			t.Errorf("%v: %q", where, got)
		}
	}
	addr := "127.0.0.1:" + port
	for command, want := range map[string]string{
		"FLUSHDB": "-ERR unknown command 'FLUSHDB', with args beginning with: \r\n", "BADGER": "+OK\r\n",
		"CONFIG SET proc-title-template x{server-mode}": "+OK\r\n", "CONFIG REWRITE": "+OK\r\n",
	} {
		if got := ask(t, "tcp", addr, command); got != want {
			t.Errorf("%s: %q, want %q", command, got, want)
		}
	}
	if title() != "x" || !strings.Contains(read(file), "port "+port) || !strings.Contains(read(file), `dir "`+dir+`"`) {
		t.Error("title", title(), "file", read(file))
	}
	_ = p.Process.Signal(syscall.SIGHUP) // is not for servers
	again := server(t, "--port", port, "--bind", "127.0.0.1")
	if again.Run() == nil || !strings.Contains(again.stdout.String(), "Failed listening on port "+port) {
		t.Error("a busy port:", again.stdout.String())
	}
	if code := p.end(); code != 0 {
		t.Error("exit code", code)
	}
	for _, name := range []string{"pid", "s"} {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			t.Error(name, "is still there")
		}
	}
}

func TestBadConfiguration(t *testing.T) {
	for in, want := range map[string]string{
		"port 1\nport \"6379\" \"6380\"\n": "at line 2\n>>> 'port \"6379\" \"6380\"'\nwrong number of arguments\n",
		"nosuch thing\n":                   ">>> 'nosuch ...'\nBad directive or wrong number of arguments\n",
		"hz 1\nrename-command nosuch x\n":  "at line 2\n>>> 'rename-command nosuch x'\nNo such command in rename-command\n",
		"rename-command get set\n":         ">>> 'rename-command get set'\nTarget command name already exists\n",
		"logfile /no/such/folder/log\n":    "***\nCan't open the log file: No such file or directory\n",
		"min-replicas-to-write 1\n":        "only '0' is supported: this version lacks replication\n",
	} {
		p := server(t, "-", "--port", freePort(t))
		p.Stdin = strings.NewReader(in)
		if err := p.Run(); err == nil || p.ProcessState.ExitCode() != 1 || !strings.Contains(p.stderr.String(), "*** FATAL CONFIG FILE ERROR (Version ") || !strings.HasSuffix(p.stderr.String(), want) {
			t.Errorf("%q: %v %s %s", in, err, p.stdout.String(), p.stderr.String())
		}
	}
	p := server(t, "/no/such/file")
	if p.Run() == nil || !strings.Contains(p.stdout.String(), "Fatal error, can't open config file '/no/such/file': No such file or directory") {
		t.Error(p.stdout.String(), p.stderr.String())
	}
}

// TestArguments shows how options that make no sense are told, as lines of a file.
func TestArguments(t *testing.T) {
	for args, want := range map[string]string{
		"--invalid":                         "Bad directive or wrong number of arguments",
		"--port":                            ">>> 'port'\nwrong number of arguments",
		"--port|6380|--loglevel":            ">>> 'loglevel'\nwrong number of arguments",
		"--port|6379|6380":                  ">>> 'port \"6379\" \"6380\"'\nwrong number of arguments",
		"--port|--loglevel|verbose":         ">>> 'port \"--loglevel\" \"verbose\"'\nwrong number of arguments",
		"--port|--bla|--loglevel|verbose":   ">>> 'port \"--bla\"'\nargument couldn't be parsed into an integer",
		"--logfile|--x|--loglevel|--bla":    ">>> 'loglevel \"--bla\"'\nargument(s) must be one of the following",
		"--shutdown-on-sigint":              ">>> 'shutdown-on-sigint'\nargument(s) must be one of the following",
		"--replicaof|--127.0.0.1|abc":       ">>> 'replicaof \"--127.0.0.1\" \"abc\"'\nInvalid primary port",
		"--replicaof|--127.0.0.1|--abc":     ">>> 'replicaof \"--127.0.0.1\"'\nwrong number of arguments",
		"--sentinel":                        "This version lacks Sentinel mode",
		"--proc-title-template|{x}|--hz|10": "template format is invalid or contains unknown variables",
	} {
		p := server(t, strings.Split(args, "|")...)
		if p.Run() == nil || !strings.Contains(p.stderr.String(), want) {
			t.Errorf("%s: %s", args, p.stderr.String())
		}
	}
}

func TestOtherNames(t *testing.T) {
	for _, name := range []string{"valkey-sentinel", "redis-sentinel", "valkey-check-aof"} {
		p := server(t, "--port", freePort(t))
		p.Args[0] = "/usr/bin/" + name
		if p.Run() == nil || !strings.Contains(p.stderr.String(), "Called "+name) {
			t.Error(name, p.stderr.String())
		}
	}
}

func TestVersionHelpAndChecks(t *testing.T) {
	for arg, code := range map[string]int{"--version": 0, "-v": 0, "--help": 1, "-h": 1, "--test-memory": 1, "--check-system": -1} {
		p := server(t, arg)
		_ = p.Run()
		if got := p.ProcessState.ExitCode(); got != code && code >= 0 || p.stdout.Len()+p.stderr.Len() == 0 {
			t.Error(arg, got, p.stdout.String(), p.stderr.String())
		}
	}
}

// TestAddresses shows what is fatal and what a - in front of an address forgives: that the machine lacks it, not that it
// is taken.
func TestAddresses(t *testing.T) {
	s := start(t, "--bind", "127.0.0.1", "-192.0.2.99")
	s.want("+PONG\r\n", "PING")
	s.want("-ERR CONFIG SET failed (possibly related to argument 'bind') - Failed to bind to specified addresses.\r\n", "CONFIG", "SET", "bind", "127.0.0.1 192.0.2.99")
	s.want("*2\r\n$4\r\nbind\r\n$21\r\n127.0.0.1 -192.0.2.99\r\n", "CONFIG", "GET", "bind")
	for _, bind := range []string{"-127.0.0.1", "192.0.2.99", "-192.0.2.99"} {
		p := server(t, "--port", s.port, "--save", "", "--bind", bind)
		if p.Run() == nil || p.ProcessState.ExitCode() != 1 || !strings.Contains(p.stdout.String(), "Failed listening on port "+s.port+" (tcp), aborting.") {
			t.Error(bind, p.stdout.String(), p.stderr.String())
		}
	}
	s.set("bind", "")
	if _, err := net.Dial("tcp", s.addr); err == nil {
		t.Error("still listening")
	}
	for _, nowhere := range [][]string{{"--port", "0"}, {"--bind", ""}} {
		p := server(t, append([]string{"--save", ""}, nowhere...)...)
		if p.Run() == nil || p.ProcessState.ExitCode() != 1 || !strings.Contains(p.stdout.String(), "Configured to not listen anywhere, exiting.") {
			t.Error(nowhere, p.stdout.String(), p.stderr.String())
		}
	}
}
