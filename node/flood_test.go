package node_test

import (
	le "encoding/binary"
	"math/rand"
	"testing"
	"time"

	"github.com/dgryski/go-wyhash"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
)

// TestKeysMadeToCollide floods a server with 16 384 keys that have one and the same
// wyhash under every seed, and with as many of one slot, and holds what SET and GET of
// them cost against ordinary keys of the same length. What collides costs by the square
// of its number, in the best round too, whatever else the host does.
func TestKeysMadeToCollide(t *testing.T) {
	addr := nodetest.Start(t)
	ordinary, colliding, crowded := randomKeys(""), collidingKeys(t), randomKeys("{crowd}")
	c := testkit.MustDial(t, addr)
	cost := func(keys []string) time.Duration {
		c.Want(t, "+OK\r\n", "FLUSHALL")
		before := testkit.CPU()
		storeAndRead(t, c, keys)
		return testkit.CPU() - before
	}
	for name, keys := range map[string][]string{"of one wyhash": colliding, "of one slot": crowded} {
		usual, took := time.Hour, time.Hour
		for round := range 20 {
			usual, took = min(usual, cost(ordinary)), min(took, cost(keys))
			if round >= 4 && took <= 3*usual {
				break
			}
		}
		t.Logf("%s: %.2f of what ordinary keys cost", name, float64(took)/float64(usual))
		if took > 3*usual {
			t.Errorf("keys %s took %v, ordinary ones %v", name, took, usual)
		}
	}
}

func storeAndRead(t *testing.T, c *testkit.Client, keys []string) {
	for from := 0; from < len(keys); from += 256 {
		var batch [][]string
		for _, k := range keys[from : from+256] {
			batch = append(batch, []string{"SET", k, "1"}, []string{"GET", k})
		}
		replies, err := c.Pipeline(batch...)
		if err != nil || string(replies[len(replies)-1]) != "$1\r\n1\r\n" {
			t.Fatalf("%q %v", replies, err)
		}
	}
}

const floodBits, floodKey = 14, 250

func randomKeys(prefix string) []string {
	r := rand.New(rand.NewSource(1))
	keys := make([]string, 1<<floodBits)
	for i := range keys {
		k := make([]byte, floodKey)
		r.Read(k)
		copy(k, prefix)
		keys[i] = string(k)
	}
	return keys
}

// collidingKeys uses that wyhash multiplies two words, each mixed with a secret: the
// product stays when they change places and the secrets with them. A key of 250 bytes has
// fourteen such pairs.
func collidingKeys(t *testing.T) []string {
	const secrets01, secrets23 = 0xa0761d6478bd642f ^ 0xe7037ed1a0b428db, 0x8ebc6af09c88c6e3 ^ 0x589965cc75374cc3
	base := []byte(randomKeys("")[0])
	keys := make([]string, 1<<floodBits)
	for n := range keys {
		k := append([]byte(nil), base...)
		for bit := range floodBits {
			if n>>bit&1 == 1 {
				mix := uint64(secrets01)
				if bit%2 == 1 {
					mix = secrets23
				}
				swap(k[bit*16:], mix)
			}
		}
		keys[n] = string(k)
		if wyhash.Hash(k, 42) != wyhash.Hash(base, 42) || n > 0 && keys[n] == keys[n-1] {
			t.Fatal("the keys do not collide")
		}
	}
	return keys
}

func swap(pair []byte, mix uint64) {
	a, b := le.LittleEndian.Uint64(pair), le.LittleEndian.Uint64(pair[8:])
	le.LittleEndian.PutUint64(pair, b^mix)
	le.LittleEndian.PutUint64(pair[8:], a^mix)
}
