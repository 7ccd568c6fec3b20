package result

import (
	"bytes"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"sigrun/bench/measure"
)

// sample is a result of two classes, a thousand replies each, 1 to 1000 times 10 us.
func sample() *Result {
	r := &Result{Format: Format, Options: map[string]string{"clients": "5"}, Workload: Workload{"test", "do 1 PING"}, Seconds: 2, Began: time.Unix(1000, 0),
		Names: []string{"get", "set", "connect"}, Load: Load{Threads: 1, Clients: 5, Pipeline: 1}, Server: Server{Addr: "127.0.0.1:6379", CPU: 4}}
	s := measure.NewSet(3)
	for i := range int64(1000) {
		s.Classes[0].RecordBoth((i+1)*10000, (i+1)*20000)
		s.Classes[1].Record((i + 1) * 10000)
	}
	s.Classes[0].Hits, s.Classes[0].In, s.Classes[0].Out = 1000, 5000, 3000
	sums := measure.NewSums(3)
	sums.Take(s)
	for i, name := range r.Names[:2] {
		r.Classes = append(r.Classes, ClassOf(name, &sums.Classes[i], 2))
	}
	r.Total = ClassOf("all", sums.Total(), 2)
	r.Rate = r.Total.Rate
	part := measure.Part{Counts: measure.Counts{Done: 1000}, Quantiles: measure.Quantiles{P50: 1000000, Max: 5000000}}
	for i := range 2 {
		r.Rows = append(r.Rows, measure.Row{From: time.Duration(i) * time.Second, To: time.Duration(i+1) * time.Second, All: part,
			Classes: []measure.Part{part, part, {}}})
	}
	return r
}

// TestMemtier: what readers of memtier_benchmark's files look for is where they look for it.
func TestMemtier(t *testing.T) {
	data, err := sample().Marshal()
	if err != nil {
		t.Fatal(err)
	}
	var f map[string]any
	if err := json.Unmarshal(data, &f); err != nil {
		t.Fatal(err)
	}
	at := func(path ...string) any {
		var v any = f
		for _, p := range path {
			m, ok := v.(map[string]any)
			if !ok || m[p] == nil {
				t.Fatalf("there is no %v", path)
			}
			v = m[p]
		}
		return v
	}
	for _, c := range []struct {
		want float64
		path []string
	}{
		{2, []string{"run information", "Format version"}}, {1, []string{"configuration", "threads"}}, {2000, []string{"ALL STATS", "Runtime", "Total duration"}},
		{1000, []string{"ALL STATS", "Gets", "Count"}}, {500, []string{"ALL STATS", "Gets", "Ops/sec"}}, {500, []string{"ALL STATS", "Gets", "Hits/sec"}},
		{10.01, []string{"ALL STATS", "Gets", "Average Latency"}}, {20, []string{"ALL STATS", "Gets", "Max Latency"}},
		{1000, []string{"ALL STATS", "Totals", "Ops/sec"}}, {5, []string{"ALL STATS", "Sets", "Percentile Latencies", "p50.000"}},
		{9.9, []string{"ALL STATS", "Sets", "Percentile Latencies", "p99.000"}}, {1, []string{"ALL STATS", "Gets", "Time-Serie", "1", "p50.00"}},
		{1000, []string{"ALL STATS", "Gets", "Time-Serie", "0", "Count"}}, {5, []string{"ALL STATS", "Totals", "Time-Serie", "0", "Max Latency"}},
		{0, []string{"ALL STATS", "Waits", "Count"}}, {0, []string{"configuration", "select-db"}}, {0, []string{"configuration", "requests"}},
	} {
		if got := at(c.path...).(float64); math.Abs(got-c.want) > 0.02*c.want {
			t.Errorf("%v is %g, want %g", c.path, got, c.want)
		}
	}
	log := at("ALL STATS", "Sets", "Percentile Latencies", "Histogram log format", "Compressed Histogram").(string)
	if h, err := hdrhistogram.Decode([]byte(log)); err != nil || h.TotalCount() != 1000 || math.Abs(float64(h.ValueAtPercentile(50))-5000) > 20 {
		t.Errorf("the histogram in microseconds: %v", err)
	}
	if list := at("ALL STATS", "GET").([]any); len(list) < 10 {
		t.Error(list)
	}
}

func TestReadBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "r.json")
	data, _ := sample().Marshal()
	if err := Write(path, data); err != nil {
		t.Fatal(err)
	}
	r, err := Read(path)
	if err != nil || r.Options["clients"] != "5" || r.Workload.Text != "do 1 PING" || len(r.Rows) != 2 {
		t.Fatalf("%+v, %v", r, err)
	}
	h, err := r.Classes[0].Histogram()
	if err != nil || h.TotalCount() != 1000 || math.Abs(float64(h.ValueAtPercentile(50))-1e7) > 1e5 {
		t.Error(err)
	}
	for name, text := range map[string]string{"no JSON": "{", "another file": "{}", "another format": `{"sigrun-bench":{"format":99}}`} {
		_ = os.WriteFile(path, []byte(text), 0o600)
		if _, err := Read(path); err == nil || !strings.Contains(err.Error(), path) {
			t.Errorf("%s: %v", name, err)
		}
	}
	if _, err := Read(path + "x"); err == nil {
		t.Error("a file that is not there")
	}
}

// TestWriteKeepsWhatIsThere: a file that cannot be written stays as it was, and nothing lies about.
func TestWriteKeepsWhatIsThere(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "r.json")
	_ = os.WriteFile(path, []byte("old"), 0o600)
	if err := Write(filepath.Join(path, "in a file"), []byte("new")); err == nil {
		t.Error("written into a file that is no folder")
	}
	if err := Write("/dev/full/x", nil); err == nil {
		t.Error("written to where nothing can be")
	}
	if err := Writable(filepath.Join(dir, "no", "such", "folder")); err == nil {
		t.Error("a folder that is not there is writable")
	}
	if err := Writable(path); err != nil {
		t.Error(err)
	}
	files, _ := os.ReadDir(dir)
	if data, _ := os.ReadFile(path); string(data) != "old" || len(files) != 1 {
		t.Errorf("%q, %d files", data, len(files))
	}
}

func TestFullDisk(t *testing.T) {
	if _, err := os.Stat("/dev/full"); err != nil {
		t.Skip("there is no /dev/full")
	}
	l, err := OpenLog("/dev/full", []string{"get"})
	if err == nil {
		l.Begin(time.Now())
		s := measure.NewSet(1)
		s.Classes[0].Record(1000)
		l.Add(measure.Row{}, s)
		err = l.Close()
	}
	if err == nil {
		t.Error("a full disk was not told")
	}
}

func TestLog(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	l, err := OpenLog(path, []string{"get", "set"})
	if err != nil {
		t.Fatal(err)
	}
	l.Begin(time.Now())
	for i := range 3 {
		s := measure.NewSet(2)
		for range 10 {
			s.Classes[i%2].Record(5000)
		}
		l.Add(measure.Row{From: time.Duration(i) * time.Second, To: time.Duration(i+1) * time.Second}, s)
	}
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	f, _ := os.Open(path)
	defer f.Close()
	r := hdrhistogram.NewHistogramLogReader(f)
	var tags []string
	for {
		h, err := r.NextIntervalHistogram()
		if err != nil {
			t.Fatal(err)
		}
		if h == nil {
			break
		}
		if h.TotalCount() != 10 {
			t.Error(h.TotalCount())
		}
		tags = append(tags, h.Tag())
	}
	if strings.Join(tags, " ") != "get set get" {
		t.Error(tags)
	}
}

// TestLogThatFails: what was there stays, and nothing lies about.
func TestLogThatFails(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "log")
	_ = os.WriteFile(path, []byte("old"), 0o600)
	l, err := OpenLog(path, []string{"get, or what"})
	if err != nil {
		t.Fatal(err)
	}
	l.Begin(time.Now())
	s := measure.NewSet(1)
	s.Classes[0].Record(1000)
	l.Add(measure.Row{}, s) // the format allows neither blanks nor commas in a name
	if l.err != nil {
		t.Error(l.err)
	}
	_ = l.f.Close()
	l.Add(measure.Row{}, s)
	if err := l.Close(); err == nil {
		t.Error("nobody was told")
	}
	files, _ := os.ReadDir(dir)
	if data, _ := os.ReadFile(path); string(data) != "old" || len(files) != 1 {
		t.Errorf("%q, %d files", data, len(files))
	}
}

// TestDevicesStayDevices: what is written to a pipe does not come into its place.
func TestDevicesStayDevices(t *testing.T) {
	if err := Write("/dev/full", []byte("x")); err == nil {
		t.Error("a full disk was not told")
	}
	if err := Write("/dev/null", []byte("x")); err != nil {
		t.Error(err)
	}
	for _, path := range []string{"/dev/full", "/dev/null"} {
		if info, err := os.Stat(path); err != nil || info.Mode().IsRegular() || Writable(path) != nil {
			t.Fatal(path, err)
		}
	}
}

