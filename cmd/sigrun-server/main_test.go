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
)

// TestMain lets the test binary be the server: what is tested is a whole process.
func TestMain(m *testing.M) {
	if os.Getenv("SIGRUN_SERVER") != "" {
		main()
	}
	os.Exit(m.Run())
}

func server(args ...string) (cmd *exec.Cmd, stdout, stderr *bytes.Buffer) {
	cmd = exec.Command(os.Args[0], args...)
	cmd.Env = append(os.Environ(), "SIGRUN_SERVER=1")
	stdout, stderr = &bytes.Buffer{}, &bytes.Buffer{}
	cmd.Stdout, cmd.Stderr = stdout, stderr
	return cmd, stdout, stderr
}

func freePort(t *testing.T) string {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return strconv.Itoa(l.Addr().(*net.TCPAddr).Port)
}

func TestStartAndEnd(t *testing.T) {
	port, dir := freePort(t), t.TempDir()
	file, log, socket := filepath.Join(dir, "a.conf"), filepath.Join(dir, "log"), filepath.Join(dir, "s")
	text := "bind 127.0.0.1\nport 1\nsave ''\nunixsocket " + socket + "\nlogfile " + log + "\n"
	if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
		t.Fatal(err)
	}
	cmd, _, stderr := server(file, "--port", port, "--loglevel", "verbose")
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	said := func() string { b, _ := os.ReadFile(log); return string(b) }
	for deadline := time.Now().Add(10 * time.Second); !strings.Contains(said(), "Ready to accept connections unix"); time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("not ready:", said(), stderr)
		}
	}
	want := regexp.MustCompile(`(?s) PID: ` + strconv.Itoa(cmd.Process.Pid) + `.*Server initialized.*Ready to accept connections tcp`)
	if !want.MatchString(said()) {
		t.Error("log:", said())
	}
	for _, where := range [][2]string{{"tcp", "127.0.0.1:" + port}, {"unix", socket}} {
		c, err := net.Dial(where[0], where[1])
		if err != nil {
			t.Fatal(err)
		}
		buf := make([]byte, 7)
		if _, err = c.Write([]byte("PING\r\n\n")); err == nil {
			_, err = c.Read(buf)
		}
		if err != nil || string(buf) != "+PONG\r\n" {
			t.Errorf("%v: %q %v", where, buf, err)
		}
		_ = c.Close()
	}
	if again, stdout, _ := server("--port", port, "--bind", "127.0.0.1"); again.Run() == nil || !strings.Contains(stdout.String(), "Failed listening on port "+port) {
		t.Error("a busy port:", stdout)
	}
	if err := cmd.Process.Signal(syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error("exit:", err)
	}
	if stderr.Len() > 0 {
		t.Error("stderr:", stderr)
	}
}

func TestBadConfiguration(t *testing.T) {
	for in, want := range map[string]string{
		"port 1\nport \"6379\" \"6380\"\n": "at line 2\n>>> 'port \"6379\" \"6380\"'\nwrong number of arguments\n",
		"nosuch thing\n":                   ">>> 'nosuch thing'\nBad directive or wrong number of arguments\n",
	} {
		cmd, stdout, stderr := server("-")
		cmd.Stdin = strings.NewReader(in)
		if cmd.Run() == nil || !strings.Contains(stderr.String(), "FATAL CONFIG FILE ERROR") || !strings.Contains(stderr.String(), want) {
			t.Errorf("%q: %s %s", in, stdout, stderr)
		}
	}
}

func TestVersionAndHelp(t *testing.T) {
	for _, arg := range []string{"--version", "-v", "--help"} {
		cmd, stdout, _ := server(arg)
		if err := cmd.Run(); err != nil || !strings.Contains(stdout.String(), "igrun") {
			t.Error(arg, err, stdout)
		}
	}
}
