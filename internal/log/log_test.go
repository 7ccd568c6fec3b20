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
		c.log(New(Options{Out: &out, Level: level}))
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