// TestShortIntervals: those of one second are one for memtier's readers.
func TestShortIntervals(t *testing.T) {
	r := sample()
	r.Rows[1].From, r.Rows[0].To = 500*time.Millisecond, 500*time.Millisecond
	series := r.stats()["Totals"].(map[string]any)["Time-Serie"].(map[string]any)
	if len(series) != 1 || series["0"].(map[string]any)["Count"] != int64(2000) {
		t.Errorf("%v", series)
	}
}

func TestCSV(t *testing.T) {
	var b bytes.Buffer
	if err := sample().CSV(&b); err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(strings.TrimSpace(b.String()), "\n")
	if len(lines) != 7 || !strings.HasPrefix(lines[1], "0.000,1.000,all,1000,1000.000,") || !strings.Contains(lines[2], ",get,") {
		t.Errorf("%q", lines)
	}
}

func TestMerge(t *testing.T) {
	a, b := sample(), sample()
	b.Classes[1].Name = "del"
	if err := a.Merge(b, "other"); err != nil {
		t.Fatal(err)
	}
	h, _ := a.Classes[0].Histogram()
	if len(a.Classes) != 3 || a.Classes[0].Done != 2000 || h.TotalCount() != 2000 || a.Total.Done != 4000 || a.Rate != 2000 || a.Rows[0].All.Done != 2000 ||
		a.Load.Clients != 10 || math.Abs(float64(a.Classes[0].Response.P50)-1e7) > 1e5 {
		t.Errorf("%+v", a)
	}
	b.Total.ServiceHistogram = "rubbish"
	if err := a.Merge(b, "other"); err == nil {
		t.Error("rubbish was taken")
	}
}

func TestJudge(t *testing.T) {
	for want, change := range map[string]func(r *Result){
		"":                         func(*Result) {},
		"was the bottleneck":       func(r *Result) { r.Own.Busy = []float64{0.5, 0.99} },
		"had no processor":         func(r *Result) { r.Own.Starved = []float64{0.4} },
		"sent":                     func(r *Result) { r.Load.Open, r.Own.Lag.P99 = true, int64(5*time.Millisecond) },
		"were never sent":          func(r *Result) { r.Load.Open, r.Behind = true, 100 },
		"cannot be right":          func(r *Result) { r.Total.Wrong = 1 },
		"nothing was answered":     func(r *Result) { r.Total.Done = 0 },
		"were refused or lost":     func(r *Result) { r.Total.Lost = 100 },
		"ended early: it was dark": func(r *Result) { r.Failed = "it was dark" },
		"intervals nobody was":     func(r *Result) { r.Rows[1].All.Done, r.Total.Lost = 0, 1 },
		"not there again":          func(r *Result) { r.Gone = 1 },
	} {
		r := sample()
		change(r)
		r.Judge()
		if want == "" && len(r.Void) > 0 || want != "" && (len(r.Void) != 1 || !strings.Contains(r.Void[0], want)) {
			t.Errorf("%q: %v", want, r.Void)
		}
	}
}

// TestLinksStay: what a symbolic link leads to is written, and a folder is no file.
func TestLinksStay(t *testing.T) {
	dir := t.TempDir()
	far, link := filepath.Join(dir, "far"), filepath.Join(dir, "link")
	if err := os.Symlink("far", link); err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{"one", "two"} { // where there is none yet, and where there is
		if err := Writable(link); err != nil {
			t.Fatal(err)
		}
		if err := Write(link, []byte(text)); err != nil {
			t.Fatal(err)
		}
		info, err := os.Lstat(link)
		got, err2 := os.ReadFile(far)
		if err != nil || err2 != nil || info.Mode()&os.ModeSymlink == 0 || string(got) != text {
			t.Errorf("%v %q, %v %v", info, got, err, err2)
		}
	}
	if err := Writable(dir); err == nil {
		t.Error("a folder can be written")
	}
}

// TestUnaskedRepliesVoid: where there is one too many, nobody knows whose the others were.
func TestUnaskedRepliesVoid(t *testing.T) {
	r := &Result{Unasked: 1}
	r.Total.Done = 1000
	if err := r.Merge(&Result{Unasked: 2}, "other"); err != nil {
		t.Fatal(err)
	}
	if r.Judge(); len(r.Void) != 1 || !strings.Contains(r.Void[0], "nobody has asked for: 3") {
		t.Error(r.Void)
	}
}
