package page

import (
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"sigrun/bench/host"
	"sigrun/bench/measure"
	"sigrun/bench/result"
	"sigrun/bench/verdict"
)

// run is a result with everything that a page shows.
func run() *result.Result {
	r := &result.Result{Workload: result.Workload{Name: "cache", Text: "do 1 GET <b>"}, Began: time.Unix(1e9, 0), Seconds: 60, Command: []string{"sigrun-bench", "run"},
		Names: []string{"get"}, Host: host.Facts{Processor: "Z80", Cores: 1, Siblings: [][]int{{0, 1}}, Mitigations: map[string]string{"meltdown": "none"}},
		Server: result.Server{Kind: "Sigrun", Version: "1", Addr: "a:1", CPU: 3, Changed: map[string]float64{"total_commands_processed": 1000},
			Inside: &result.Inside{PerCommand: map[string]float64{"calls_handed_off": 0.25}, Delays: []result.Delays{{Command: "get", Run: result.Spread{Count: 5, P50: 2, P99: 4}}}}},
		Events: []result.Event{{At: 20, What: "BGSAVE <now>"}}, Void: []string{"just because"}, Own: result.Generator{Busy: []float64{0.5}}}
	set, sums := measure.NewSet(1), measure.NewSums(1)
	c := &set.Classes[0]
	for i := range int64(100000) {
		c.Record(i*i/1000 + 1000)
	}
	sums.Take(set)
	r.Classes = []result.Class{result.ClassOf("get", &sums.Classes[0], 60)}
	r.Total = result.ClassOf("all", sums.Total(), 60)
	for i := range 60 {
		r.Rows = append(r.Rows, measure.Row{From: time.Duration(i) * time.Second, To: time.Duration(i+1) * time.Second,
			All: measure.Part{Counts: measure.Counts{Done: int64(1000 + i)}, Quantiles: measure.Quantiles{P50: 1e5, P99: int64(1e6 + i*1e4), P999: 2e6, Max: 9e6}}})
		r.Samples = append(r.Samples, result.Sample{At: float64(i), Cores: 0.5})
	}
	return r
}

// pages are one of each kind, with the number of plots that it has.
func pages(t *testing.T) map[string][]byte {
	t.Helper()
	rounds := []float64{1, 2, 3, 4, 5, 6, 7, 8, 9, 10}
	comparison := &result.Comparison{Workload: result.Workload{Name: "get"}, Figures: []result.Figure{
		{Name: "throughput", Higher: true, A: rounds, B: rounds, Says: verdict.Compare(rounds, rounds, 0.05)}, {Name: "p99", A: rounds, B: rounds}}}
	promise := &result.Promise{Workload: result.Workload{Name: "get"}, Percentile: 99.9, Limit: 2e6, Best: 300,
		Tries: []result.Try{{Rate: 100, Good: true, P50: 1e5, P99: 1e6, P999: 15e5}, {Rate: 400, P50: 1e6, P99: 1e7, P999: 1e8}, {Rate: 200, Good: true, P50: 1e5, P99: 1e6, P999: 15e5}}}
	sweep := &result.Sweep{Workload: result.Workload{Name: "get"}, Axes: []result.Axis{{Name: "cores", Values: []string{"1", "2", "4"}}, {Name: "keys", Values: []string{"a", "b"}}}}
	for _, c := range []string{"1", "2", "4"} {
		for _, k := range []string{"a", "b"} {
			sweep.Points = append(sweep.Points, result.Point{Server: "Sigrun", Settings: []string{c, k}, Rate: 1000, CPU: 1, P99: 1e6, Efficiency: 0.9, Inside: map[string]float64{"handoffs": 1}})
		}
	}
	out := map[string][]byte{}
	for name, draw := range map[string]func() ([]byte, error){"run 4": func() ([]byte, error) { return Run(run()) }, "compare 2": func() ([]byte, error) { return Comparison(comparison) },
		"slo 1": func() ([]byte, error) { return Promise(promise) }, "sweep 4": func() ([]byte, error) { return Sweep(sweep) }} {
		b, err := draw()
		if err != nil {
			t.Fatal(name, err)
		}
		out[name] = b
	}
	return out
}

