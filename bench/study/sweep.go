package study

import (
	"context"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"
	"strings"
	"text/tabwriter"

	"sigrun/bench/client"
	"sigrun/bench/host"
	"sigrun/bench/result"
	"sigrun/bench/workload"
)

// Axis reads what is varied: NAME=VALUE,VALUE…
func Axis(text string) (a result.Axis, err error) {
	name, values, ok := strings.Cut(text, "=")
	name = strings.Trim(name, "{}") // as it stands in the command
	if !ok || name == "" || values == "" {
		return a, fmt.Errorf("--vary %.60q: want NAME=VALUE,VALUE...", text)
	}
	return result.Axis{Name: name, Values: strings.Split(values, ",")}, nil
}

// mostPoints is how many combinations one sweep has.
const mostPoints = 2000

// Sweep measures every combination of what is varied, for each of the servers. An axis is an option of the load (clients, pipeline,
// threads, rate), something of the workload (keys.NAME, value.NAME), cores of the server, or a {NAME} in the server's command.
func Sweep(ctx context.Context, o *Options, servers []string, axes []result.Axis, command []string, progress io.Writer) (*result.Sweep, error) {
	if err := o.Writable(); err != nil {
		return nil, err
	}
	ctx, stop := caught(ctx)
	defer stop()
	s := &result.Sweep{Command: Discreet(command), Servers: Discreet(servers), Workload: result.Workload{Name: o.Workload.Name, Text: o.Workload.Text}, Seed: o.seed, Host: host.Look(), Axes: axes}
	list := combinations(axes)
	if len(list)*len(servers) > mostPoints {
		return nil, fmt.Errorf("that would be %d measurements, and %d is the most", len(list)*len(servers), mostPoints)
	}
	for i, server := range servers {
		if s.Stopped != "" {
			break
		}
		var open *subject
		var opened string
		for j, settings := range list {
			say(progress, "\r%d of %d ", i*len(list)+j+1, len(servers)*len(list))
			p, err := o.point(axes, settings, server)
			if err != nil {
				return nil, err
			}
			if key := p.where + "\x00" + p.cpus + "\x00" + p.o.Workload.Text; open == nil || key != opened {
				if open != nil {
					open.close()
				}
				if open, err = p.o.open(ctx, fmt.Sprintf("server%d", i), p.where, p.cpus, nil); err != nil {
					return nil, err
				}
				opened = key
			}
			err = p.measure(ctx, open, s, settings, label(servers, i))
			if errors.Is(err, errInterrupted) && len(s.Points) > 0 {
				s.Stopped = fmt.Sprintf("%v behind %d of %d measurements", err, len(s.Points), len(servers)*len(list))
				break
			}
			if err != nil {
				open.close()
				return nil, err
			}
		}
		if open != nil {
			open.close()
		}
	}
	say(progress, "\r%-40s\r", "")
	Efficiency(s)
	return s, nil
}

// label tells the points of several servers apart, which may be the same program.
func label(servers []string, i int) string {
	if len(servers) < 2 {
		return ""
	}
	return fmt.Sprintf(" [%d]", i+1)
}

// combinations are all of them, the last axis fastest.
func combinations(axes []result.Axis) (list [][]string) {
	list = [][]string{nil}
	for _, a := range axes {
		var longer [][]string
		for _, l := range list {
			for _, v := range a.Values {
				longer = append(longer, append(slices.Clone(l), v))
			}
		}
		if list = longer; len(list) > mostPoints {
			break
		}
	}
	return list
}

// point is one combination.
type point struct {
	o     Options
	where string // address or command of the server
	cpus  string // cores that it is bound to
	load  string // cores that the load is bound to
}

// point makes settings of a combination.
func (o *Options) point(axes []result.Axis, settings []string, server string) (p *point, err error) {
	p = &point{o: *o, where: server, load: o.cpus}
	text := o.Workload.Text
	for i, a := range axes {
		v := settings[i]
		switch a.Name {
		case "clients":
			p.o.clients, err = strconv.Atoi(v)
		case "pipeline":
			p.o.pipeline, err = strconv.Atoi(v)
		case "threads":
			p.o.threads, err = strconv.Atoi(v)
		case "rate":
			p.o.rate, err = strconv.ParseFloat(v, 64)
		case "cores":
			err = p.pin(v)
		default:
			switch {
			case strings.Contains(p.where, "{"+a.Name+"}"):
			case strings.Contains(a.Name, "."):
				text, err = workload.Set(text, a.Name, v)
			default:
				err = fmt.Errorf("%s is neither clients, pipeline, threads, rate, cores, keys.NAME or value.NAME of the workload, nor a {%s} in --server", a.Name, a.Name)
			}
		}
		if err != nil {
			return nil, fmt.Errorf("--vary %s=%s: %w", a.Name, v, err)
		}
		p.where = strings.ReplaceAll(p.where, "{"+a.Name+"}", v)
	}
	if text != o.Workload.Text {
		if p.o.Workload, err = workload.Parse(o.Workload.Name, text); err != nil {
			return nil, err
		}
	}
	return p, p.o.Complete()
}

// pin gives the server the first n cores, and the load the others, if there are any.
func (p *point) pin(v string) error {
	list := host.Allowed() // which need not begin with 0
	n, err := strconv.Atoi(v)
	if err != nil || n < 1 || n > len(list) {
		return fmt.Errorf("want 1 to %d", len(list))
	}
	if p.cpus = host.ListOf(list[:n]); p.o.cpus == "" {
		p.load = host.ListOf(list[n:])
	}
	return nil
}

