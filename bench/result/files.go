package result

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"sigrun/bench/host"
	"sigrun/bench/measure"
)

// Largest is how many bytes a file with a result or a finding has at most.
const Largest = 256 << 20

// Read reads a result from a file.
func Read(path string) (*Result, error) {
	data, err := host.ReadFile(path, Largest)
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
	f, err := create(path)
	if err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	_, err = f.Write(data)
	if err = place(f, path, err); err != nil {
		return fmt.Errorf("writing %s: %w", path, err)
	}
	return nil
}

// create makes a file beside the one that it is to be. A device or a pipe is written to where it is.
func create(path string) (*os.File, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return os.OpenFile(path, os.O_WRONLY, 0)
	}
	path = behind(path)
	return os.CreateTemp(filepath.Dir(path), "."+filepath.Base(path)+"-")
}

// behind is the file that a path stands for: a symbolic link stays, and what it leads to is written.
func behind(path string) string {
	for range 40 { // as many as the kernel follows
		to, err := os.Readlink(path)
		if err != nil {
			break
		}
		if !filepath.IsAbs(to) {
			to = filepath.Join(filepath.Dir(path), to)
		}
		path = to
	}
	return path
}

// place closes what create has made and has it come into its place; after an error it goes.
func place(f *os.File, path string, err error) error {
	beside := f.Name() != path
	if err == nil && beside {
		err = f.Sync()
	}
	if e := f.Close(); err == nil {
		err = e
	}
	if !beside {
		return err
	}
	if err == nil {
		err = os.Chmod(f.Name(), 0o644)
	}
	if err == nil {
		err = os.Rename(f.Name(), behind(path))
	}
	if err != nil {
		_ = os.Remove(f.Name())
	}
	return err
}

// Writable tells whether a file can be written, before an hour was spent on what is to be in it.
func Writable(path string) error {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		if info.Mode()&(os.ModeNamedPipe|os.ModeDevice) != 0 {
			return nil // who opens a pipe may wait for its reader
		}
		return fmt.Errorf("%s cannot be written: it is no file (%s)", path, info.Mode().Type())
	}
	path = behind(path)
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
