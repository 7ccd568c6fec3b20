package workload

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"sync/atomic"
	"time"

	"sigrun/bench/wire"
)

// keys declares keys: keys NAME PATTERN COUNT [SPREAD] [missing SHARE]. The number stands for * in the pattern, or behind it.
func (p *parser) keys(list []string) error {
	if len(list) < 3 {
		return fmt.Errorf("want: keys NAME PATTERN COUNT [uniform|zipf EXPONENT|gauss SIGMA|sequential|hot PART SHARE [moving TIME]] [missing SHARE]")
	}
	count, err := amount(list[2])
	if err != nil {
		return err
	}
	if count < 1 || count > mostKeys {
		return fmt.Errorf("%s keys: want 1 to 2^53", list[2])
	}
	before, after, _ := strings.Cut(list[1], "*")
	if strings.Contains(after, "*") {
		return fmt.Errorf("%.40q: one * stands for the number", list[1])
	}
	if len(before)+len(after) > 1024 {
		return fmt.Errorf("a pattern of more than 1024 bytes")
	}
	k := &Keys{Name: list[0], Count: count, before: before, after: after, spread: uniform{count}}
	if err := k.options(list[3:]); err != nil {
		return err
	}
	// As many digits as the benchmarks that are there have: numbers stay apart from each other and from what another run left.
	k.width = max(12, wire.Digits(2*count))
	p.w.keys = append(p.w.keys, k)
	return p.declare(k.Name, k)
}

func (k *Keys) options(list []string) (err error) {
	for len(list) > 0 {
		n := 1
		switch {
		case list[0] == "missing" && len(list) > 1:
			k.missing, err = share(list[1])
			n = 2
		default:
			k.spread, n, err = spreadOf(list, k.Count)
		}
		if err != nil {
			return err
		}
		list = list[n:]
	}
	return nil
}

// spreadOf reads how keys are chosen, and tells how many words that took.
func spreadOf(list []string, n uint64) (s spread, took int, err error) {
	switch {
	case list[0] == "uniform":
		return uniform{n}, 1, nil
	case list[0] == "sequential":
		return sequential{n, new(atomic.Uint64)}, 1, nil
	case list[0] == "zipf" && len(list) > 1:
		e, err := positive(list[1])
		if err == nil && e > 10 {
			err = fmt.Errorf("zipf %s: want an exponent up to 10", list[1])
		}
		if err != nil {
			return nil, 0, err
		}
		return newZipf(n, e), 2, nil
	case list[0] == "gauss" && len(list) > 1:
		sigma, err := positive(list[1])
		return gauss{n, sigma}, 2, err
	case list[0] == "hot" && len(list) > 2:
		return hotOf(list, n)
	}
	return nil, 0, fmt.Errorf("%.60q is none of uniform, zipf EXPONENT, gauss SIGMA, sequential, hot PART SHARE [moving TIME], missing SHARE", strings.Join(list, " "))
}

func hotOf(list []string, n uint64) (spread, int, error) {
	part, err := share(list[1])
	if err != nil {
		return nil, 0, err
	}
	h := hot{n: n, few: max(uint64(part*float64(n)), 1)}
	if h.share, err = share(list[2]); err != nil {
		return nil, 0, err
	}
	if len(list) < 5 || list[3] != "moving" {
		return h, 3, nil
	}
	d, err := time.ParseDuration(list[4])
	if err != nil || d < time.Millisecond {
		return nil, 0, fmt.Errorf("moving %.40q: want a time such as 10s", list[4])
	}
	h.period = int64(d)
	return h, 5, nil
}

// inOrder are the same keys, each once.
func (k *Keys) inOrder() *Keys {
	all := *k
	all.spread, all.missing = sequential{k.Count, new(atomic.Uint64)}, 0
	return &all
}

// value declares values: value NAME SIZE|LEAST..MOST|WEIGHT:SIZE… [compressible SHARE].
func (p *parser) value(list []string) (err error) {
	if len(list) < 2 {
		return fmt.Errorf("want: value NAME SIZE [compressible SHARE], where a size is 100, 100..2000, or weighted: 90:100 10:4KB..8KB")
	}
	v := &Values{Name: list[0]}
	rest := list[1:]
	for ; len(rest) > 0 && rest[0] != "compressible"; rest = rest[1:] {
		var s sizes
		if s, err = sizesOf(rest[0]); err != nil {
			return err
		}
		v.sizes = append(v.sizes, s)
		v.weight += s.weight
	}
	switch {
	case len(v.sizes) == 0:
		return fmt.Errorf("value %s has no size", v.Name)
	case len(rest) == 2:
		if v.compressible, err = share(rest[1]); err != nil {
			return err
		}
	case len(rest) != 0:
		return fmt.Errorf("want: compressible SHARE, at the end")
	}
	p.w.values = append(p.w.values, v)
	return p.declare(v.Name, v)
}

func sizesOf(word string) (s sizes, err error) {
	s.weight = 1
	weight, size, weighted := strings.Cut(word, ":")
	if weighted {
		if s.weight, err = positive(weight); err != nil {
			return s, err
		}
	} else {
		size = word
	}
	least, most, err := span(size)
	if err == nil && most > mostValue {
		err = fmt.Errorf("%.40q: a value has 512 MB at most", size)
	}
	s.least, s.most = int(least), int(most)
	return s, err
}

// number declares numbers: number NAME LEAST..MOST.
func (p *parser) number(list []string) error {
	if len(list) != 2 {
		return fmt.Errorf("want: number NAME LEAST..MOST")
	}
	least, most, err := span(list[1])
	if err != nil {
		return err
	}
	n := &Number{list[0], least, most}
	return p.declare(n.Name, n)
}

// span reads N or N..M.
func span(s string) (least, most uint64, err error) {
	a, b, two := strings.Cut(s, "..")
	if !two {
		b = a
	}
	if least, err = amount(a); err != nil {
		return 0, 0, err
	}
	if most, err = amount(b); err != nil {
		return 0, 0, err
	}
	if least > most || most > mostKeys {
		return 0, 0, fmt.Errorf("%.40q: want N, or N..M with M not below N", s)
	}
	return least, most, nil
}

// units of amounts.
var units = []struct {
	name string
	n    uint64
}{{"KB", 1 << 10}, {"MB", 1 << 20}, {"GB", 1 << 30}, {"k", 1000}, {"M", 1000000}, {"G", 1000000000}}

// amount reads a number such as 100, 64KB or 1M.
func amount(s string) (uint64, error) {
	digits, factor := s, uint64(1)
	for _, u := range units {
		if rest, ok := strings.CutSuffix(s, u.name); ok {
			digits, factor = rest, u.n
			break
		}
	}
	n, err := strconv.ParseUint(digits, 10, 64)
	if err != nil || n > math.MaxUint64/factor/4 {
		return 0, fmt.Errorf("%.40q is no number such as 100, 64KB or 1M", s)
	}
	return n * factor, nil
}

func positive(s string) (float64, error) {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || !(f > 0) || f > 1e12 {
		return 0, fmt.Errorf("%.40q is no number above 0", s)
	}
	return f, nil
}

func share(s string) (float64, error) {
	f, err := strconv.ParseFloat(s, 64)
	if percent, ok := strings.CutSuffix(s, "%"); ok {
		f, err = strconv.ParseFloat(percent, 64)
		f /= 100
	}
	if err != nil || !(f >= 0 && f <= 1) {
		return 0, fmt.Errorf("%.40q is no share: want 0 to 1, or 0%% to 100%%", s)
	}
	return f, nil
}
