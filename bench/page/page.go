// Package page draws results on one page of HTML that stands for itself: plots are SVG within it, and nothing is fetched from
// anywhere, which the page itself forbids.
package page

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"maps"
	"slices"
	"sort"
	"strings"
	"time"

	"gonum.org/v1/plot/plotter"

	"sigrun/bench/result"
)

//go:embed page.html
var source string

var page = template.Must(template.New("page").Parse(source))

// content is what stands on a page.
type content struct {
	Title   string
	Lead    string
	Void    []string
	Tables  []table
	Plots   []template.HTML
	Facts   []table
	Text    string // of the workload
	Command string
}

type table struct {
	Title string
	Head  []string
	Rows  [][]string
}

func (c *content) plot(f figure) error {
	svg, err := f.svg()
	if err == nil && svg != "" {
		c.Plots = append(c.Plots, template.HTML(svg)) // #nosec: our own drawing, texts in it are escaped by the library
	}
	return err
}

func (c *content) html() ([]byte, error) {
	var b bytes.Buffer
	err := page.Execute(&b, c)
	return b.Bytes(), err
}

func ms(ns int64) string { return fmt.Sprintf("%.3f", float64(ns)/1e6) }

// Run is the page of one run.
func Run(r *result.Result) ([]byte, error) {
	c := &content{Title: r.Workload.Name + " on " + r.Server.Kind + " " + r.Server.Version, Void: r.Void, Text: r.Workload.Text,
		Command: strings.Join(r.Command, " "),
		Lead: fmt.Sprintf("%s replies a second; %d clients, pipeline %d, %s; %s", short(r.Rate), r.Load.Clients, r.Load.Pipeline, loop(r),
			r.Began.Format(time.DateTime))}
	classes := table{Title: "Latency by command, ms", Head: []string{"command", "replies", "per second", "mean", "p50", "p90", "p99", "p99.9", "max", "misses", "refused", "wrong", "lost"}}
	for _, k := range append(append([]result.Class(nil), r.Classes...), r.Total) {
		t := k.Times()
		classes.Rows = append(classes.Rows, []string{k.Name, fmt.Sprint(k.Done), short(k.Rate), ms(t.Mean), ms(t.P50), ms(t.P90), ms(t.P99), ms(t.P999), ms(t.Max),
			fmt.Sprint(k.Misses), fmt.Sprint(k.Refused), fmt.Sprint(k.Wrong), fmt.Sprint(k.Lost)})
	}
	c.Tables = []table{classes}
	percentiles, err := overPercentiles(r)
	if err != nil {
		return nil, err
	}
	for _, f := range []figure{overTime(r), percentiles, throughput(r), processors(r)} {
		if err := c.plot(f); err != nil {
			return nil, err
		}
	}
	c.Facts = facts(r)
	return c.html()
}

func loop(r *result.Result) string {
	if r.Load.Open {
		return fmt.Sprintf("open loop at %s a second", short(r.Load.Rate))
	}
	return "closed loop"
}

// overTime is latency over time, with what happened meanwhile.
func overTime(r *result.Result) figure {
	f := figure{title: "latency over time", x: "seconds", y: "ms", log: true, marks: marks(r)}
	var p50, p99, p999, most plotter.XYs
	for i := range r.Rows {
		row := &r.Rows[i]
		at := row.From.Seconds()
		add := func(to *plotter.XYs, ns int64) { *to = append(*to, plotter.XY{X: at, Y: float64(ns) / 1e6}) }
		add(&p50, row.All.P50)
		add(&p99, row.All.P99)
		add(&p999, row.All.P999)
		add(&most, row.All.Max)
	}
	f.series = []series{{name: "p50", points: p50}, {name: "p99", points: p99}, {name: "p99.9", points: p999}, {name: "max", points: most}}
	return f
}

func marks(r *result.Result) (list []mark) {
	for _, e := range r.Events {
		if e.Missed == result.NotBegun {
			continue
		}
		text := e.What
		if len(text) > 40 {
			text = text[:37] + "..."
		}
		list = append(list, mark{e.At, text})
	}
	return list
}

// overPercentiles is latency over percentiles, of each class.
func overPercentiles(r *result.Result) (figure, error) {
	f := figure{title: "latency over percentiles", x: "", y: "ms", log: true, xTicks: nines{}}
	for i := range r.Classes {
		k := &r.Classes[i]
		h, err := k.Histogram()
		if err != nil {
			return f, fmt.Errorf("%s: %w", k.Name, err)
		}
		if n := h.TotalCount(); n > 0 {
			f.series = append(f.series, series{name: k.Name, points: percentileLine(h.ValueAtPercentile, n)})
		}
	}
	return f, nil
}

// percentileLine is as far as there are enough replies to tell.
func percentileLine(at func(float64) int64, n int64) (points plotter.XYs) {
	for x := 0.0; x <= 6 && x <= rarity(1-1/float64(n+1)); x += 0.05 {
		q := 1 - pow10(-x)
		points = append(points, plotter.XY{X: x, Y: float64(at(100*q)) / 1e6})
	}
	return points
}

