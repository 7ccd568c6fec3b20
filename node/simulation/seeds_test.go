//go:build sim

package simulation

import (
	"bufio"
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// commands is how many a seed makes.
const commands = 300

// seedsAlways is how many seeds are run where nobody says how many (SIM_SEEDS), which (SIM_SEED, or from SIM_START on), or for how long (SIM_TIME).
const seedsAlways = 60

// shrinking is how long a plan that failed is shrunk at most (SIM_SHRINK, "no": not at all).
func shrinking() (most time.Duration, wanted bool) {
	how := os.Getenv("SIM_SHRINK")
	if d, err := time.ParseDuration(how); err == nil {
		return d, true
	}
	return 3 * time.Minute, how != "no"
}

// TestSeeds runs seeds in two processes, since a process runs one at a time. The first that fails is shrunk.
func TestSeeds(t *testing.T) {
	from, count, until := uint64(1), seedsAlways, time.Time{}
	if d, err := time.ParseDuration(os.Getenv("SIM_TIME")); err == nil && d > 0 {
		from, count, until = uint64(rand.Uint32()), 1<<40, time.Now().Add(d)
	}
	if n, err := strconv.ParseUint(os.Getenv("SIM_START"), 10, 64); err == nil {
		from = n
	}
	if n, err := strconv.Atoi(os.Getenv("SIM_SEEDS")); err == nil {
		count = n
	}
	if n, err := strconv.ParseUint(os.Getenv("SIM_SEED"), 10, 64); err == nil {
		from, count, until = n, 1, time.Time{}
	}
	t.Logf("seeds from %d on", from)
	f := &field{t: t, until: until}
	var both sync.WaitGroup
	for i := range min(2, count) {
		both.Go(func() { f.run(from+uint64(i), (count-i+1)/2) })
	}
	begin := time.Now()
	both.Wait()
	t.Logf("%d seeds, %.0f a minute", f.ran, float64(f.ran)/time.Since(begin).Minutes())
	if f.failed != 0 {
		f.report()
	}
}

// field is what two processes work on.
type field struct {
	t     *testing.T
	until time.Time

	mu      sync.Mutex
	ran     int
	failed  uint64 // the first seed that did
	told    string
	crashed bool // its process ended with it, or never would have
}

// run has another process run every second seed.
func (f *field) run(from uint64, count int) {
	cmd := child("TestWorker", "SIM_FROM="+strconv.FormatUint(from, 10), "SIM_COUNT="+strconv.Itoa(count))
	var rest bytes.Buffer
	cmd.Stderr = &rest
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		f.t.Error(err)
		return
	}
	lines := make(chan string)
	go func() {
		defer close(lines)
		for in := bufio.NewScanner(out); in.Scan(); {
			lines <- in.Text()
		}
	}()
	seed, said := uint64(0), ""
	for {
		line, open, late := "", true, false
		select {
		case line, open = <-lines:
		case <-time.After(stuckAfter):
			late = true
		}
		switch text, isSeed := strings.CutPrefix(line, "seed "); {
		case late:
			_ = cmd.Process.Signal(os.Interrupt)
			_ = cmd.Process.Kill()
			f.fail(seed, "the process stands still", true)
			return
		case !open:
			if cmd.Wait() != nil && f.ongoing() {
				f.fail(seed, "the process ended\n"+said+first(rest.String(), 6000), !strings.Contains(said, "wrong:"))
			}
			return
		case isSeed:
			seed, _ = strconv.ParseUint(text, 10, 64)
			if !f.goOn() {
				_ = cmd.Process.Kill()
				for range lines { // what it has said still
				}
				return
			}
		default:
			said = first(said+line+"\n", 6000)
		}
	}
}

// stuckAfter is how long a seed may take: they take tens of milliseconds, and a crowded machine is slow.
const stuckAfter = 4 * time.Minute

func first(text string, n int) string { return text[:min(len(text), n)] }

func (f *field) goOn() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.ran++
	return f.failed == 0 && (f.until.IsZero() || time.Now().Before(f.until))
}

func (f *field) ongoing() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	return f.failed == 0
}

func (f *field) fail(seed uint64, told string, crashed bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.failed == 0 {
		f.failed, f.told, f.crashed = seed, told, crashed
	}
}

// report tells of the seed that failed, and shows it as small as it gets.
func (f *field) report() {
	f.t.Errorf("seed %d (SIM_SEED=%d repeats it): %s", f.failed, f.failed, f.told)
	most, wanted := shrinking()
	if !wanted {
		return
	}
	p := Draw(f.failed, commands)
	try := func(p *Plan) *Outcome { return Run(f.t, p, false) }
	if f.crashed {
		try = runApart
	}
	o := try(p)
	if !o.Failed() {
		f.t.Error("it does not fail again")
		return
	}
	began := time.Now()
	small := Shrink(p, o, most, try)
	again := try(small)
	if !again.Failed() {
		f.t.Errorf("what is left does not fail again:\n%s", small)
		return
	}
	text := fmt.Sprintf("# seed %d, shrunk to %d steps\n# %s\n%s", f.failed, len(small.Steps), strings.ReplaceAll(first(again.Wrong[0], 1500), "\n", "\n# "), small)
	f.t.Errorf("as small as it gets after %.0f s, to be kept in testdata:\n%s", time.Since(began).Seconds(), text)
	if file := os.Getenv("SIM_REPORT"); file != "" {
		if !f.crashed {
			text += "\n# The end of what happened, by the time, who went on from where, and how many others could have:\n" + tail(Run(f.t, small, true).Trace, 50)
		}
		if err := os.WriteFile(file, []byte(text), 0o644); err != nil {
			f.t.Error(err)
		}
	}
}

