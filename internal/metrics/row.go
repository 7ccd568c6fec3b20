package metrics

import (
	"fmt"
	"strconv"
	"sync/atomic"
)

// Kind says what a row is to those who do not read INFO's text.
type Kind uint8

const (
	TextKind    Kind = iota // words
	GaugeKind               // a number that goes up and down
	CounterKind             // a number that grows, but for CONFIG RESETSTAT
)

// Row is one field of INFO. Who owns a figure makes its row; who composes INFO gives it a place. The functions run on the
// goroutine that composes INFO, when it has looked at what they tell of.
type Row struct {
	Name   string
	Kind   Kind
	Text   func() string
	Number func() float64 // nil: words
	// Lines, in the place of all that, writes as many fields as there are at the moment (a line per database or command). The name
	// is for its place only.
	Lines func(emit func(name, value string))

	again func() // begins to count anew, nil: not at CONFIG RESETSTAT
}

func (r *Row) reset() {
	if r.again != nil {
		r.again()
	}
}

type integer interface{ ~int | ~int64 | ~uint64 }

func whole[N integer](name string, kind Kind, of func() N) Row {
	return Row{Name: name, Kind: kind, Number: func() float64 { return float64(of()) },
		Text: func() string {
			if n := of(); n < 0 {
				return strconv.FormatInt(int64(n), 10)
			} else {
				return strconv.FormatUint(uint64(n), 10)
			}
		}}
}

// Level is a whole number that goes up and down.
func Level[N integer](name string, of func() N) Row { return whole(name, GaugeKind, of) }

// Total is a number that only grows.
func Total[N integer](name string, of func() N) Row { return whole(name, CounterKind, of) }

// Count is Total since the last CONFIG RESETSTAT. Owners never reset what they count: shown is the difference.
func Count[N integer](name string, of func() N) Row {
	var base atomic.Uint64
	r := whole(name, CounterKind, func() uint64 {
		if then, n := base.Load(), uint64(of()); n > then { // what is composed of several figures may have been ahead
			return n - then
		}
		return 0
	})
	r.again = func() { base.Store(uint64(of())) }
	return r
}

// Busy is Count of microseconds, written as seconds.
func Busy(name string, micros func() uint64) Row {
	r := Count(name, micros)
	since := r.Number
	r.Number = func() float64 { return since() / 1e6 }
	r.Text = func() string { return strconv.FormatFloat(r.Number(), 'f', 6, 64) }
	return r
}

// Again is r, with what CONFIG RESETSTAT does to it.
func (r Row) Again(fn func()) Row {
	r.again = fn
	return r
}

// Ratio is a number with two digits behind the point.
func Ratio(name string, of func() float64) Row {
	return Row{Name: name, Kind: GaugeKind, Number: of, Text: func() string { return strconv.FormatFloat(of(), 'f', 2, 64) }}
}

// Percent is Ratio with the sign.
func Percent(name string, of func() float64) Row {
	return Row{Name: name, Kind: GaugeKind, Number: of, Text: func() string { return fmt.Sprintf("%.2f%%", of()) }}
}

// Seconds is a time that grows, to the microsecond.
func Seconds(name string, of func() float64) Row {
	return Row{Name: name, Kind: CounterKind, Number: of, Text: func() string { return strconv.FormatFloat(of(), 'f', 6, 64) }}
}

// Words is a text.
func Words(name string, of func() string) Row { return Row{Name: name, Text: of} }

// Fixed is a text that never changes.
func Fixed(name, text string) Row { return Words(name, func() string { return text }) }

// Zeros are counters of what there is not yet, or never.
func Zeros(names ...string) (rows []Row) {
	for _, name := range names {
		rows = append(rows, Total(name, func() uint64 { return 0 }))
	}
	return rows
}

// Empty are levels of the same.
func Empty(names ...string) (rows []Row) {
	for _, name := range names {
		rows = append(rows, Level(name, func() uint64 { return 0 }))
	}
	return rows
}

// Lines is a row of as many fields as there are at the moment.
func Lines(name string, lines func(emit func(name, value string))) Row {
	return Row{Name: name, Lines: lines}
}
