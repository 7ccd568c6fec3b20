package listpack

import (
	"bytes"
	"encoding/hex"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"sigrun/internal/num"
)

// entries holds what a real server writes: taken from its DUMP of a list.
var entries = []struct{ text, hex string }{
	{"0", "0001"},
	{"127", "7f01"},
	{"128", "c08002"},
	{"-1", "dfff02"},
	{"4095", "cfff02"},
	{"-4096", "d00002"},
	{"4096", "f1001003"},
	{"-4097", "f1ffef03"},
	{"32767", "f1ff7f03"},
	{"-32768", "f1008003"},
	{"32768", "f200800004"},
	{"-32769", "f2ff7fff04"},
	{"8388607", "f2ffff7f04"},
	{"8388608", "f30000800005"},
	{"-2147483648", "f30000008005"},
	{"2147483648", "f4000000800000000009"},
	{"-9223372036854775808", "f4000000000000008009"},
	{"9223372036854775807", "f4ffffffffffffff7f09"},
	{"", "8001"},
	{"a", "816102"},
	{"-0", "822d3003"},
	{"01", "82303103"},
	{"9223372036854775808", "933932323333373230333638353437373538303814"},
}

func TestEntry(t *testing.T) {
	for _, c := range entries {
		b := make([]byte, EntrySize([]byte(c.text)))
		if n := PutEntry(b, []byte(c.text)); n != len(b) || hex.EncodeToString(b) != c.hex {
			t.Errorf("%q became %x, %d bytes, want %s", c.text, b, n, c.hex)
		}
		checkEntry(t, b, c.text)
	}
	for _, n := range []int{1, 63, 64, 126, 127, 4095, 4096, 16380, 16381, 16382, 16383, 16384, 1 << 21, 1<<21 - 7, 1<<21 - 6, 1<<21 - 5} {
		text := strings.Repeat("x", n)
		b := make([]byte, EntrySize([]byte(text)))
		if got := PutEntry(b, []byte(text)); got != len(b) {
			t.Errorf("%d bytes: wrote %d, promised %d", n, got, len(b))
		}
		checkEntry(t, b, text)
	}
}

func checkEntry(t *testing.T, b []byte, text string) {
	t.Helper()
	var room [num.MaxIntLen]byte
	if got := Get(b).Text(&room); string(got) != text {
		t.Errorf("%.20q came back as %.20q", text, got)
	}
	if Next(b) != len(b) || Prev(b) != len(b) || validEntry(b) != len(b) {
		t.Errorf("%.20q: next %d, prev %d, valid %d, want %d", text, Next(b), Prev(b), validEntry(b), len(b))
	}
}

// The widths of the length backwards at their odd bounds.
func TestBackSize(t *testing.T) {
	for size, want := range map[int]int{127: 1, 128: 2, 16382: 2, 16383: 3, 2097150: 3, 2097151: 4, 268435454: 4, 268435455: 5} {
		if got := backSize(size); got != want {
			t.Errorf("%d: %d, want %d", size, got, want)
		}
	}
}

func values(lp []byte) (out []string) {
	var room [num.MaxIntLen]byte
	for at := HeaderSize; lp[at] != End; at += Next(lp[at:]) {
		out = append(out, string(Get(lp[at:]).Text(&room)))
	}
	return out
}

func TestPackAgainstModel(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	lp, model := New(nil), []string(nil)
	for range 3000 {
		i := r.IntN(len(model) + 1)
		at := HeaderSize
		for range i {
			at += Next(lp[at:])
		}
		if r.IntN(5) < 2 && i < len(model) {
			lp = Remove(lp, at)
			model = append(model[:i], model[i+1:]...)
		} else {
			v := strconv.FormatInt(int64(r.Uint64())>>r.IntN(64), 10)
			if r.IntN(2) == 0 {
				v = strings.Repeat("s", r.IntN(300))
			}
			lp = Insert(lp, at, []byte(v))
			model = append(model[:i], append([]string{v}, model[i:]...)...)
		}
		if !Valid(lp) || Count(lp) != len(model) {
			t.Fatal("broken after", len(model), "elements")
		}
	}
	if got := values(lp); strings.Join(got, ",") != strings.Join(model, ",") {
		t.Error("contents differ")
	}
	at := len(lp) - 1
	for i := len(model) - 1; i >= 0; i-- {
		at -= Prev(lp[:at])
		var room [num.MaxIntLen]byte
		if string(Get(lp[at:]).Text(&room)) != model[i] {
			t.Fatal("backwards", i)
		}
	}
}

