package num

import (
	"math"
	"math/rand/v2"
	"strconv"
	"testing"
)

func TestParseInt(t *testing.T) {
	for _, text := range []string{"", "-", "-0", "00", "01", "-01", "+1", " 1", "1 ", "1a", "a", "1.0", "0x1",
		"9223372036854775808", "-9223372036854775809", "18446744073709551615", "18446744073709551616", "99999999999999999999",
		"-99999999999999999999", "000000000000000000001", "/", ":", "1/", "1:"} {
		if n, ok := ParseInt([]byte(text)); ok {
			t.Errorf("%q was read as %d", text, n)
		}
	}
	numbers := []int64{0, 1, -1, 9, 10, -10, 99, 100, 101, 999, 1000, 999999999999999999, 1000000000000000000, math.MaxInt64, math.MinInt64, math.MinInt64 + 1}
	for range 10000 {
		numbers = append(numbers, int64(rand.Uint64())>>rand.IntN(64))
	}
	for _, n := range numbers {
		text := AppendInt(nil, n)
		if string(text) != strconv.FormatInt(n, 10) || IntLen(n) != len(text) {
			t.Fatalf("%d became %q, length %d", n, text, IntLen(n))
		}
		if back, ok := ParseInt(text); !ok || back != n {
			t.Fatalf("%d came back as %d, %v", n, back, ok)
		}
	}
}

// Plain up to seven zeros around the digits, then an exponent without padding.
func TestAppendShortest(t *testing.T) {
	for d, want := range map[float64]string{0: "0", 7: "7", 12000000: "12000000", 1e9: "1e+9", -1e9: "-1e+9", 0.5: "0.5", math.Inf(-1): "-inf"} {
		if got := string(AppendShortest(nil, d)); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestAppendDouble(t *testing.T) {
	for d, want := range map[float64]string{
		0: "0", math.Copysign(0, -1): "-0", 1: "1", -1: "-1", 3: "3", 0.1: "0.1", 1.5: "1.5", -2.25: "-2.25", 3.14159: "3.14159",
		0.001: "0.001", 0.0001: "0.0001", 0.000001: "0.000001", 0.0000001: "1e-7", 0.000123: "0.000123", 0.00000123: "1.23e-6", 0.000000123: "1.23e-7",
		1e17: "100000000000000000", 1e18: "1000000000000000000", 1e19: "1e+19", 1e20: "1e+20", 1e21: "1e+21", 1.5e22: "1.5e+22", 1e100: "1e+100", 1e-100: "1e-100",
		1.7976931348623157e308: "1.7976931348623157e+308", 5e-324: "5e-324", 123456789.123: "123456789.123",
		4611686018427387904: "4611686018427388000", -4.611686018427388e18: "-4611686018427388000",
		math.Inf(1): "inf", math.Inf(-1): "-inf",
	} {
		if got := string(AppendDouble(nil, d)); got != want {
			t.Errorf("%v: %q, want %q", d, got, want)
		}
	}
	if got := string(AppendDouble(nil, math.NaN())); got != "nan" {
		t.Errorf("not a number: %q", got)
	}
	for range 10000 {
		d := math.Float64frombits(rand.Uint64())
		text := AppendDouble(nil, d)
		if back, ok := ParseDouble(text); !math.IsNaN(d) && (!ok || back != d) {
			t.Fatalf("%v became %q and came back as %v, %v", d, text, back, ok)
		}
	}
}

func TestParseDouble(t *testing.T) {
	for text, want := range map[string]float64{
		"0": 0, "-0": 0, "0.000": 0, "0e5": 0, "1": 1, "+1": 1, "1.": 1, ".5": 0.5, "1e3": 1000, "1E-2": 0.01, "inf": math.Inf(1), "-INF": math.Inf(-1),
		"Infinity": math.Inf(1), "1e-320": 1e-320, "0x10": 16, "-0X1P4": -16,
	} {
		if got, ok := ParseDouble([]byte(text)); !ok || got != want {
			t.Errorf("%q: %v, %v, want %v", text, got, ok, want)
		}
	}
	for _, text := range []string{"", " 1", "1 ", "a", "nan", "NaN", "1e", "1e400", "-1e400", "1e-400", "0x", "1_000", "0x1_0", "--1", "1,5", "in", "e5"} {
		if got, ok := ParseDouble([]byte(text)); ok {
			t.Errorf("%q was read as %v", text, got)
		}
	}
	if n := testing.AllocsPerRun(100, func() { ParseDouble([]byte("12.5")) }); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

func TestReadDouble(t *testing.T) {
	for text, want := range map[string]float64{"0x10": 16, " 0x1p4": 16, "0xE": 14, "0x0": 0, "0x.8": 0.5, "\t1": 1, "": 0, "1\x00x": 1, "1e400": math.Inf(1)} {
		if got, ok := ReadDouble([]byte(text)); !ok || got != want {
			t.Errorf("%q: %v, %v, want %v", text, got, ok, want)
		}
	}
}

func TestCursor(t *testing.T) {
	for text, want := range map[string]uint64{"0": 0, "17": 17, "18446744073709551615": 1<<64 - 1, "007": 7, " 5": 5, "+5": 5, "-0": 0,
		" -1": 1<<64 - 1, "\t\n12": 12, "9223372036854775808": 1 << 63} {
		if n, ok := ParseCursor([]byte(text)); !ok || n != want {
			t.Errorf("%q: %d %v", text, n, ok)
		}
	}
	for _, text := range []string{"", "-1", "x", "1x", "1 ", "18446744073709551616", "+", "-", "0x10", "--1"} {
		if n, ok := ParseCursor([]byte(text)); ok {
			t.Errorf("%q is taken for %d", text, n)
		}
	}
}
