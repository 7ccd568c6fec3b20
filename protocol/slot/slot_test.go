package slot

import (
	"math/bits"
	"math/rand/v2"
	"testing"
)

// bitwise is the definition of the checksum, one bit at a time.
func bitwise(p []byte) (crc uint16) {
	for _, b := range p {
		crc ^= uint16(b) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return crc
}

func sum(p string) uint16 {
	swapped, _ := checksum([]byte(p))
	return bits.ReverseBytes16(swapped)
}

func TestKnownChecksums(t *testing.T) {
	if got := sum("123456789"); got != 0x31C3 {
		t.Fatalf("%#x", got)
	}
	for key, want := range map[string]uint16{
		"": 0, "foo": 12182, "bar": 5061, "hello": 866, "123456789": 12739, "{user1000}.following": 3443,
	} {
		if got := Of([]byte(key)); got != want {
			t.Errorf("%q: slot %d, want %d", key, got, want)
		}
	}
}

func TestTables(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for n := range 100 {
		p := make([]byte, n)
		for i := range p {
			p[i] = byte(r.Uint32())
		}
		if sum(string(p)) != bitwise(p) {
			t.Fatalf("%d bytes: %#x, want %#x", n, sum(string(p)), bitwise(p))
		}
	}
}

func TestHashTags(t *testing.T) {
	for key, same := range map[string]string{
		"{user}.a": "user", "a{user}b": "user", "foo{{bar}}zap": "{bar", "foo{bar}{zap}": "bar", "{}{a}": "", "x{ab": "", "x}a{b}": "b",
	} {
		want := bitwise([]byte(same)) & (Count - 1)
		if same == "" { // no tag: the whole key counts
			want = bitwise([]byte(key)) & (Count - 1)
		}
		if got := Of([]byte(key)); got != want {
			t.Errorf("%q: %d, want %d", key, got, want)
		}
	}
}

func BenchmarkOf(b *testing.B) {
	for _, key := range []string{"key:000012345678", "key:1234567", "{user1000}.following"} {
		p := []byte(key)
		b.Run(key, func(b *testing.B) {
			for b.Loop() {
				Of(p)
			}
		})
	}
}

func TestOfPattern(t *testing.T) {
	for pattern, key := range map[string]string{"plain": "plain", "{a}*": "a", "x{a}*y": "a", "{}*": "", "*{a}": "", "{a*}": "", `\{a}`: "", "{a?}": "", "{a": "{a", "w{a}*->f": "a"} {
		want := -1
		if key != "" {
			want = int(Of([]byte(key)))
		}
		if got := OfPattern([]byte(pattern)); got != want {
			t.Errorf("%s: %d, want %d", pattern, got, want)
		}
	}
}
