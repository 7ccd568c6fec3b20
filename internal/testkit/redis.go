package testkit

import (
	"net"
	"os"
	"os/exec"
	"strconv"
	"sync/atomic"
	"testing"
	"time"
)

// Redis starts Debian's redis-server on a free port, with an empty keyspace and nothing written to disk;
// it ends with the test.
// hz is raised, because that is how finely it notices that a blocked client has waited long enough. args are further options.
func Redis(t testing.TB, args ...string) (addr string) {
	t.Helper()
	return startReference(t, Installed(t, "redis-server"), args)
}

// Installed is where a program of the Debian package of its name lies. Where it is not installed the test is skipped, but with CI=true it
// fails, since what nobody ran proves nothing.
func Installed(t testing.TB, name string) (program string) {
	t.Helper()
	program, err := exec.LookPath(name)
	switch missing := name + " is not installed: apt-get install " + name; {
	case err == nil:
	case os.Getenv("CI") == "true":
		t.Fatal(missing)
	default:
		t.Skip(missing)
	}
	return program
}

// Reference starts what behaviour is compared with: the program that SIGRUN_REFERENCE names, Valkey 9.1, else Debian's
// redis-server.
func Reference(t testing.TB, args ...string) (addr string) {
	t.Helper()
	if program := os.Getenv("SIGRUN_REFERENCE"); program != "" {
		return startReference(t, program, args)
	}
	return Redis(t, args...)
}

// Valkey starts the program that SIGRUN_REFERENCE names, Valkey 9.1, as Redis starts Debian's; without one the test is
// skipped.
func Valkey(t testing.TB, args ...string) (addr string) {
	t.Helper()
	program := os.Getenv("SIGRUN_REFERENCE")
	if program == "" {
		t.Skip("SIGRUN_REFERENCE names no valkey-server 9.1 to compare with")
	}
	return startReference(t, program, args)
}

func startReference(t testing.TB, program string, args []string) (addr string) {
	t.Helper()
	for range 3 { // another process may take the port between the look and the start
		if addr = startRedis(t, program, args); addr != "" {
			return addr
		}
	}
	t.Fatal(program + " did not start")
	return ""
}

func startRedis(t testing.TB, program string, args []string) string {
	port := FreePort(t)
	args = append([]string{"--port", strconv.Itoa(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no",
		"--dir", t.TempDir(), "--loglevel", "warning", "--hz", "100", "--enable-debug-command", "yes"}, args...)
	cmd := exec.Command(program, args...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	go func() { _ = cmd.Wait(); close(ended) }()
	t.Cleanup(func() {
		_ = cmd.Process.Kill()
		<-ended
	})
	addr := net.JoinHostPort("127.0.0.1", strconv.Itoa(port))
	for deadline := time.Now().Add(10 * time.Second); time.Now().Before(deadline); time.Sleep(10 * time.Millisecond) {
		select {
		case <-ended:
			return ""
		default:
		}
		if c, err := Dial(addr); err == nil {
			reply, _ := c.Do("PING")
			_ = c.Close()
			if string(reply) == "+PONG\r\n" {
				return addr
			}
		}
	}
	return ""
}

// FreePort returns a TCP port nobody listened on a moment ago. It is none of those that the kernel gives to who asks for any port, and another
// one for each who asks, in whatever test's process: a moment later it is free still.
func FreePort(t testing.TB) int {
	t.Helper()
	const first, ports = 10_000, 20_000
	for range ports {
		port := first + (os.Getpid()*613+int(lastPort.Add(1)))%ports
		if l, err := net.Listen("tcp", "127.0.0.1:"+strconv.Itoa(port)); err == nil {
			_ = l.Close()
			return port
		}
	}
	t.Fatal("no port is free")
	return 0
}

var lastPort atomic.Int32
