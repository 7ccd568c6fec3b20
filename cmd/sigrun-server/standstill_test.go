package main

import (
	"strconv"
	"testing"

	"sigrun/internal/testkit"
)

// A script that never ends and has written, and a snapshot that waits for its shard: SHUTDOWN NOSAVE ends the server all the same.
func TestShutdownBesideAnEndlessScript(t *testing.T) {
	s := start(t, "--busy-reply-threshold", "0")
	script, saver, last := s.dial(), s.dial(), s.dial()
	if err := script.Send(testkit.Command("EVAL", "redis.call('set', KEYS[1], 1) while true do end", "1", "a")); err != nil {
		t.Fatal(err)
	}
	testkit.Await(t, s.addr, "scripts_running", "1")
	if err := saver.Send(testkit.Command("BGSAVE")); err != nil {
		t.Fatal(err)
	}
	s.want("*2\r\n$3\r\ndir\r\n$"+strconv.Itoa(len(s.dir))+"\r\n"+s.dir+"\r\n", "CONFIG", "GET", "dir")
	if err := last.Send(testkit.Command("SHUTDOWN", "NOSAVE")); err != nil {
		t.Fatal(err)
	}
	if err := s.Wait(); err != nil || s.stderr.Len() > 0 {
		t.Fatal(err, s.stderr.String())
	}
}