// measure adds the point.
func (p *point) measure(ctx context.Context, s *subject, sweep *result.Sweep, settings []string, label string) error {
	next := p.o
	next.addr, next.pid, next.cpus = s.o.addr, s.o.pid, p.load
	plan, err := next.Plan()
	if err != nil {
		return err
	}
	s.o, s.plan.Workload = next, p.o.Workload
	r, err := s.measure(ctx, func(q *client.Plan) { *q = *plan; q.Workload = s.plan.Workload })
	if err != nil {
		return err
	}
	t := r.Total.Times()
	sweep.Points = append(sweep.Points, result.Point{Settings: settings, Server: r.Server.Kind + " " + r.Server.Version + label, Rate: r.Rate, P50: t.P50, P99: t.P99,
		P999: t.P999, CPU: r.Server.CPU, User: r.Server.User, System: r.Server.System, Cores: r.Server.Cores, Switches: r.Server.Switches,
		Resident: r.Server.Resident, Pinned: pinned(p), Inside: inside(r), Void: r.Void})
	return nil
}

func pinned(p *point) string {
	if p.cpus == "" && p.load == "" {
		return ""
	}
	return p.cpus + " | " + p.load
}

// inside is what Sigrun says of itself for each command.
func inside(r *result.Result) map[string]float64 {
	if r.Server.Inside == nil {
		return nil
	}
	m := maps.Clone(r.Server.Inside.PerCommand)
	for _, d := range r.Server.Inside.Delays {
		if d.Ring.Count > 0 {
			m[d.Command+" ring delay p99 us"] = d.Ring.P99
		}
		m[d.Command+" run p99 us"] = d.Run.P99
	}
	return m
}

// Efficiency compares each point with the one of the fewest cores that is like it otherwise.
func Efficiency(s *result.Sweep) {
	axis := slices.IndexFunc(s.Axes, func(a result.Axis) bool {
		return a.Name == "cores" || strings.Contains(a.Name, "threads") && a.Name != "threads"
	})
	if axis < 0 {
		return
	}
	cores := func(p *result.Point) float64 {
		n, _ := strconv.ParseFloat(p.Settings[axis], 64)
		return n
	}
	for i := range s.Points {
		p, least := &s.Points[i], &s.Points[i]
		for j := range s.Points {
			q := &s.Points[j]
			if q.Server == p.Server && alike(p.Settings, q.Settings, axis) && cores(q) < cores(least) {
				least = q
			}
		}
		if n := cores(p) * least.Rate; n > 0 && cores(least) > 0 {
			p.Efficiency = p.Rate * cores(least) / n
		}
	}
}

// alike tells whether settings differ by one axis at most.
func alike(a, b []string, but int) bool {
	for i := range a {
		if i != but && a[i] != b[i] {
			return false
		}
	}
	return true
}

// SweepTable prints a sweep.
func SweepTable(w io.Writer, s *result.Sweep) {
	w = plain{w}
	fmt.Fprintf(w, "%s, seed %d; %s, %d cores\n\n", s.Workload.Name, s.Seed, s.Host.Processor, s.Host.Cores)
	if len(s.Servers) > 1 {
		for i, where := range s.Servers {
			fmt.Fprintf(w, "[%d] %s\n", i+1, where)
		}
		fmt.Fprintln(w)
	}
	t := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	fmt.Fprint(t, "server\t")
	for _, a := range s.Axes {
		fmt.Fprintf(t, "%s\t", a.Name)
	}
	fmt.Fprintf(t, "replies/s\tper core\tp50\tp99\tp99.9\tCPU us a command\tin the kernel\tcores used\tswitches\t\n")
	for i := range s.Points {
		p := &s.Points[i]
		fmt.Fprintf(t, "%s\t", p.Server)
		for _, v := range p.Settings {
			fmt.Fprintf(t, "%s\t", v)
		}
		each := ""
		if p.Efficiency > 0 {
			each = fmt.Sprintf("%.2f", p.Efficiency)
		}
		note := ""
		if len(p.Void) > 0 {
			note = "VOID: " + p.Void[0]
		}
		times, cores := p.P999 > 0, p.Cores > 0
		fmt.Fprintf(t, "%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\t%s\n", Amount(p.Rate), each, measured(Time(p.P50), times), measured(Time(p.P99), times),
			measured(Time(p.P999), times), measured(fmt.Sprintf("%.3f", p.CPU), p.CPU > 0), measured(fmt.Sprintf("%.3f", p.System), cores),
			measured(fmt.Sprintf("%.2f", p.Cores), cores), measured(fmt.Sprintf("%.3f", p.Switches), cores), note)
	}
	_ = t.Flush()
	if s.Stopped != "" {
		fmt.Fprintf(w, "VOID: %s\n", s.Stopped)
	}
}

// measured is a figure, if there is one.
func measured(text string, is bool) string {
	if is {
		return text
	}
	return "-"
}

// mid is the middle of some figures.
func mid(v []float64) float64 {
	if len(v) == 0 {
		return 0
	}
	s := slices.Clone(v)
	slices.Sort(s)
	return (s[(len(s)-1)/2] + s[len(s)/2]) / 2
}