func TestCountBeyondTheHeader(t *testing.T) {
	lp := New(make([]byte, 0, 300_000))
	for range 70_000 {
		lp = lp[:len(lp)+2]
		copy(lp[len(lp)-3:], []byte{7, 1, End})
	}
	PutHeader(lp, len(lp), 70_000)
	if Count(lp) != 70_000 || !Valid(lp) {
		t.Fatal(Count(lp))
	}
}

// FuzzListpack hands any bytes to Valid and walks what it lets pass.
func FuzzListpack(f *testing.F) {
	full := New(nil)
	for _, c := range entries {
		full = Append(full, []byte(c.text))
	}
	f.Add(full)
	f.Add(New(nil))
	f.Add(Append(New(nil), bytes.Repeat([]byte("x"), 5000)))
	f.Fuzz(func(t *testing.T, lp []byte) {
		if len(lp) >= Overhead { // let the fuzzer reach the entries
			lp = bytes.Clone(lp)
			PutHeader(lp, len(lp), int(lp[4])|int(lp[5])<<8)
		}
		if !Valid(lp) {
			return
		}
		forwards := 0
		again := New(nil)
		var room [num.MaxIntLen]byte
		for at := HeaderSize; lp[at] != End; at += Next(lp[at:]) {
			forwards++
			again = Append(again, Get(lp[at:]).Text(&room))
		}
		backwards := 0
		for at := len(lp) - 1; at > HeaderSize; at -= Prev(lp[:at]) {
			backwards++
		}
		if Count(lp) != forwards || forwards != backwards || !Valid(again) || len(again) > len(lp) {
			t.Fatalf("%x: %d forwards, %d backwards, count %d, again %x", lp, forwards, backwards, Count(lp), again)
		}
	})
}

func TestEntryAllocatesNothing(t *testing.T) {
	b, v, n := make([]byte, 100), []byte("some value"), []byte("-1234567")
	var room [num.MaxIntLen]byte
	if got := testing.AllocsPerRun(100, func() {
		PutEntry(b, v)
		Get(b).Text(&room)
		PutEntry(b, n)
		Get(b).Text(&room)
	}); got != 0 {
		t.Errorf("%v allocations", got)
	}
}

func BenchmarkEntry(b *testing.B) {
	room := make([]byte, 100)
	for _, text := range []string{"some value of 32 bytes, no digit", "123456"} {
		v := []byte(text)
		b.Run("put_"+text[:4], func(b *testing.B) {
			for b.Loop() {
				PutEntry(room, v)
			}
		})
	}
}

// TestExact: what Append makes is exact; what reads the same and is longer than it has to be, or does not tell how many there are, is not.
func TestExact(t *testing.T) {
	lp := New(nil)
	for _, c := range entries {
		lp = Append(lp, []byte(c.text))
		if !Exact(lp) {
			t.Fatalf("what ends with %q is not exact", c.text)
		}
	}
	unknown := append([]byte(nil), lp...)
	unknown[4], unknown[5] = 0xFF, 0xFF
	if !Valid(unknown) || Exact(unknown) {
		t.Error("a listpack that does not tell how many elements it has")
	}
	for text, entry := range map[string]string{"an integer of two bytes for one": "c00502", "of 16 bits for 13": "f1050003", "of 64 bits": "f4050000000000000009", "as a string": "813502",
		"a long form of a short string": "e0016103", "the longest of a short string": "f0010000006106"} {
		b, err := hex.DecodeString(entry)
		if err != nil {
			t.Fatal(err)
		}
		other := append(New(nil)[:HeaderSize], b...)
		other = append(other, End)
		PutHeader(other, len(other), 1)
		if !Valid(other) || Exact(other) {
			t.Errorf("%s: valid %v, exact %v", text, Valid(other), Exact(other))
		}
	}
}