var outside = regexp.MustCompile(`(?i)(src|href)\s*=|url\(|@import|<script|<link`)

func TestPagesStandAlone(t *testing.T) {
	for name, b := range pages(t) {
		text := string(b)
		if m := outside.FindString(text); m != "" {
			t.Errorf("%s: something is fetched: %s", name, m)
		}
		if got, want := strings.Count(text, "<svg "), int(name[len(name)-1]-'0'); got != want {
			t.Errorf("%s: %d plots", name, got)
		}
		if !strings.Contains(text, "Content-Security-Policy") || strings.Contains(text, "NaN") || strings.Contains(text, "<now>") || strings.Contains(text, "<b>") {
			t.Errorf("%s: not as it should be", name)
		}
		for _, svg := range regexp.MustCompile(`(?s)<svg .*?</svg>`).FindAllString(text, -1) {
			d := xml.NewDecoder(strings.NewReader(svg))
			for {
				if _, err := d.Token(); err == io.EOF {
					break
				} else if err != nil {
					t.Errorf("%s: %v", name, err)
					break
				}
			}
		}
	}
}

// TestInside: what Sigrun says of itself stands on the page.
func TestInside(t *testing.T) {
	text := string(pages(t)["run 4"])
	for _, want := range []string{"calls handed off", "0.25", "ring delay p50", "write delay p50"} {
		if !strings.Contains(text, want) {
			t.Error(want)
		}
	}
}

func TestEmptyResultsHavePages(t *testing.T) {
	for name, draw := range map[string]func() ([]byte, error){"run": func() ([]byte, error) { return Run(&result.Result{}) },
		"compare": func() ([]byte, error) { return Comparison(&result.Comparison{}) }, "slo": func() ([]byte, error) { return Promise(&result.Promise{}) },
		"sweep": func() ([]byte, error) { return Sweep(&result.Sweep{}) }} {
		if b, err := draw(); err != nil || len(b) == 0 {
			t.Error(name, err)
		}
	}
}

// TestBrowser has every page opened by a browser that tells what it asks the network for, and looks whether all is drawn.
func TestBrowser(t *testing.T) {
	program, err := exec.LookPath("chromium")
	if err != nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("chromium is not installed: apt-get install chromium")
		}
		t.Skip("chromium is not installed: apt-get install chromium")
	}
	// All pages stand in frames of one, which looks into them: what has a size and is drawn in, and what was asked for.
	var frames, want strings.Builder
	all := pages(t)
	for _, name := range slices.Sorted(maps.Keys(all)) {
		_, plots, _ := strings.Cut(name, " ")
		fmt.Fprintf(&frames, "<iframe width=1400 height=900 srcdoc=\"%s\"></iframe>", html.EscapeString(string(all[name])))
		fmt.Fprintf(&want, "%s: %s of %s drawn, 0 asked for; ", name, plots, plots)
	}
	const look = `<script>addEventListener("load", () => { document.title = [...document.querySelectorAll("iframe")].map(f => {
		const d = f.contentDocument, svgs = [...d.querySelectorAll("svg")], drawn = svgs.filter(s => s.getBoundingClientRect().height > 100 &&
			s.querySelectorAll("path").length > 3 && s.querySelectorAll("text").length > 3);
		return drawn.length + " of " + svgs.length + " drawn, " + f.contentWindow.performance.getEntriesByType("resource").length + " asked for; " }).join("") })</script>`
	dir := t.TempDir()
	path := filepath.Join(dir, "all.html")
	if err := os.WriteFile(path, []byte("<!DOCTYPE html><title>not looked at</title>"+look+frames.String()), 0o600); err != nil {
		t.Fatal(err)
	}
	out, err := exec.Command(program, "--headless", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--user-data-dir="+filepath.Join(dir, "profile"),
		"--virtual-time-budget=5000", "--dump-dom", "file://"+path).Output()
	if err != nil {
		t.Fatal(err)
	}
	got, _, _ := strings.Cut(string(out), "</title>")
	_, got, _ = strings.Cut(got, "<title>")
	if names := regexp.MustCompile(`\w+ \d: `); got != names.ReplaceAllString(want.String(), "") {
		t.Errorf("%s\nwant %s", got, want.String())
	}
}
