package log

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"
)

func TestLine(t *testing.T) {
	var out bytes.Buffer
	l := New(Options{Out: &out, PID: 7, Role: func() byte { return 'S' }})
	r := slog.NewRecord(time.Date(2026, 11, 3, 6, 1, 4, 123e6, time.UTC), Notice, "hello", 0)
	if err := l.Handler().Handle(context.Background(), r); err != nil || out.String() != "7:S 03 Nov 2026 06:01:04.123 * hello\n" {
		t.Errorf("%q %v", out.String(), err)
	}
}

func TestLevelsAndAttributes(t *testing.T) {
	cases := []struct {
		level string
		log   func(*slog.Logger)
		want  string // behind the time; "" for no line
	}{
		{"notice", func(l *slog.Logger) { l.Info("a") }, "* a"},
		{"notice", func(l *slog.Logger) { l.Log(context.Background(), Verbose, "a") }, ""},
		{"verbose", func(l *slog.Logger) { l.Log(context.Background(), Verbose, "a") }, "- a"},
		{"debug", func(l *slog.Logger) { l.Debug("a") }, ". a"},
		{"warning", func(l *slog.Logger) { l.Info("a") }, ""},
		{"warning", func(l *slog.Logger) { l.Error("a") }, "# a"},
		{"nothing", func(l *slog.Logger) { l.Error("a") }, ""},
		{"notice", func(l *slog.Logger) { l.Warn("two\r\nlines") }, "# two  lines"},
		{"notice", func(l *slog.Logger) { l.Info("a", "n", 1, "s", "x y", "e", errors.New("no\n"), "z", "") }, `* a n=1 s="x y" e="no\n" z=""`},
		{"notice", func(l *slog.Logger) { l.With("loop", 3).WithGroup("g").Info("a", "b", 1, slog.Group("h", "c", 2)) }, "* a loop=3 g.b=1 g.h.c=2"},
	}
	for _, c := range cases {
		var out bytes.Buffer
		level, ok := Level(c.level)
		if !ok {
			t.Fatal(c.level)
		}
		style := &Style{}
		style.Level.Set(level)
		c.log(New(Options{Out: &out, Style: style}))
		got := out.String()
		if c.want == "" && got != "" || c.want != "" && !regexp.MustCompile(`^\d+:M \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d\.\d{3} `+regexp.QuoteMeta(c.want)+"\n$").MatchString(got) {
			t.Errorf("%s: %q, want %q", c.level, got, c.want)
		}
	}
	if _, ok := Level("loud"); ok {
		t.Error("unknown level")
	}
}

func TestFileSurvivesRotation(t *testing.T) {
	name := filepath.Join(t.TempDir(), "log")
	l := New(Options{Out: File(name)})
	l.Info("one")
	if err := os.Rename(name, name+".1"); err != nil {
		t.Fatal(err)
	}
	l.Info("two")
	for file, want := range map[string]string{name + ".1": "* one\n", name: "* two\n"} {
		if text, err := os.ReadFile(file); err != nil || !strings.HasSuffix(string(text), want) {
			t.Errorf("%s: %q %v", file, text, err)
		}
	}
}

func TestStyles(t *testing.T) {
	at := time.Date(2026, 11, 3, 6, 1, 4, 123e6, time.FixedZone("", 5400))
	for _, c := range []struct {
		form, stamp, message, want string
	}{
		{"legacy", "iso8601", `a "b"`, `7:M 2026-11-03T06:01:04.123+01:30 # a "b"`},
		{"", "milliseconds", `a "b"`, `7:M 1793680264123 # a "b"`},
		{"logfmt", "legacy", `a "b"`, `pid=7 role=primary timestamp="03 Nov 2026 06:01:04.123" level=warning message="a 'b'"`},
		{"logfmt", "nonsense", `a "b"`, `pid=7 role=primary timestamp="03 Nov 2026 06:01:04.123" level=warning message="a 'b'"`},
		{"json", "milliseconds", `a "b"`, `{"pid":7,"role":"primary","timestamp":"1793680264123","level":"warning","message":"a \"b\""}`},
		{"json", "milliseconds", "a\tb\r\n\b\f\x01<", `{"pid":7,"role":"primary","timestamp":"1793680264123","level":"warning","message":"a\tb\r\n\b\f\u0001<"}`},
		{"legacy", "milliseconds", "a\tb", `7:M 1793680264123 # a b`},
	} {
		var out bytes.Buffer
		style := &Style{}
		style.SetForm(c.form)
		style.SetStamp(c.stamp)
		l := New(Options{Out: &out, Style: style, PID: 7})
		if err := l.Handler().Handle(context.Background(), slog.NewRecord(at, Warning, c.message, 0)); err != nil || out.String() != c.want+"\n" {
			t.Errorf("%v: %s %v", c, &out, err)
		}
	}
}

// spool stands in for the system's log.
type spool struct{ lines []string }

func (s *spool) Debug(l string) error  { s.lines = append(s.lines, "debug "+l); return nil }
func (s *spool) Info(l string) error   { s.lines = append(s.lines, "info "+l); return nil }
func (s *spool) Notice(l string) error { s.lines = append(s.lines, "notice "+l); return nil }
func (s *spool) Warning(l string) error {
	s.lines = append(s.lines, "warning "+l)
	return errors.New("full")
}

func TestSystemAndRaw(t *testing.T) {
	var out bytes.Buffer
	system := &spool{}
	style := &Style{}
	style.Level.Set(Verbose)
	l := New(Options{Out: &out, System: system, Style: style})
	l.Debug("a")
	l.Log(context.Background(), Verbose, "b")
	l.Info("c", "n", 1)
	l.Warn("d")
	if got := strings.Join(system.lines, "|"); got != "info b|notice c n=1|warning d" {
		t.Error(got)
	}
	out.Reset()
	Raw(l, "one\n two\n")
	style.Level.Set(Warning)
	Raw(l, "three\n")
	Raw(slog.New(slog.DiscardHandler), "four\n")
	if out.String() != "one\n two\n" {
		t.Errorf("%q", &out)
	}
}
