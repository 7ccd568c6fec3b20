package result

import (
	"encoding/json"
	"slices"

	"sigrun/bench/host"
	"sigrun/bench/verdict"
)

// Comparison is what two servers did by turns.
type Comparison struct {
	Command  []string   `json:"command"`
	Workload Workload   `json:"workload"`
	Seed     uint64     `json:"seed"`
	Host     host.Facts `json:"machine"`
	A        Server     `json:"a"`
	B        Server     `json:"b"`
	Figures  []Figure   `json:"figures"`
	Void     []string   `json:"void,omitempty"`
}

// Figure is one that both were measured by, round by round.
type Figure struct {
	Name   string             `json:"name"`
	Unit   string             `json:"unit"`
	Higher bool               `json:"higher_is_better"`
	A      []float64          `json:"a"`
	B      []float64          `json:"b"`
	Says   verdict.Difference `json:"verdict"`
}

// Promise is the search for the highest rate that keeps one.
type Promise struct {
	Command    []string   `json:"command"`
	Workload   Workload   `json:"workload"`
	Seed       uint64     `json:"seed"`
	Host       host.Facts `json:"machine"`
	Server     Server     `json:"server"`
	Percentile float64    `json:"percentile"`
	Limit      int64      `json:"limit"` // nanoseconds
	Best       float64    `json:"best"`  // requests a second
	Tries      []Try      `json:"tries"`
	Void       []string   `json:"void,omitempty"`
}

// Try is one rate.
type Try struct {
	Rate   float64 `json:"rate"`
	Got    float64 `json:"got"` // replies a second
	Good   bool    `json:"good"`
	Value  int64   `json:"value"` // of the percentile
	P50    int64   `json:"p50"`
	P99    int64   `json:"p99"`
	P999   int64   `json:"p99_9"`
	Reason string  `json:"reason,omitempty"`
	// Disturbed: the generator was, whenever it failed.
	Disturbed bool `json:"disturbed,omitempty"`
}

// Sweep is the same workload with different settings.
type Sweep struct {
	Command  []string   `json:"command"`
	Workload Workload   `json:"workload"`
	Seed     uint64     `json:"seed"`
	Host     host.Facts `json:"machine"`
	Servers  []string   `json:"servers,omitempty"` // addresses, or commands that have started them
	Axes     []Axis     `json:"axes"`
	Points   []Point    `json:"points"`
	Stopped  string     `json:"stopped,omitempty"` // why there are no more
}

// Void are the reasons why points of it are none, each once.
func (s *Sweep) Void() (list []string) {
	for i := range s.Points {
		for _, v := range s.Points[i].Void {
			if !slices.Contains(list, v) {
				list = append(list, v)
			}
		}
	}
	if s.Stopped != "" {
		list = append(list, s.Stopped)
	}
	return list
}

// Axis is what was varied.
type Axis struct {
	Name   string   `json:"name"`
	Values []string `json:"values"`
}

// Point is one combination.
type Point struct {
	Settings   []string `json:"settings"` // by axis
	Server     string   `json:"server"`
	Rate       float64  `json:"rate"`
	P50        int64    `json:"p50"`
	P99        int64    `json:"p99"`
	P999       int64    `json:"p99_9"`
	CPU        float64  `json:"cpu_us_per_command"`
	User       float64  `json:"user_us_per_command"`
	System     float64  `json:"system_us_per_command"`
	Cores      float64  `json:"cores_used"`
	Switches   float64  `json:"switches_per_command"`
	Resident   int64    `json:"resident"`
	Efficiency float64  `json:"efficiency,omitempty"` // per core, of what the fewest cores bring
	Pinned     string   `json:"pinned,omitempty"`     // cores of the server | cores of the load
	// Inside is what Sigrun says of itself for each command: hand-offs, rings, run time.
	Inside map[string]float64 `json:"inside,omitempty"`
	Void   []string           `json:"void,omitempty"`
}

// finding is a file with one of them.
type finding struct {
	Comparison *Comparison `json:"comparison,omitempty"`
	Promise    *Promise    `json:"slo,omitempty"`
	Sweep      *Sweep      `json:"sweep,omitempty"`
}

// Marshal is the comparison as JSON.
func (c *Comparison) Marshal() ([]byte, error) {
	return json.MarshalIndent(finding{Comparison: c}, "", " ")
}

// Marshal is the search as JSON.
func (p *Promise) Marshal() ([]byte, error) { return json.MarshalIndent(finding{Promise: p}, "", " ") }

// Marshal is the sweep as JSON.
func (s *Sweep) Marshal() ([]byte, error) { return json.MarshalIndent(finding{Sweep: s}, "", " ") }

// ReadFinding reads whichever of them a file holds; nil for those that it does not.
func ReadFinding(data []byte) (*Comparison, *Promise, *Sweep, error) {
	var f finding
	err := json.Unmarshal(data, &f)
	return f.Comparison, f.Promise, f.Sweep, err
}

// Verdict says in words which of two is better by a figure.
func (f *Figure) Verdict() string {
	d := &f.Says
	switch {
	case d.Pairs == 0:
		return "not measured"
	case d.Low == 0:
		return "too few rounds to tell"
	case !d.Differs:
		return "no difference"
	case (d.Ratio > 1) == f.Higher:
		return "B is better"
	}
	return "A is better"
}