func throughput(r *result.Result) figure {
	f := figure{title: "replies a second", x: "seconds", fromZero: true, marks: marks(r)}
	var points plotter.XYs
	for i := range r.Rows {
		row := &r.Rows[i]
		points = append(points, plotter.XY{X: row.From.Seconds(), Y: float64(row.All.Done) / row.Seconds()})
	}
	f.series = []series{{points: points}}
	return f
}

func processors(r *result.Result) figure {
	f := figure{title: "cores that the server used", x: "seconds", fromZero: true, marks: marks(r)}
	var points plotter.XYs
	for _, s := range r.Samples {
		points = append(points, plotter.XY{X: s.At, Y: s.Cores})
	}
	f.series = []series{{points: points}}
	return f
}

// facts are what the figures depend on.
func facts(r *result.Result) []table {
	s, h := &r.Server, &r.Host
	server := table{Title: "Server", Rows: rows("address", s.Addr, "program", s.Kind+" "+s.Version, "mode", s.Mode,
		"CPU a command, us", fmt.Sprintf("%.3f (%.3f in its own code, %.3f in the kernel)", s.CPU, s.User, s.System),
		"cores used", fmt.Sprintf("%.2f", s.Cores), "resident, MiB", fmt.Sprint(s.Resident>>20), "nodes", strings.Join(s.Nodes, " "))}
	own := table{Title: "Load generator", Rows: rows("threads busy", percents(r.Own.Busy), "starved", percents(r.Own.Starved),
		"CPU a request, us", fmt.Sprintf("%.3f", r.Own.CPU), "could make", short(r.Own.Ceiling)+" a second",
		"late by its own fault, p50 / p99 ms", ms(r.Own.Lag.P50)+" / "+ms(r.Own.Lag.P99), "replies waited for it, p99 ms", ms(r.Own.Turn.P99),
		"seed", fmt.Sprint(r.Seed))}
	machine := table{Title: "Machine", Rows: rows("processor", h.Processor, "cores", fmt.Sprint(h.Cores), "kernel", h.Kernel,
		"memory, GiB", fmt.Sprint(h.Memory>>30), "NUMA nodes", strings.Join(h.Nodes, " | "), "SMT siblings", siblings(h.Siblings), "governor", h.Governor,
		"huge pages", h.HugePages, "load before", h.Load, "mitigations", mitigations(h.Mitigations))}
	list := []table{server, own, machine}
	if s.Inside != nil {
		list = append(list, handed(s.Inside), delays(s.Inside))
	}
	if changed := changes(s.Changed, float64(max(r.Total.Done, 1))); len(changed.Rows) > 0 {
		list = append(list, changed)
	}
	return list
}

// handed is what Sigrun did for a command beside running it.
func handed(in *result.Inside) table {
	t := table{Title: "Inside Sigrun, a command"}
	for _, k := range slices.Sorted(maps.Keys(in.PerCommand)) {
		t.Rows = append(t.Rows, []string{strings.ReplaceAll(k, "_", " "), fmt.Sprintf("%.4g", in.PerCommand[k])})
	}
	return t
}

// delays is where the time of commands went, by command.
func delays(in *result.Inside) table {
	t := table{Title: "Where the time of commands went, us at most", Head: []string{"command", "ring delay p50", "p99", "of", "run time p50", "p99", "of", "write delay p50", "p99", "of"}}
	for i := range in.Delays {
		d := &in.Delays[i]
		row := []string{d.Command}
		for _, s := range []*result.Spread{&d.Ring, &d.Run, &d.Write} {
			row = append(row, fmt.Sprint(s.P50), fmt.Sprint(s.P99), fmt.Sprint(s.Count))
		}
		t.Rows = append(t.Rows, row)
	}
	return t
}

// rows leaves out what is not known.
func rows(pairs ...string) (out [][]string) {
	for i := 0; i < len(pairs); i += 2 {
		if pairs[i+1] != "" && pairs[i+1] != "0" {
			out = append(out, pairs[i:i+2])
		}
	}
	return out
}

func percents(list []float64) string {
	var out []string
	for _, f := range list {
		out = append(out, fmt.Sprintf("%.0f %%", 100*f))
	}
	return strings.Join(out, ", ")
}

func siblings(groups [][]int) string {
	var out []string
	for _, g := range groups {
		out = append(out, strings.Trim(fmt.Sprint(g), "[]"))
	}
	return strings.Join(out, " | ")
}

func mitigations(m map[string]string) string {
	var out []string
	for k, v := range m {
		out = append(out, k+": "+v)
	}
	sort.Strings(out)
	return strings.Join(out, "; ")
}

// mostChanges is how many figures of INFO a page shows.
const mostChanges = 200

func changes(m map[string]float64, commands float64) table {
	t := table{Title: "What INFO counted meanwhile", Head: []string{"field", "change", "a command"}}
	var names []string
	for k := range m {
		names = append(names, k)
	}
	sort.Strings(names)
	for _, k := range names[:min(len(names), mostChanges)] {
		t.Rows = append(t.Rows, []string{k, short(m[k]), fmt.Sprintf("%.4g", m[k]/commands)})
	}
	return t
}
