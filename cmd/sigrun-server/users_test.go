package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What the parameters about users do.

func userFile(t *testing.T) {
	file := filepath.Join(t.TempDir(), "users.acl")
	if err := os.WriteFile(file, []byte("user bob on nopass +ping\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, "--aclfile", file)
	c := s.dial()
	c.Want(t, "+OK\r\n", "AUTH", "bob", "x")
	c.Want(t, "-NOPERM User bob has no permissions to run the 'get' command\r\n", "GET", "a")
}

func newChannels(t *testing.T) {
	s := start(t)
	s.want("+OK\r\n", "ACL", "SETUSER", "before")
	s.set("acl-pubsub-default", "allchannels")
	s.want("+OK\r\n", "ACL", "SETUSER", "after")
	if list := s.do("ACL", "LIST"); !strings.Contains(list, "user before off sanitize-payload resetchannels ") || !strings.Contains(list, "user after off sanitize-payload &* ") {
		t.Error(list)
	}
}

func refusalLog(t *testing.T) {
	s := start(t)
	s.set("acllog-max-len", "2")
	for _, user := range []string{"a", "b", "c"} {
		s.do("AUTH", user, "x")
	}
	if log := s.do("ACL", "LOG"); !strings.HasPrefix(log, "*2\r\n") {
		t.Error(log)
	}
}

// TestUserLines: users of the configuration and of options, what CONFIG REWRITE makes of them, and a server that reads that again.
func TestUserLines(t *testing.T) {
	s := start(t, "--user", "bob", "on", ">secret", "+@all", "~*")
	c := s.dial()
	c.Want(t, "+OK\r\n", "AUTH", "bob", "secret")
	s.want("+OK\r\n", "ACL", "SETUSER", "odd", "on", `~a"b`, `~'`, `~\)`, `(~x"y ~")" +get)`, `(~"a)" +set)`)
	s.want("+OK\r\n", "ACL", "SETUSER", "default", "resetkeys", "~a*", "db=0,3")
	before := s.do("ACL", "LIST")
	c.Want(t, "+OK\r\n", "CONFIG", "REWRITE")
	if text := read(filepath.Join(s.dir, "a.conf")); strings.Contains(text, "secret") || strings.Count(text, "\nuser ") != 3 {
		t.Error(text)
	}
	c.Want(t, "+OK\r\n", "CONFIG", "REWRITE")
	if text := read(filepath.Join(s.dir, "a.conf")); strings.Count(text, "\nuser ") != 3 {
		t.Error(text)
	}
	if s.end() != 0 {
		t.Error("it did not end well")
	}
	if after := s.again().do("ACL", "LIST"); after != before {
		t.Errorf("%s\nwant\n%s", after, before)
	}
}

// TestRulesOnLaterCommands: a user line, or rename-command, that names what is not built yet does not keep a server from starting.
func TestRulesOnLaterCommands(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.conf")
	lines := "rename-command REPLICAOF \"\"\nrename-command FAILOVER hidden\nuser repl on >x +psync +replconf +ping\nuser app on >x ~* +@all -replicaof -module|load\n"
	if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	s := start(t, "--include", file)
	for _, want := range []string{"-@all +psync +replconf +ping", "+@all -replicaof -module|load"} {
		if got := s.do("ACL", "LIST"); !strings.Contains(got, want) {
			t.Errorf("%s", got)
		}
	}
	s.end()
}

// TestBadUsers: no server starts with users that are not what somebody meant, and no password is told.
func TestBadUsers(t *testing.T) {
	file := filepath.Join(t.TempDir(), "users.acl")
	if err := os.WriteFile(file, []byte("user bob on >hidden\nuser carl +nosuch\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	for in, want := range map[string]string{
		"user bob on >hidden +nosuch\n":     "at line 1\n>>> 'user bob ...'\nError in user declaration '+nosuch': Unknown command or category name in ACL\n",
		"user bob on <hidden\n":             "Error in user declaration '<...': The password you are trying to remove from the user does not exist\n",
		"user bob on hidden\n":              "at line 1\n>>> 'user bob ...'\nError in user declaration '...': Syntax error\n",
		"user bob on (+get >hidden)\n":      "Error in user declaration '(...)': Syntax error\n",
		"user bob on (+get >hidden\n":       "Error in user declaration '(+get': Wrong format\n",
		"requirepas hidden\n":               "at line 1\n>>> 'requirepas ...'\nBad directive or wrong number of arguments\n",
		"user bob on\nport 0\nuser bob on":  "at line 3\n>>> 'user bob ...'\nError in user declaration 'bob': Duplicate user found. A user can only be defined once in config files\n",
		"user default on\nuser default on":  "Duplicate user found. A user can only be defined once in config files\n",
		"user bob (+get\n":                  "Error in user declaration '(+get': Wrong format\n",
		"aclfile " + file + "\n":            file + ":2: Error in applying operation '+nosuch': Unknown command or category name in ACL. ",
		"aclfile " + file + "\nuser bob on": "declare them in one place",
		"aclfile /no/such/file\n":           "No such file or directory",
	} {
		p := server(t, "-", "--port", freePort(t))
		p.Stdin = strings.NewReader(in)
		err := p.Run()
		said := p.stdout.String() + p.stderr.String()
		if err == nil || p.ProcessState.ExitCode() != 1 || !strings.Contains(said, want) || strings.Contains(said, "hidden") {
			t.Errorf("%q: %v %s", in, err, said)
		}
	}
}
