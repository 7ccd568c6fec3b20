package main

import (
	"fmt"
	"io"
	"maps"
	"slices"
	"strconv"

	"sigrun/storage/rdb"
)

// figures are the statistics of a database's keys of one type.
type figures struct {
	keys, expires, expired uint64
	names                  uint64 // bytes of the keys' names
	counts                 spread // elements of a key
	sizes                  spread // bytes of an element
}

// The columns, and the kinds of value that stand in them.
const (
	moduleColumn = 5
	columns      = 7
)

var (
	columnNames = [columns]string{"string", "list", "set", "zset", "hash", "module", "stream"}
	columnOf    = map[rdb.Kind]int{rdb.String: 0, rdb.List: 1, rdb.Set: 2, rdb.ZSet: 3, rdb.Hash: 4, rdb.Stream: 6}
)

// rows are what is told of a database's keys of one type.
var rows = []struct {
	name string
	of   func(f *figures) string
}{
	{"keys.total", func(f *figures) string { return whole(f.keys) }},
	{"expire_keys.total", func(f *figures) string { return whole(f.expires) }},
	{"already_expired.total", func(f *figures) string { return whole(f.expired) }},
	{"keys.size", func(f *figures) string { return whole(f.names) }},
	{"keys.value_size", func(f *figures) string { return whole(f.sizes.sum) }},
	{"elements.total", func(f *figures) string { return whole(f.counts.sum) }},
	{"elements.size", func(f *figures) string { return whole(f.sizes.sum) }},
	{"elements.num.max", func(f *figures) string { return whole(f.counts.max) }},
	{"elements.num.avg", func(f *figures) string { return average(f.counts.sum, f.keys) }},
	{"elements.num.p99", func(f *figures) string { return percentile(&f.counts, 99) }},
	{"elements.num.p90", func(f *figures) string { return percentile(&f.counts, 90) }},
	{"elements.num.p50", func(f *figures) string { return percentile(&f.counts, 50) }},
	{"elements.size.max", func(f *figures) string { return whole(f.sizes.max) }},
	{"elements.size.avg", func(f *figures) string { return average(f.sizes.sum, f.counts.sum) }},
	{"elements.size.p99", func(f *figures) string { return percentile(&f.sizes, 99) }},
	{"elements.size.p90", func(f *figures) string { return percentile(&f.sizes, 90) }},
	{"elements.size.p50", func(f *figures) string { return percentile(&f.sizes, 50) }},
}

func whole(n uint64) string { return strconv.FormatUint(n, 10) }

// average has the precision that Valkey's tool calculates with.
func average(sum, n uint64) string {
	if n == 0 {
		return "0.00"
	}
	return fmt.Sprintf("%.2f", float32(sum)/float32(n))
}

func percentile(s *spread, p float64) string { return fmt.Sprintf("%.2f", float32(s.percentile(p))) }

// statistics are the figures of a file, by database.
type statistics map[uint64]*[columns]figures

func (s statistics) database(n uint64) *[columns]figures {
	f := s[n]
	if f == nil {
		f = new([columns]figures)
		s[n] = f
	}
	return f
}

// fewDatabases bounds how many databases are told of that have nothing: a damaged file may have any number.
const fewDatabases = 1 << 10

// print tells of all databases from 0 up to the last.
func (s statistics) print(out io.Writer, tell layout) {
	numbers := slices.Sorted(maps.Keys(s))
	last := uint64(0)
	if len(numbers) > 0 {
		last = numbers[len(numbers)-1]
	}
	if last < fewDatabases {
		numbers = numbers[:0]
		for n := range last + 1 {
			numbers = append(numbers, n)
		}
	}
	nothing := new([columns]figures)
	for _, n := range numbers {
		f := s[n]
		if f == nil {
			f = nothing
		}
		tell(out, n, f)
	}
}

// layout is a way to tell of a database.
type layout func(out io.Writer, database uint64, f *[columns]figures)

var layouts = map[string]layout{"table": table, "csv": csv, "info": info}

func table(out io.Writer, database uint64, f *[columns]figures) {
	lines(out, "%-30s", "\t%-5s", database, f)
}

func csv(out io.Writer, database uint64, f *[columns]figures) { lines(out, "%s", ",%s", database, f) }

// lines writes a line for each row, in which head and cell stand for its name and for what is told of each type.
func lines(out io.Writer, head, cell string, database uint64, f *[columns]figures) {
	line := func(name string, of func(column int) string) {
		fmt.Fprintf(out, head, fmt.Sprintf("db.%d.%s", database, name))
		for i := range columns {
			fmt.Fprintf(out, cell, of(i))
		}
		fmt.Fprintln(out)
	}
	line("type.name", func(i int) string { return columnNames[i] })
	for _, r := range rows {
		line(r.name, func(i int) string { return r.of(&f[i]) })
	}
}

func info(out io.Writer, database uint64, f *[columns]figures) {
	for _, r := range rows {
		for i := range columns {
			fmt.Fprintf(out, "[info] db.%d.type.%s.%s:%s\n", database, columnNames[i], r.name, r.of(&f[i]))
		}
	}
}
