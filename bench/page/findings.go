package page

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"gonum.org/v1/plot/plotter"

	"sigrun/bench/host"
	"sigrun/bench/result"
)

func server(s *result.Server) string { return s.Kind + " " + s.Version + " at " + s.Addr }

// machine is what every page says of it.
func machine(h *host.Facts) []table {
	return []table{{Title: "Machine", Rows: rows("processor", h.Processor, "cores", fmt.Sprint(h.Cores), "kernel", h.Kernel, "NUMA nodes", strings.Join(h.Nodes, " | "),
		"SMT siblings", siblings(h.Siblings), "governor", h.Governor, "load before", h.Load, "mitigations", mitigations(h.Mitigations))}}
}

// Comparison is the page of two servers.
func Comparison(r *result.Comparison) ([]byte, error) {
	c := &content{Title: r.Workload.Name + ": " + server(&r.A) + " and " + server(&r.B), Void: r.Void, Text: r.Workload.Text,
		Command: strings.Join(r.Command, " "), Facts: machine(&r.Host)}
	t := table{Title: "B to A", Head: []string{"figure", "ratio", "from", "to", "chance of as much by noise", "verdict"}}
	for i := range r.Figures {
		f := &r.Figures[i]
		c.Lead = fmt.Sprintf("%d rounds, by turns; A is %s, B is %s", len(f.A), server(&r.A), server(&r.B))
		t.Rows = append(t.Rows, []string{f.Name, fmt.Sprintf("%.3f", f.Says.Ratio), fmt.Sprintf("%.3f", f.Says.Low), fmt.Sprintf("%.3f", min(f.Says.High, 999)),
			fmt.Sprintf("%.2g", f.Says.P), f.Verdict()})
		if err := c.plot(figure{title: f.Name, x: "round", y: f.Unit, series: []series{rounds("A", f.A), rounds("B", f.B)}}); err != nil {
			return nil, err
		}
	}
	c.Tables = []table{t}
	return c.html()
}

func rounds(name string, v []float64) series {
	s := series{name: name, dots: true}
	for i := range v {
		s.points = append(s.points, plotter.XY{X: float64(i + 1), Y: v[i]})
	}
	return s
}

// Promise is the page of a search: the knee.
func Promise(r *result.Promise) ([]byte, error) {
	c := &content{Title: r.Workload.Name + " on " + server(&r.Server), Void: r.Void, Text: r.Workload.Text, Command: strings.Join(r.Command, " "), Facts: machine(&r.Host),
		Lead: fmt.Sprintf("%s requests a second with p%g within %s ms", short(r.Best), r.Percentile, ms(r.Limit))}
	tries := slices.Clone(r.Tries)
	slices.SortStableFunc(tries, func(a, b result.Try) int { return int(a.Rate - b.Rate) })
	t := table{Title: "Rates that were tried", Head: []string{"requests/s", "replies/s", "p50, ms", "p99, ms", "p99.9, ms", fmt.Sprintf("p%g, ms", r.Percentile), "kept"}}
	knee := figure{title: "latency over rate", x: "requests a second", y: "ms", log: true, limit: float64(r.Limit) / 1e6}
	lines := []series{{name: "p50", dots: true}, {name: "p99", dots: true}, {name: "p99.9", dots: true}}
	for _, y := range tries {
		word := "yes"
		if !y.Good {
			word = "no: " + y.Reason
		}
		t.Rows = append(t.Rows, []string{short(y.Rate), short(y.Got), ms(y.P50), ms(y.P99), ms(y.P999), ms(y.Value), word})
		for i, v := range []int64{y.P50, y.P99, y.P999} {
			lines[i].points = append(lines[i].points, plotter.XY{X: y.Rate, Y: float64(v) / 1e6})
		}
	}
	knee.series = lines
	if err := c.plot(knee); err != nil {
		return nil, err
	}
	c.Tables = []table{t}
	return c.html()
}

// Sweep is the page of a sweep: a plot over the axis that has most values, a line for each combination of the others.
func Sweep(r *result.Sweep) ([]byte, error) {
	c := &content{Title: r.Workload.Name + ": a sweep", Text: r.Workload.Text, Command: strings.Join(r.Command, " "), Facts: machine(&r.Host),
		Lead: fmt.Sprintf("%d measurements on %s", len(r.Points), r.Host.Processor)}
	if len(r.Servers) > 1 {
		which := table{Title: "Servers"}
		for i, where := range r.Servers {
			which.Rows = append(which.Rows, []string{fmt.Sprintf("[%d]", i+1), where})
		}
		c.Facts = append([]table{which}, c.Facts...)
	}
	t := table{Title: "All points", Head: []string{"server"}}
	for _, a := range r.Axes {
		t.Head = append(t.Head, a.Name)
	}
	t.Head = append(t.Head, "replies/s", "of one core's, a core", "p50, ms", "p99, ms", "CPU a command, us", "in the kernel", "cores used", "switches a command", "inside, a command", "cores: server | load", "void")
	for i := range r.Points {
		p := &r.Points[i]
		row := append([]string{p.Server}, p.Settings...)
		t.Rows = append(t.Rows, append(row, short(p.Rate), fmt.Sprintf("%.2f", p.Efficiency), ms(p.P50), ms(p.P99), fmt.Sprintf("%.3f", p.CPU), fmt.Sprintf("%.3f", p.System),
			fmt.Sprintf("%.2f", p.Cores), fmt.Sprintf("%.3f", p.Switches), insideOf(p.Inside), p.Pinned, strings.Join(p.Void, "; ")))
	}
	c.Tables = []table{t}
	for _, y := range []struct {
		title, unit string
		of          func(p *result.Point) float64
	}{{"replies a second", "", func(p *result.Point) float64 { return p.Rate }}, {"server CPU a command", "us", func(p *result.Point) float64 { return p.CPU }},
		{"p99", "ms", func(p *result.Point) float64 { return float64(p.P99) / 1e6 }}, {"efficiency a core", "", func(p *result.Point) float64 { return p.Efficiency }}} {
		if err := c.plot(sweepFigure(r, y.title, y.unit, y.of)); err != nil {
			return nil, err
		}
	}
	return c.html()
}

func insideOf(m map[string]float64) string {
	var out []string
	for k, v := range m { // in any order: sorted below
		out = append(out, fmt.Sprintf("%s %.3g", k, v))
	}
	slices.Sort(out)
	return strings.Join(out, ", ")
}

func sweepFigure(r *result.Sweep, title, unit string, of func(p *result.Point) float64) figure {
	f := figure{title: title, y: unit, fromZero: true}
	axis := 0
	for i, a := range r.Axes {
		if len(a.Values) > len(r.Axes[axis].Values) {
			axis = i
		}
	}
	if len(r.Axes) == 0 {
		return f
	}
	f.x = r.Axes[axis].Name
	index := map[string]int{}
	seen := false
	for i := range r.Points {
		p := &r.Points[i]
		name := p.Server
		for j, v := range p.Settings {
			if j != axis {
				name += ", " + r.Axes[j].Name + " " + v
			}
		}
		at, ok := index[name]
		if !ok {
			at = len(f.series)
			index[name] = at
			f.series = append(f.series, series{name: name, dots: true})
		}
		x, err := strconv.ParseFloat(p.Settings[axis], 64)
		if err != nil {
			x = float64(slices.Index(r.Axes[axis].Values, p.Settings[axis]))
		}
		seen = seen || of(p) != 0
		f.series[at].points = append(f.series[at].points, plotter.XY{X: x, Y: of(p)})
	}
	if !seen {
		f.series = nil
	}
	return f
}