// tail is the last lines of a trace up to when all clients have gone, as comments.
func tail(trace []string, n int) string {
	var b strings.Builder
	if end := slices.IndexFunc(trace, func(line string) bool { return strings.Contains(line, haveGone) }); end >= 0 {
		trace = trace[:end+1]
	}
	for _, line := range trace[max(len(trace)-n, 0):] {
		fmt.Fprintf(&b, "# %.160s\n", line)
	}
	return b.String()
}

// child is a process of this test that runs another one of its tests.
func child(test string, env ...string) *exec.Cmd {
	cmd := exec.Command(os.Args[0], "-test.run", "^"+test+"$", "-test.timeout", "0")
	cmd.Env = append(os.Environ(), env...)
	return cmd
}

// runApart runs a plan in a process of its own, which it may end.
func runApart(p *Plan) *Outcome {
	file := filepath.Join(os.TempDir(), fmt.Sprintf("plan-%d.txt", os.Getpid()))
	defer os.Remove(file)
	if err := os.WriteFile(file, []byte(p.String()), 0o644); err != nil {
		panic(err)
	}
	cmd := child("TestWorker", "SIM_PLAN="+file)
	timer := time.AfterFunc(stuckAfter/4, func() { _ = cmd.Process.Kill() })
	defer timer.Stop()
	out, err := cmd.CombinedOutput()
	o := &Outcome{}
	if err != nil {
		o.Wrong = []string{"the process ended:\n" + first(string(out), 3000)}
	}
	return o
}

// TestWorker is the other process: it tells which seed it begins, and ends with the first that fails.
func TestWorker(t *testing.T) {
	from, err := strconv.ParseUint(os.Getenv("SIM_FROM"), 10, 64)
	count, _ := strconv.Atoi(os.Getenv("SIM_COUNT"))
	if file := os.Getenv("SIM_PLAN"); file != "" {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		runText(t, string(text))
		return
	}
	if err != nil {
		t.Skip("that is for TestSeeds")
	}
	for ; count > 0; count-- {
		fmt.Printf("seed %d\n", from)
		if o := Run(t, Draw(from, commands), false); o.Failed() {
			t.Fatalf("wrong: %s", strings.Join(o.Wrong, "\n"))
		}
		from += 2
	}
}

// runText runs a plan. SIM_TRACE names a file for all that happens.
func runText(t *testing.T, text string) {
	p, err := Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	file := os.Getenv("SIM_TRACE")
	o := Run(t, p, file != "")
	if file != "" {
		_ = os.WriteFile(file, []byte(strings.Join(o.Trace, "\n")), 0o644)
	}
	if o.Failed() {
		t.Fatalf("wrong: %s", strings.Join(o.Wrong, "\n"))
	}
}

// TestEqualSeedsGiveEqualRuns repeats seeds with one and two processors, with and without the collector.
func TestEqualSeedsGiveEqualRuns(t *testing.T) {
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(0))
	defer debug.SetGCPercent(debug.SetGCPercent(100))
	for seed := range uint64(12) {
		var first *Outcome
		for i, how := range [][2]int{{2, 100}, {1, 100}, {2, -1}, {2, 5}} {
			runtime.GOMAXPROCS(how[0])
			debug.SetGCPercent(how[1])
			if o := Run(t, Draw(seed, commands), false); first == nil {
				first = o
			} else if o.Hash != first.Hash || o.Steps != first.Steps || o.Lasted != first.Lasted {
				t.Fatalf("seed %d, way %d: %x after %d steps, first %x after %d", seed, i, o.Hash, o.Steps, first.Hash, first.Steps)
			}
		}
	}
}

// TestChoicesRepeatARun runs seeds once more by what their schedules decided, which a plan can hold.
func TestChoicesRepeatARun(t *testing.T) {
	for seed := range uint64(10) {
		p := Draw(seed, commands)
		o := Run(t, p, false)
		p.Choices = &o.Choices
		again, err := Parse(p.String())
		if err != nil {
			t.Fatal(err)
		}
		if o2 := Run(t, again, false); o2.Hash != o.Hash || again.String() != p.String() {
			t.Fatalf("seed %d: %x by its choices, %x before", seed, o2.Hash, o.Hash)
		}
	}
}

// TestScenarios runs what is kept in testdata: with the choices that it has, and under other schedules, since a point more or less
// gives the choices another meaning.
func TestScenarios(t *testing.T) {
	files, err := filepath.Glob("testdata/*.txt")
	if err != nil || len(files) == 0 {
		t.Fatal("no scenarios")
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			runText(t, string(text))
			p, _ := Parse(string(text))
			p.Choices = nil
			for range 10 {
				p.Settings[Schedule]++
				if o := Run(t, p, false); o.Failed() {
					t.Fatalf("under another schedule, %d: %s", p.Settings[Schedule], strings.Join(o.Wrong, "\n"))
				}
			}
		})
	}
}

// TestTraces runs what the faults were found by, in the house without them, where nothing is wrong.
func TestTraces(t *testing.T) {
	files, err := filepath.Glob("testdata/faults/*.trace")
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".trace"), func(t *testing.T) {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			runText(t, string(text))
		})
	}
}
