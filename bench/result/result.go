// Package result is what a run leaves behind: everything that was measured, with everything that it depends on. It is written as
// JSON that readers of memtier_benchmark's files understand, as histogram logs and as CSV, and read again to repeat a run, to
// compare two and to draw them.
package result

import (
	"encoding/base64"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"sigrun/bench/host"
	"sigrun/bench/measure"
)

// Format is the version of Result's fields.
const Format = 1

// Result is one run.
type Result struct {
	Format   int               `json:"format"`
	Tool     string            `json:"tool"`
	Command  []string          `json:"command"`
	Options  map[string]string `json:"options"` // as given, without those that say where results go
	Workload Workload          `json:"workload"`
	Seed     uint64            `json:"seed"`
	Load     Load              `json:"load"`
	Host     host.Facts        `json:"machine"`
	Others   []host.Facts      `json:"other_machines,omitempty"` // of generators that shared the load
	Server   Server            `json:"server"`
	Began    time.Time         `json:"began"`
	Seconds  float64           `json:"seconds"`
	Rate     float64           `json:"rate"` // replies a second
	Behind   int64             `json:"behind"`
	Late     int64             `json:"late"`              // replies that came behind the end
	Gone     int               `json:"gone"`              // connections that were lost and not there again at the end
	Unasked  int64             `json:"unasked,omitempty"` // replies that nobody has asked for
	Classes  []Class           `json:"classes"`
	Total    Class             `json:"total"`
	Rows     []measure.Row     `json:"intervals"`
	Names    []string          `json:"interval_classes"`
	Samples  []Sample          `json:"samples,omitempty"`
	Events   []Event           `json:"events,omitempty"`
	Script   string            `json:"script,omitempty"` // what Events were read from, without passwords
	Replayed *Recording        `json:"recording,omitempty"`
	Own      Generator         `json:"generator"`
	Faults   []Fault           `json:"faults,omitempty"`
	Void     []string          `json:"void,omitempty"` // why this is no measurement of the server
	// Disturbed: it is void by what happened to the generator. That makes times longer and never shorter.
	Disturbed bool   `json:"disturbed,omitempty"`
	Failed    string `json:"failed,omitempty"` // why it ended early
}

// Workload is what was run.
type Workload struct {
	Name string `json:"name"`
	Text string `json:"text"`
}

// Recording is what was replayed. It is not kept, so that whoever repeats the run is told when it is another one.
type Recording struct {
	Bytes int64  `json:"bytes"`
	Sum   string `json:"sha256"`
}

// Load is how it was made.
type Load struct {
	Threads  int     `json:"threads"`
	Clients  int     `json:"clients"`
	Pipeline int     `json:"pipeline"`
	Rate     float64 `json:"rate"` // that was asked for; 0: the closed loop
	Open     bool    `json:"open_loop"`
}

// Class is a class of commands. Times are nanoseconds.
type Class struct {
	Name string `json:"name"`
	measure.Counts
	Rate     float64           `json:"rate"`
	Service  measure.Quantiles `json:"service"`
	Response measure.Quantiles `json:"response"`
	// Histograms are in HdrHistogram's compressed format, in base64.
	ServiceHistogram  string `json:"service_histogram,omitempty"`
	ResponseHistogram string `json:"response_histogram,omitempty"`
}

// Times are those that count for who waits.
func (c *Class) Times() measure.Quantiles {
	if c.ResponseHistogram != "" {
		return c.Response
	}
	return c.Service
}

// Histogram is that of Times.
func (c *Class) Histogram() (*hdrhistogram.Histogram, error) {
	if c.ResponseHistogram != "" {
		return decode(c.ResponseHistogram)
	}
	return decode(c.ServiceHistogram)
}

// Generator is what the load generator says of itself.
type Generator struct {
	Busy    []float64         `json:"busy"`    // share of the time that each thread ran
	Starved []float64         `json:"starved"` // that it could have run and had no processor
	CPU     float64           `json:"cpu_us_per_request"`
	Ceiling float64           `json:"ceiling"` // requests a second that it could make, as far as this run can tell
	Lag     measure.Quantiles `json:"lag"`     // what was sent too late by its own fault
	Turn    measure.Quantiles `json:"turn"`    // what a reply may have waited before it was looked at
}

// Server is what was measured.
type Server struct {
	Addr     string             `json:"address"`
	Kind     string             `json:"kind"`
	Version  string             `json:"version"`
	Mode     string             `json:"mode,omitempty"`
	Nodes    []string           `json:"nodes,omitempty"`
	PID      int                `json:"pid,omitempty"` // on this machine
	Config   map[string]string  `json:"config,omitempty"`
	CPU      float64            `json:"cpu_us_per_command,omitempty"`
	User     float64            `json:"user_us_per_command,omitempty"`
	System   float64            `json:"system_us_per_command,omitempty"`
	Cores    float64            `json:"cores_used,omitempty"`
	Resident int64              `json:"resident,omitempty"` // bytes, at the end
	Switches float64            `json:"switches_per_command,omitempty"`
	Changed  map[string]float64 `json:"info_changes,omitempty"` // figures of INFO that the run has changed, by how much
	// Inside is what Sigrun tells of where the time goes.
	Inside *Inside `json:"inside,omitempty"`
}

// Sample is what the server had used at a time.
type Sample struct {
	At       float64 `json:"at"` // seconds since the measurement began
	Cores    float64 `json:"cores"`
	Resident int64   `json:"resident"`
}

// Event is something that was done to the server.
type Event struct {
	At    float64 `json:"at"`
	Took  float64 `json:"took"` // seconds
	What  string  `json:"what"`
	Reply string  `json:"reply"`
	// Missed says that it was not done, or not to its end. Then At may be when it was to be.
	Missed string `json:"missed,omitempty"`
}

// What there is to be said of events.
const (
	NotBegun = "(not done: the run was over)"
	CutOff   = "(cut off: it was not over when the run was)"
)

// Fault is something that went wrong.
type Fault struct {
	Text  string `json:"text"`
	Count int64  `json:"count"`
}

// ClassOf is what was measured of a class, in so many seconds.
func ClassOf(name string, c *measure.Sum, seconds float64) Class {
	r := Class{Name: name, Counts: c.Counts, Rate: float64(c.Done) / seconds, Service: measure.QuantilesOf(c.Service),
		Response: measure.QuantilesOf(c.Response), ServiceHistogram: encode(c.Service), ResponseHistogram: encode(c.Response)}
	return r
}

func encode(h *hdrhistogram.Histogram) string {
	if h == nil || h.TotalCount() == 0 {
		return ""
	}
	b, err := h.Encode(hdrhistogram.V2CompressedEncodingCookieBase)
	if err != nil {
		return ""
	}
	return string(b)
}

func decode(s string) (*hdrhistogram.Histogram, error) {
	if s == "" {
		return measure.NewHistogram(), nil
	}
	if _, err := base64.StdEncoding.DecodeString(s); err != nil {
		return nil, err
	}
	return hdrhistogram.Decode([]byte(s))
}
