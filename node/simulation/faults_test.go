//go:build sim

package simulation

import (
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// A fault says how to break the house: lines that begin with - stand somewhere in its sources, once, and those that begin with +
// take their place; there may be several such pairs. Others say what that does. Blanks at the beginning of a line do not count, nor
// does the name of the file: both change without the fault being another. The package sim is there for lines that need it.
type fault struct {
	name  string
	parts []part
}

type part struct{ old, new []string }

func faults(t *testing.T) (all []fault) {
	files, err := filepath.Glob("testdata/faults/*.fault")
	if err != nil || len(files) == 0 {
		t.Fatal("no faults")
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		f := fault{name: strings.TrimSuffix(filepath.Base(file), ".fault")}
		for line := range strings.Lines(string(text)) {
			last := len(f.parts) - 1
			switch line = strings.TrimSuffix(line, "\n"); {
			case strings.HasPrefix(line, "-"):
				if last < 0 || f.parts[last].new != nil {
					f.parts = append(f.parts, part{})
					last++
				}
				f.parts[last].old = append(f.parts[last].old, strings.TrimSpace(line[1:]))
			case strings.HasPrefix(line, "+"):
				f.parts[last].new = append(f.parts[last].new, line[1:])
			}
		}
		all = append(all, f)
	}
	return all
}

// source is a file of the house.
type source struct {
	path  string
	lines []string
}

// house reads all that a build needs.
func house(t *testing.T, root string) (all []source) {
	err := filepath.WalkDir(root, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		name := d.Name()
		if d.IsDir() && path != root && (strings.HasPrefix(name, ".") || name == "testdata" || name == "bin") {
			return fs.SkipDir
		}
		if !d.Type().IsRegular() {
			return nil
		}
		text, err := os.ReadFile(path)
		inside, _ := filepath.Rel(root, path)
		all = append(all, source{inside, strings.Split(string(text), "\n")})
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// places are where the old lines stand.
func (f *part) places(all []source) (at [][2]int) {
	for i, s := range all {
		if strings.HasSuffix(s.path, "_test.go") {
			continue
		}
		for k := range s.lines {
			if k+len(f.old) <= len(s.lines) && slices.EqualFunc(f.old, s.lines[k:k+len(f.old)], func(a, b string) bool { return a == strings.TrimSpace(b) }) {
				at = append(at, [2]int{i, k})
			}
		}
	}
	return at
}

// TestFaultsHaveAPlace finds where each fault would go, so that none is forgotten when the code changes.
func TestFaultsHaveAPlace(t *testing.T) {
	all := house(t, "../..")
	for _, f := range faults(t) {
		f.in(t, all)
	}
}

// in is the house with the fault.
func (f *fault) in(t *testing.T, all []source) []source {
	all = slices.Clone(all)
	for _, p := range f.parts {
		at := p.places(all)
		if len(at) != 1 {
			t.Errorf("%s has %d places for %q", f.name, len(at), p.old)
			return all
		}
		s, k := &all[at[0][0]], at[0][1]
		s.lines = slices.Concat(s.lines[:k], p.new, s.lines[k+len(p.old):])
		uses := func(text string) bool {
			return slices.ContainsFunc(s.lines, func(line string) bool { return strings.Contains(line, text) })
		}
		if uses("sim.") && !uses(`"sigrun/internal/sim"`) {
			first := slices.IndexFunc(s.lines, func(line string) bool { return strings.HasPrefix(line, "package ") })
			s.lines = slices.Insert(slices.Clone(s.lines), first+1, `import "sigrun/internal/sim"`)
		}
	}
	return all
}

// TestBites breaks the house in one way after another, in a copy, and runs seeds until one fails: SIM_BITES says how many at most,
// SIM_FAULT which fault alone (make sim-bites).
func TestBites(t *testing.T) {
	most := os.Getenv("SIM_BITES")
	if most == "" {
		t.Skip("make sim-bites")
	}
	dir := t.TempDir()
	all := house(t, "../..")
	for _, f := range faults(t) {
		if only := os.Getenv("SIM_FAULT"); only != "" && only != f.name {
			continue
		}
		t.Run(f.name, func(t *testing.T) { bites(t, f, all, dir, most) })
	}
}

var failedSeed = regexp.MustCompile(`(?s)seed (\d+) \(SIM_SEED.*?wrong: ([^\n]*)|seed (\d+) \(SIM_SEED[^\n]*\n?([^\n]*)`)

func bites(t *testing.T, f fault, all []source, dir, most string) {
	for _, s := range f.in(t, all) {
		path := filepath.Join(dir, s.path)
		text := []byte(strings.Join(s.lines, "\n"))
		if have, err := os.ReadFile(path); err == nil && string(have) == string(text) {
			continue
		}
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	binary := filepath.Join(dir, "simulation.test")
	build := exec.Command("go", "test", "-trimpath", "-tags", "sim", "-vet=off", "-c", "-o", binary, "./node/simulation")
	build.Dir = dir
	if out, err := build.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	began := time.Now()
	run := exec.Command(binary, "-test.run", "^TestSeeds$", "-test.v", "-test.timeout", "0")
	report, err := filepath.Abs("testdata/faults/" + f.name + ".trace")
	if err != nil {
		t.Fatal(err)
	}
	run.Env = append(os.Environ(), "SIM_SEEDS="+most, "SIM_SHRINK="+os.Getenv("SIM_SHRINK"), "SIM_TIME=", "SIM_SEED="+os.Getenv("SIM_SEED"), "SIM_REPORT="+report)
	out, err := run.CombinedOutput()
	if m := failedSeed.FindStringSubmatch(string(out)); err != nil && m != nil {
		fmt.Printf("%s: seed %s%s, %.0f s: %s%.200s\n", f.name, m[1], m[3], time.Since(began).Seconds(), m[2], m[4])
		if _, shrunk := shrinking(); shrunk {
			fmt.Printf("%s\n", out)
		}
		return
	}
	t.Errorf("%s: not found in %s seeds\n%s", f.name, most, out[max(0, len(out)-600):])
}
