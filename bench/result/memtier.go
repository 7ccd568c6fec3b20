package result

import (
	"encoding/json"
	"fmt"
	"net"
	"strconv"
	"strings"

	"github.com/HdrHistogram/hdrhistogram-go"

	"sigrun/bench/measure"
)

// file is what is written as JSON: the shape of memtier_benchmark's files (format version 2), and the result itself beside it.
type file struct {
	Configuration map[string]any `json:"configuration"`
	Information   map[string]any `json:"run information"`
	Stats         map[string]any `json:"ALL STATS"`
	Result        *Result        `json:"sigrun-bench"`
}

// percentiles that readers look for.
var percentiles = []float64{50, 90, 95, 99, 99.9, 99.99}

// Marshal is the result as JSON.
func (r *Result) Marshal() ([]byte, error) {
	host, port, _ := net.SplitHostPort(r.Server.Addr)
	n, _ := strconv.Atoi(port)
	socket := ""
	if strings.Contains(r.Server.Addr, "/") {
		socket = r.Server.Addr
	}
	f := file{Configuration: r.configuration(host, n, socket), Stats: r.stats(), Result: r}
	f.Information = map[string]any{"Threads": r.Load.Threads, "Connections per thread": f.Configuration["clients"],
		"Requests per client": f.Configuration["requests"], "Format version": 2}
	return json.MarshalIndent(f, "", " ")
}

// configuration has memtier's fields, but those of its own workload (ratio, data_*, key_*, expiry_range and the like), which would say
// something else than what was run.
func (r *Result) configuration(host string, port int, socket string) map[string]any {
	option := func(name string) any {
		if v, ok := r.Options[name]; ok {
			return v
		}
		return nil
	}
	number := func(name string) int {
		n, _ := strconv.Atoi(r.Options[name])
		return n
	}
	is := func(name string) string { return strconv.FormatBool(r.Options[name] == "true") }
	return map[string]any{"server": host, "port": port, "uri": "", "unix socket": socket, "address family": "Unspecified", "protocol": "redis",
		"out_file": nil, "tls": is("tls"), "cert": option("tls-cert"), "key": option("tls-key"), "cacert": option("tls-ca"),
		"tls_skip_verify": is("tls-insecure"), "sni": option("tls-name"), "client_stats": nil, "run_count": 1, "debug": 0,
		"requests": number("requests") / max(r.Load.Clients, 1), "rate_limit": int(r.Load.Rate), "clients": r.Load.Clients / max(r.Load.Threads, 1),
		"threads": r.Load.Threads, "test_time": int(r.Seconds), "pipeline": r.Load.Pipeline, "select-db": number("db"), "authenticate": "",
		"print-all-runs": "false"}
}

func (r *Result) stats() map[string]any {
	began := r.Began.UnixMilli()
	length := int64(r.Seconds * 1000)
	stats := map[string]any{"Runtime": map[string]any{"Start time": began, "Finish time": began + length, "Total duration": length,
		"Time unit": "MILLISECONDS", "Interrupted": strconv.FormatBool(r.Failed != "")}}
	index := map[string]int{}
	for i, name := range r.Names {
		index[name] = i
	}
	for i := range r.Classes {
		c := &r.Classes[i]
		if c.Done == 0 {
			continue
		}
		at, ok := index[c.Name]
		if !ok || len(r.Names) == 1 {
			at = -1
		}
		stats[plural(c.Name)] = r.stat(c, at)
		stats[strings.ToUpper(c.Name)] = distribution(c)
	}
	if _, ok := stats["Sets"]; !ok {
		stats["Sets"] = r.stat(&Class{}, -2)
	}
	if _, ok := stats["Gets"]; !ok {
		stats["Gets"] = r.stat(&Class{}, -2)
	}
	stats["Waits"] = r.stat(&Class{}, -2)
	stats["Totals"] = r.stat(&r.Total, -1)
	return stats
}

// plural is how memtier names a command: Gets.
func plural(name string) string {
	if name == "" {
		return "s"
	}
	return strings.ToUpper(name[:1]) + name[1:] + "s"
}

func millis(ns int64) float64 { return float64(ns/1000) / 1000 }

// stat is one class; its rows are those of the class at, of all for -1, of none for -2.
func (r *Result) stat(c *Class, at int) map[string]any {
	t := c.Times()
	second := func(n int64) float64 { return float64(n) / max(r.Seconds, 1e-9) }
	stat := map[string]any{"Count": c.Done, "Ops/sec": second(c.Done), "Hits/sec": second(c.Hits), "Misses/sec": second(c.Misses),
		"MOVED/sec": second(c.Moved), "ASK/sec": second(c.Asked), "Connection Errors/sec": second(c.Lost), "Connection Errors": c.Lost,
		"Latency": millis(t.Mean), "Average Latency": millis(t.Mean), "Accumulated Latency": int64(float64(t.Mean) * float64(c.Done) / 1e6),
		"Min Latency": millis(t.Min), "Max Latency": millis(t.Max), "KB/sec": second(c.In+c.Out) / 1024, "KB/sec RX/TX": second(c.In+c.Out) / 1024,
		"KB/sec RX": second(c.In) / 1024, "KB/sec TX": second(c.Out) / 1024}
	seconds := map[int]*measure.Part{}
	for i := range r.Rows {
		row := &r.Rows[i]
		p := &row.All
		if at == -2 || at >= len(row.Classes) {
			break
		}
		if at >= 0 {
			p = &row.Classes[at]
		}
		at := int(row.From.Seconds()) // intervals may be shorter
		if sum := seconds[at]; sum != nil {
			sum.Join(p)
		} else {
			first := *p
			seconds[at] = &first
		}
	}
	series := map[string]any{}
	for at, p := range seconds { // in any order
		series[strconv.Itoa(at)] = inSecond(p)
	}
	stat["Time-Serie"] = series
	latencies := map[string]any{}
	if h, err := c.Histogram(); err == nil && h.TotalCount() > 0 {
		for _, p := range percentiles {
			latencies[fmt.Sprintf("p%.3f", p)] = millis(h.ValueAtPercentile(p))
		}
		latencies["Histogram log format"] = map[string]any{"Compressed Histogram": encode(micros(h))}
	}
	stat["Percentile Latencies"] = latencies
	return stat
}

// inSecond is a class in one interval.
func inSecond(p *measure.Part) map[string]any {
	s := map[string]any{"Bytes RX": p.In, "Bytes TX": p.Out, "Count": p.Done}
	if p.Done > 0 {
		s["Average Latency"], s["Min Latency"], s["Max Latency"] = millis(p.Mean), millis(p.Min), millis(p.Max)
		s["Accumulated Latency"] = int64(float64(p.Mean) * float64(p.Done) / 1e6)
		s["p50.00"], s["p99.00"], s["p99.90"] = millis(p.P50), millis(p.P99), millis(p.P999)
	}
	return s
}

// micros is a histogram in microseconds, as memtier keeps them.
func micros(h *hdrhistogram.Histogram) *hdrhistogram.Histogram {
	m := hdrhistogram.New(1, 3600*1000000, 3)
	for _, b := range h.Distribution() {
		if b.Count > 0 {
			_ = m.RecordValues(b.To/1000, b.Count)
		}
	}
	return m
}

// distribution is how many replies took how long.
func distribution(c *Class) []map[string]float64 {
	list := []map[string]float64{}
	h, err := c.Histogram()
	if err != nil {
		return list
	}
	for _, b := range h.CumulativeDistributionWithTicks(5) {
		list = append(list, map[string]float64{"<=msec": millis(b.ValueAt), "percent": b.Quantile})
	}
	return list
}
