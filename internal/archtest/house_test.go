package archtest

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/fstest"
)

// TestHouse judges this repository.
func TestHouse(t *testing.T) {
	root, err := Module()
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Open(filepath.Join(root, "docs", "layers.txt"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	law, err := ParseLaw(file)
	if err != nil {
		t.Fatal("docs/layers.txt: ", err)
	}
	pkgs, err := Load(os.DirFS(root))
	if err != nil {
		t.Fatal(err)
	}
	house := &House{Module: "sigrun", Law: law, Packages: pkgs}
	for _, r := range Rules() {
		t.Run(r.Name, func(t *testing.T) {
			for _, text := range r.Check(house) {
				t.Error(text)
			}
		})
	}
	for _, r := range law.Rows {
		if r.Planned && rowUsed(house, r) {
			t.Logf("docs/layers.txt: %s is there now, the word `planned` can go", r.Name)
		}
	}
}

const smallLaw = `
0 internal/ring :
0 internal/gone :
1 protocol/resp : internal/ring storage/db   # upward by law
2 storage/db : protocol/*
2 storage/list/* : storage/db
7 node planned :
lib github.com/some/lib : storage/db
unsafe : internal/ring
unsimulated : cmd/*
goroutines : node
`

// TestRulesFail shows that each rule can fail, and on what.
func TestRulesFail(t *testing.T) {
	try(t, map[string]breach{
		"a package without a row":       {"every package has a row", "actors has no row", "actors/a.go", "package actors"},
		"a row without a package":       {"every row has a package", "internal/gone", "actors/a.go", "package actors"},
		"an upward row":                 {"the law points down", "lets protocol/resp (floor 1) import storage/db", "actors/a.go", "package actors"},
		"an upward import":              {"imports are allowed", "floor 1 must not know floor 2", "protocol/resp/a.go", `package resp; import _ "sigrun/storage/db"`},
		"an import not in the row":      {"imports are allowed", "does not allow", "storage/db/a.go", `package db; import _ "sigrun/internal/ring"`},
		"a folder in the row":           {"imports are allowed", "", "storage/db/a.go", `package db; import _ "sigrun/protocol/resp"`},
		"a row for a folder":            {"imports are allowed", "does not allow", "storage/list/quick/a.go", `package quick; import _ "sigrun/internal/ring"`},
		"a test may import anything":    {"imports are allowed", "", "protocol/resp/a_test.go", `package resp; import _ "sigrun/storage/db"`},
		"a library without a line":      {"libraries are allowed", "no lib line", "storage/db/a.go", `package db; import _ "github.com/other/lib"`},
		"a library of another package":  {"libraries are allowed", "no lib line", "internal/ring/a.go", `package ring; import _ "github.com/some/lib"`},
		"a library in its own package":  {"libraries are allowed", "", "storage/db/a.go", `package db; import _ "github.com/some/lib/sub"`},
		"unsafe outside":                {"unsafe is fenced", "imports unsafe", "storage/db/a.go", `package db; import _ "unsafe"`},
		"unsafe inside":                 {"unsafe is fenced", "", "internal/ring/a.go", `package ring; import _ "unsafe"`},
		"a goroutine":                   {"goroutines have an owner", "storage/db/a.go:2", "storage/db/a.go", "package db\nfunc f() { go f() }"},
		"a goroutine in node":           {"goroutines have an owner", "", "node/a.go", "package node\nfunc f() { go f() }"},
		"an init function":              {"no init functions", "storage/db/a.go:2", "storage/db/a.go", "package db\nfunc init() {}"},
		"a method called init":          {"no init functions", "", "storage/db/a.go", "package db\ntype t int\nfunc (t) init() {}"},
		"an argument changed":           {"arguments never change", "shards/exec/a.go:2", "shards/exec/a.go", "package exec\nfunc f() { c.Args[1] = nil }"},
		"an argument read":              {"arguments never change", "", "shards/exec/a.go", "package exec\nfunc f() { a := c.Args[1]; _ = a }"},
		"too many methods":              {"no type has too many methods", "node.T has 61 methods", "node/a.go", withMethods("node", "T", 61)},
		"as many methods as may be":     {"no type has too many methods", "", "node/a.go", withMethods("node", "T", 60)},
		"too many for the runner":       {"no type has too many methods", "shards/exec.Ctx has 41 methods, and may have 40", "shards/exec/a.go", withMethods("exec", "Ctx", 41)},
		"as many as the runner may":     {"no type has too many methods", "", "shards/exec/a.go", withMethods("exec", "Ctx", 40)},
		"the name of a command":         {"no command names outside rows", "node/a.go:2", "node/a.go", "package node\nfunc f() bool { return c.Spec.Name == \"GET\" }"},
		"the name of a container":       {"no command names outside rows", "node/a.go:2", "node/a.go", "package node\nfunc f() bool { return \"DEBUG\" != s.Parent().Name }"},
		"a name that was noted":         {"no command names outside rows", "node/a.go:2", "node/a.go", "package node\nfunc f() bool { name := spec.Name; return name == \"GET\" }"},
		"a switch over names":           {"no command names outside rows", "node/a.go:3", "node/a.go", "package node\nfunc f() { switch c.Spec.FullName() {\ncase \"config|set\":\n} }"},
		"the first word of a client":    {"no command names outside rows", "node/a.go:2", "node/a.go", "package node\nfunc f() bool { return is(c.Args[0], \"GET\") }"},
		"a word behind it":              {"no command names outside rows", "", "node/a.go", "package node\nfunc f() bool { return is(c.Args[1], \"NX\") }"},
		"names that are compared":       {"no command names outside rows", "", "node/a.go", "package node\nfunc f() bool { return a.Spec.Name == b.Spec.Name }"},
		"the name of something else":    {"no command names outside rows", "", "node/a.go", "package node\nfunc f() bool { return row.Name == \"dir\" }"},
		"a name on a row":               {"no command names outside rows", "", "node/a.go", "package node\nvar r = command.Spec{Name: \"GET\"}"},
		"a commit handed over":          {"effects and look-ups have their places", "shards/exec/a.go:2", "shards/exec/a.go", "package exec\nfunc f() { c.k.Commits.Append(x) }"},
		"a commit in its place":         {"effects and look-ups have their places", "", "shards/exec/finish.go", "package exec\nfunc f() { c.k.Commits.Append(x) }"},
		"a watcher told":                {"effects and look-ups have their places", "Watched.Touch", "shards/exec/a.go", "package exec\nfunc f() { s.Watched.Touch(0, name, false) }"},
		"a door handed on":              {"effects and look-ups have their places", "Publisher.Publish", "shards/exec/a.go", "package exec\nfunc f() { g(c.Engine().Publisher.Publish) }"},
		"a tracker told by a command":   {"effects and look-ups have their places", "Engine.FlushTracked", "shards/commands/a.go", "package commands\nfunc f() { c.Engine().FlushTracked(0) }"},
		"a look-up by hand":             {"effects and look-ups have their places", "Part.Find", "shards/commands/a.go", "package commands\nfunc f() { e := c.Part(k).Find(k); _ = e }"},
		"control takes a token":         {"control waits for nobody", "node/control/a.go:2", "node/control/a.go", "package control\nfunc f() { d.Acquire(&set) }"},
		"control makes who takes it":    {"control waits for nobody", "actors.Blocking", "node/control/a.go", "package control\nvar b actors.Blocking"},
		"control waits":                 {"control waits for nobody", "sim.Receive", "node/control/a.go", "package control\nfunc f() { sim.Receive(\"x\", done) }"},
		"another goroutine waits there": {"control waits for nobody", "", "node/control/a.go", "package control\nfunc f() {\n\tsim.Receive(\"x\", done) // not on control\n}"},
		"another package waits":         {"control waits for nobody", "", "node/a.go", "package node\nfunc f() { d.Acquire(&set) }"},
		"no package comment":            {"every package says what it is", "has no package comment", "storage/db/a.go", "package db"},
		"a package comment":             {"every package says what it is", "", "storage/db/a.go", "// Package db is.\npackage db"},
		"a package without a subject":   {"no packages without a subject", `"util"`, "storage/util/a.go", "package util"},
		"a build tag hides no breaches": {"unsafe is fenced", "imports unsafe", "storage/db/a.go", "//go:build never\n\npackage db\nimport _ \"unsafe\""},
	})
}

// withMethods is a package with a type of n methods.
func withMethods(pkg, of string, n int) string {
	src := "package " + pkg + "\ntype " + of + " int\n"
	for i := range n {
		src += fmt.Sprintf("func (*%s) m%d() {}\n", of, i)
	}
	return src
}

// breach is a file that breaks a rule, or does not.
type breach struct {
	rule string
	want string // "" means: no breach
	file string
	src  string
}

func try(t *testing.T, cases map[string]breach) {
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			got := check(t, c.rule, fstest.MapFS{c.file: {Data: []byte(c.src)}})
			if c.want == "" && len(got) != 0 || !strings.Contains(strings.Join(got, "\n"), c.want) {
				t.Errorf("want %q, have %q", c.want, got)
			}
		})
	}
}

func check(t *testing.T, rule string, files fstest.MapFS) []string {
	t.Helper()
	law, err := ParseLaw(strings.NewReader(smallLaw))
	if err != nil {
		t.Fatal(err)
	}
	pkgs, err := Load(files)
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range Rules() {
		if r.Name == rule {
			return r.Check(&House{Module: "sigrun", Law: law, Packages: pkgs})
		}
	}
	t.Fatalf("no rule %q", rule)
	return nil
}

func TestLawSyntax(t *testing.T) {
	for _, bad := range []string{"0 a", "x a :", "0 a soon :", "0 a :\n1 a :", "lib : a"} {
		if _, err := ParseLaw(strings.NewReader(bad)); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
}
