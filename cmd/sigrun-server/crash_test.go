package main

import (
	"strings"
	"syscall"
	"testing"
	"time"

	"sigrun/internal/testkit"
)

// A crash report tells why, what was running, and what the server was like; of what clients sent only as much as it may.
func TestCrashReportsOfDebug(t *testing.T) {
	for _, c := range []struct {
		command string
		code    int
		hide    string
		want    []string
		never   []string
	}{
		{"SEGFAULT", 139, "yes", []string{"crashed by signal: 11", "The command that was running: debug|segfault"}, nil},
		{"PANIC", 134, "yes", []string{"!!! Software Failure: DEBUG PANIC called at Unix time ", "name=*redacted*", "user=*redacted*", "argc: 2\nargv[0]: \"DEBUG\"\nargv[1]: 5 bytes\n", "\ndebug-context (12 bytes)\n"}, []string{"bob", "topsecret", "in the dark"}},
		{"PANIC", 134, "no", []string{"name=bob", "user=default", "argv[1]: \"PANIC\"\n", "\ndebug-context \"in the dark!\"\n"}, []string{"topsecret"}},
		{"ASSERT", 134, "no", []string{"=== ASSERTION FAILED ===", "==> '1 == 2' is not true", "client->argv[1] = \"ASSERT\""}, nil},
	} {
		t.Run(c.command+" "+c.hide, func(t *testing.T) {
			t.Parallel()
			s := start(t, "--hide-user-data-from-log", c.hide, "--requirepass", "topsecret")
			sent := "AUTH topsecret\r\nCONFIG SET debug-context 'in the dark!'\r\nCLIENT SETNAME bob\r\nDEBUG " + c.command + "\r\n"
			_, _, _ = testkit.Exchange(s.addr, []byte(sent), time.Minute)
			_ = s.Wait()
			said := s.said()
			if code := s.ProcessState.ExitCode(); code != c.code || s.stderr.Len() > 0 {
				t.Error(code, s.stderr.String())
			}
			at := 0
			for _, part := range []string{"BUG REPORT START", "------ STACK TRACE ------", "------ INFO OUTPUT ------\n# Server\n", "\n# Sigrun\n", "------ CLIENT LIST OUTPUT ------\nid=",
				"------ CURRENT CLIENT INFO ------\nid=", "------ CONFIG DEBUG OUTPUT ------\n", "\nhide-user-data-from-log \"" + c.hide, "BUG REPORT END"} {
				i := strings.Index(said[at:], part)
				if i < 0 {
					t.Fatalf("%q is missing: %s", part, said)
				}
				at += i
			}
			for _, part := range c.want {
				if !strings.Contains(said, part) {
					t.Errorf("%q is missing: %s", part, said)
				}
			}
			for _, part := range c.never {
				if strings.Contains(said, part) {
					t.Errorf("%q is told: %s", part, said)
				}
			}
		})
	}
}

// A report comes to its end while all tokens are held and every loop stands still: what they would have to tell is left out.
func TestCrashReportWaitsForNobody(t *testing.T) {
	s := start(t, "--watchdog-period", "200")
	c := s.dial()
	_ = c.Send([]byte("DEBUG SLEEP 100\r\n"))
	await(t, "a loop that stands still", func() bool { return strings.Contains(s.said(), "stands still") })
	_ = s.Process.Signal(syscall.SIGABRT)
	_ = s.Wait()
	for _, part := range []string{"crashed by signal: 6", "# Sigrun\n", "it does not answer", "BUG REPORT END"} {
		if !strings.Contains(s.said(), part) {
			t.Errorf("%q is missing: %s", part, s.said())
		}
	}
}
