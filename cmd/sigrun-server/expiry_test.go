package main

import (
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/testkit"
)

// expireEffort lets a twentieth of the keys expire: less than what is tolerated with little effort, more than with much.
func expireEffort(t *testing.T) {
	little, much := expiring(t, "1"), expiring(t, "10")
	little.want("+OK\r\n", "DEBUG", "SET-ACTIVE-EXPIRE", "1")
	much.want("+OK\r\n", "DEBUG", "SET-ACTIVE-EXPIRE", "1")
	await(t, "much effort", func() bool { return staleKeys(much) <= expired/4 })
	await(t, "little effort", func() bool { return staleKeys(little) < expired })
	if n := staleKeys(little); n < expired/2 {
		t.Errorf("expired keys that are left with effort 1: %d of %d", n, expired)
	}
}

const expired, alive = 2000, 38000

// expiring starts a server that holds keys of which a part has expired.
func expiring(t *testing.T, effort string) *running {
	s := start(t, "--active-expire-effort", effort, "--hz", "2", "--enable-debug-command", "yes")
	c := s.dial()
	c.Want(t, "+OK\r\n", "DEBUG", "SET-ACTIVE-EXPIRE", "0")
	var raw []byte
	for i := range expired + alive {
		ms := "1000000"
		if i%20 == 0 {
			ms = "1"
		}
		raw = append(raw, testkit.Command("SET", strconv.Itoa(i), "v", "PX", ms)...)
	}
	go func() { _ = c.Send(raw) }()
	for range expired + alive {
		testkit.Must(c.Read())(t)
	}
	return s
}

func staleKeys(s *running) int {
	n, _ := strconv.Atoi(strings.Trim(s.do("DBSIZE"), ":\r\n"))
	return n - alive
}
