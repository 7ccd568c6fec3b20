package result

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"sigrun/bench/measure"
)

// Read reads a result from a file.
func Read(path string) (*Result, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var f file
	if err := json.Unmarshal(data, &f); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if f.Result == nil {
		return nil, fmt.Errorf("%s is no result of sigrun-bench", path)
	}
	if f.Result.Format != Format {
		return nil, fmt.Errorf("%s has format %d, and this program knows %d", path, f.Result.Format, Format)
	}
	return f.Result, nil
}

// Write writes a file as a whole or not at all: what is there stays until all of the new one is on the disk.
func Write(path string, data []byte) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	_, err = f.Write(data)
	if err == nil {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(f.Name(), path)
	}
	if err != nil {
		_ = os.Remove(f.Name())
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// Writable tells whether a file can be written, before an hour was spent on what is to be in it.
func Writable(path string) error {
	f, err := os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
	if err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	_ = f.Close()
	return os.Remove(f.Name())
}

// CSV writes the intervals.
func (r *Result) CSV(w io.Writer) error {
	out := csv.NewWriter(w)
	_ = out.Write([]string{"from_s", "to_s", "class", "replies", "per_second", "mean_ms", "p50_ms", "p90_ms", "p99_ms", "p99.9_ms", "max_ms",
		"hits", "misses", "refused", "wrong", "lost", "bytes_in", "bytes_out"})
	for i := range r.Rows {
		row := &r.Rows[i]
		writeRow(out, row, "all", &row.All)
		for j := range row.Classes {
			if row.Classes[j].Done > 0 && j < len(r.Names) {
				writeRow(out, row, r.Names[j], &row.Classes[j])
			}
		}
	}
	out.Flush()
	return out.Error()
}

func writeRow(out *csv.Writer, row *measure.Row, name string, p *measure.Part) {
	n := func(v int64) string { return strconv.FormatInt(v, 10) }
	f := func(v float64) string { return strconv.FormatFloat(v, 'f', 3, 64) }
	ms := func(ns int64) string { return strconv.FormatFloat(float64(ns)/1e6, 'f', 4, 64) }
	_ = out.Write([]string{f(row.From.Seconds()), f(row.To.Seconds()), name, n(p.Done), f(float64(p.Done) / row.Seconds()), ms(p.Mean), ms(p.P50),
		ms(p.P90), ms(p.P99), ms(p.P999), ms(p.Max), n(p.Hits), n(p.Misses), n(p.Refused), n(p.Wrong), n(p.Lost), n(p.In), n(p.Out)})
}

// Log writes histograms as HdrHistogram's tools read them, one for every class and interval.
type Log struct {
	f     *os.File
	w     *hdrhistogram.HistogramLogWriter
	Names []string
	Began time.Time
	err   error
}

// OpenLog makes the file.
func OpenLog(path string, names []string, began time.Time) (*Log, error) {
	f, err := os.Create(path)
	if err != nil {
		return nil, err
	}
	l := &Log{f: f, w: hdrhistogram.NewHistogramLogWriter(f), Names: names, Began: began}
	l.w.SetBaseTime(began.UnixMilli())
	for _, step := range []func() error{func() error { return l.w.OutputComment("[sigrun-bench: nanoseconds]") }, l.w.OutputLogFormatVersion,
		func() error { return l.w.OutputStartTime(began.UnixMilli()) }, func() error { return l.w.OutputBaseTime(began.UnixMilli()) }, l.w.OutputLegend} {
		if err := step(); err != nil {
			_ = f.Close()
			return nil, err
		}
	}
	return l, nil
}

// Add writes an interval. An error is told by Close: the run goes on.
func (l *Log) Add(r measure.Row, s *measure.Set) {
	for i := range s.Classes {
		times := s.Classes[i].Times()
		if times.Count() == 0 || l.err != nil {
			continue
		}
		h := measure.NewHistogram()
		times.Into(h)
		h.SetTag(l.Names[i])
		h.SetStartTimeMs(l.Began.Add(r.From).UnixMilli())
		h.SetEndTimeMs(l.Began.Add(r.To).UnixMilli())
		l.err = l.w.OutputIntervalHistogram(h)
	}
}

// Close ends the file.
func (l *Log) Close() error {
	if err := l.f.Close(); l.err == nil {
		l.err = err
	}
	return l.err
}
