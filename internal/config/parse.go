package config

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// parse reads the words of a parameter; old is what it holds now.
func (r *Row) parse(words []string, old State) (State, error) {
	s, err := r.parseKind(words, old)
	if err == nil && r.Check != nil {
		s, err = r.Check(s, old)
	}
	if err == nil && r.Inert == Barred && s.Text != r.Default {
		err = fmt.Errorf("only '%s' is supported: this version lacks %s", r.Default, r.Needs)
	}
	return s, err
}

func (r *Row) parseKind(words []string, old State) (State, error) {
	switch r.Kind {
	case List:
		var named []string
		for _, w := range words {
			if w != "" {
				named = append(named, w)
			}
		}
		return State{Text: strings.Join(named, " "), Words: named}, nil
	case Set:
		return r.parseSet(words)
	case Custom:
		return r.Parse(words, old)
	}
	if len(words) != 1 {
		return State{}, errors.New("wrong number of arguments")
	}
	switch r.Kind {
	case Bool:
		return parseBool(words[0])
	case Enum:
		return r.parseEnum(words[0])
	case String:
		return State{Text: words[0]}, nil
	default:
		return r.parseNumber(words[0])
	}
}

func parseBool(word string) (State, error) {
	switch strings.ToLower(word) {
	case "yes":
		return State{Text: "yes", Num: 1}, nil
	case "no":
		return State{Text: "no"}, nil
	}
	return State{}, errors.New("argument must be 'yes' or 'no'")
}

func (r *Row) parseEnum(word string) (State, error) {
	for i, v := range r.Values {
		if strings.EqualFold(v, word) {
			return State{Text: v, Num: int64(i)}, nil
		}
	}
	return State{}, r.oneOf()
}

func (r *Row) parseSet(words []string) (State, error) {
	var bits int64
	for _, w := range words {
		s, err := r.parseEnum(w)
		if err != nil {
			return s, err
		}
		if s.Num > 0 {
			bits |= 1 << (s.Num - 1)
		}
	}
	if len(words) == 0 {
		return State{}, r.oneOf()
	}
	names := []string{}
	for i, v := range r.Values[1:] {
		if bits>>i&1 == 1 {
			names = append(names, v)
		}
	}
	if len(names) == 0 {
		names = r.Values[:1]
	}
	return State{Text: strings.Join(names, " "), Num: bits, Words: names}, nil
}

func (r *Row) oneOf() error {
	return errors.New("argument(s) must be one of the following: " + strings.Join(r.Values, ", "))
}

func (r *Row) parseNumber(word string) (State, error) {
	var n int64
	var err error
	format := func(v int64) string { return strconv.FormatInt(v, 10) }
	switch r.Kind {
	case Memory:
		n, err = ParseMemory(word)
	case Share:
		return r.parseShare(word)
	case Octal:
		format = func(v int64) string { return strconv.FormatInt(v, 8) }
		if n, err = strconv.ParseInt(word, 8, 64); err != nil {
			err = errors.New("argument couldn't be parsed as an octal number")
		}
	default:
		if n, err = strconv.ParseInt(word, 10, 64); err != nil || format(n) != word {
			err = errors.New("argument couldn't be parsed into an integer")
		}
	}
	if err == nil && (n < r.Min || n > r.Max) {
		err = fmt.Errorf("argument must be between %s and %s inclusive", format(r.Min), format(r.Max))
	}
	return State{Text: format(n), Num: n}, err
}

// parseShare reads bytes or a percentage, which it keeps as a negative number.
func (r *Row) parseShare(word string) (State, error) {
	if n, err := ParseMemory(word); err == nil {
		if n < 0 || n > r.Max {
			return State{}, fmt.Errorf("argument must be between %d and %d inclusive", r.Min, r.Max)
		}
		return State{Text: strconv.FormatInt(n, 10), Num: n}, nil
	}
	digits, found := strings.CutSuffix(word, "%")
	n, err := strconv.ParseInt(digits, 10, 64)
	switch {
	case !found || err != nil || n < 0 || strconv.FormatInt(n, 10) != digits:
		return State{}, errors.New("argument must be a memory or percent value")
	case -n < r.Min:
		return State{}, fmt.Errorf("percentage argument must be less or equal to %d", -r.Min)
	case n == 0:
		return State{Text: "0"}, nil
	}
	return State{Text: word, Num: -n}, nil
}

// ParseMemory reads a size in bytes: digits and an optional unit, where kb, mb and gb are powers of 1024 and k, m and g
// powers of 1000, in either case. What does not fit 64 bits is none, and what does not fit 63 comes back as -1, outside the bounds of every row.
func ParseMemory(text string) (int64, error) {
	digits := len(text) - len(strings.TrimLeft(text, "0123456789"))
	mul, ok := map[string]uint64{"": 1, "b": 1, "k": 1e3, "kb": 1 << 10, "m": 1e6, "mb": 1 << 20, "g": 1e9, "gb": 1 << 30}[strings.ToLower(text[digits:])]
	if !ok {
		return 0, errors.New("argument must be a memory value")
	}
	if digits == 0 {
		return 0, nil // as Valkey reads it
	}
	n, err := strconv.ParseUint(text[:digits], 10, 64)
	if err != nil {
		return 0, errors.New("argument must be a memory value")
	}
	if n > math.MaxInt64/mul {
		return -1, nil
	}
	return int64(n * mul), nil
}
