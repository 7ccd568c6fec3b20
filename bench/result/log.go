package result

import (
	"errors"
	"os"
	"strings"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"

	"sigrun/bench/measure"
)

// Log writes histograms as HdrHistogram's tools read them, one for every class and interval.
type Log struct {
	path  string
	f     *os.File // beside it until it is whole
	w     *hdrhistogram.HistogramLogWriter
	Names []string
	Began time.Time
	err   error
}

// OpenLog makes the file. It may wait for who reads a pipe.
func OpenLog(path string, names []string) (*Log, error) {
	f, err := create(path)
	if err != nil {
		return nil, err
	}
	return &Log{path: path, f: f, w: hdrhistogram.NewHistogramLogWriter(f), Names: names}, nil
}

// Begin writes what stands before the intervals. An error is told by Close.
func (l *Log) Begin(began time.Time) {
	l.Began = began
	l.w.SetBaseTime(began.UnixMilli())
	for _, step := range []func() error{func() error { return l.w.OutputComment("[sigrun-bench: nanoseconds]") }, l.w.OutputLogFormatVersion,
		func() error { return l.w.OutputStartTime(began.UnixMilli()) }, func() error { return l.w.OutputBaseTime(began.UnixMilli()) }, l.w.OutputLegend} {
		if l.err == nil {
			l.err = step()
		}
	}
}

// Drop ends a log of which nothing is to be kept.
func (l *Log) Drop() {
	l.err = errors.New("there is nothing to log")
	_ = l.Close()
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
		h.SetTag(tag.Replace(l.Names[i]))
		h.SetStartTimeMs(l.Began.Add(r.From).UnixMilli())
		h.SetEndTimeMs(l.Began.Add(r.To).UnixMilli())
		l.err = l.w.OutputIntervalHistogram(h)
	}
}

// tag is what the format allows in the name of a class: a log that is replayed may hold any word.
var tag = strings.NewReplacer(",", "_", " ", "_", "\n", "_", "\r", "_", "\t", "_")

// Close has the file come into place, unless something of it could not be written.
func (l *Log) Close() error {
	return place(l.f, l.path, l.err)
}
