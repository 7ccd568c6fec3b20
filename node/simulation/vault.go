//go:build sim

package simulation

import (
	"fmt"
	"math/rand/v2"
	"strconv"

	"sigrun/internal/sim"
	"sigrun/internal/vfs"
	"sigrun/storage/rdb"
)

// vault is keys of a database of their own that always get the same number, all of them in one step, and each number once. By them a
// file tells of which moment it is, and whether of one.
type vault struct {
	last    int64
	set     map[int64]bool // its MSET was answered
	saved   map[int64]bool // a SAVE behind that was
	flushed int64          // no number up to this one may be in a file: a FLUSHALL was answered that came behind them
	failed  bool           // files may be older: an operation on them failed
}

const (
	vaultDB   = 4
	vaultKeys = 24
)

func (v *vault) name(i int) string { return "vault" + strconv.Itoa(i) }

// pledge gives the keys of the vault a new number, and saves that if it is wanted.
func (c *client) pledge(save bool) {
	v := &c.x.vault
	v.last++
	n := v.last
	set := []string{"MSET"}
	for i := range vaultKeys {
		set = append(set, v.name(i), strconv.FormatInt(n, 10))
	}
	if c.ask([]string{"SELECT", strconv.Itoa(vaultDB)}, set) == "+OK\r\n" {
		v.set[n] = true
		if save && c.ask([]string{"SAVE"}) == "+OK\r\n" {
			v.saved[n] = true
		}
	}
	if c.ask([]string{"SELECT", "0"}); c.atHome {
		c.atHome = false
	}
}

// answered is the largest number so that all up to it are set.
func (v *vault) answered() (n int64) {
	for n = 0; v.set[n+1]; n++ {
	}
	return n
}

// holds is the number in memory, 0: there is none, or not one alone. It looks between two steps and needs no tokens.
func (x *run) holds() (n int64) {
	d := x.shards.Space.Existing(vaultDB)
	if d == nil {
		return 0
	}
	var buf [20]byte
	for i := range vaultKeys {
		k := x.shards.Space.Hasher().Key([]byte(x.vault.name(i)))
		e := d.Part(x.shards.Owner(k.Slot)).Find(&k)
		if e == 0 {
			return 0
		}
		is, _ := strconv.ParseInt(string(e.String(&buf)), 10, 64)
		if i > 0 && is != n {
			return 0
		}
		n = is
	}
	return n
}

// losePower looks at what would be left.
func (x *run) losePower() *vfs.Mem {
	left := x.disk.Crash(rand.New(rand.NewPCG(sim.Uint64(), 5)))
	if wrong := x.fileOf(left); wrong != "" {
		x.fail("the file that a loss of power leaves %s", wrong)
	}
	return left
}

// fileOf tells what is wrong with the file in m, "": nothing. It shows one moment, which is no older than what was acknowledged.
func (x *run) fileOf(m *vfs.Mem) string {
	f, err := m.Open("/dump.rdb")
	if err != nil {
		if n := x.holds(); x.vault.saved[n] {
			return fmt.Sprintf("is not there, although %d was saved", n)
		}
		return ""
	}
	defer func() { _ = f.Close() }()
	size, _ := f.Size()
	kept, err := read(f, size)
	if err != nil {
		return "cannot be read: " + err.Error()
	}
	n, _ := strconv.ParseInt(kept[x.vault.name(0)], 10, 64)
	for i := range vaultKeys {
		if is, _ := strconv.ParseInt(kept[x.vault.name(i)], 10, 64); is != n {
			return fmt.Sprintf("has %d in one key and %d in another, which were always the same: %v", n, is, kept)
		}
	}
	switch now := x.holds(); {
	case n != 0 && n <= x.vault.flushed && !x.vault.failed:
		return fmt.Sprintf("has number %d, and all up to %d were removed by FLUSHALL", n, x.vault.flushed)
	case now != n && x.vault.saved[now]:
		return fmt.Sprintf("has number %d, and %d was saved and is there still", n, now)
	}
	return ""
}

// text is a builder that keeps strings only.
type text struct {
	rdb.Discard
	is []byte
}

func (t *text) Text(b []byte) { t.is = append(t.is[:0], b...) }

// read reads a file to its end, and returns the strings of the vault. A key that comes twice is an error.
func read(f vfs.File, size int64) (kept map[string]string, err error) {
	kept = map[string]string{}
	d, err := rdb.NewDecoder(rdb.NewReader(f, size), rdb.Options{})
	if err != nil {
		return nil, err
	}
	seen := map[string]bool{}
	number := uint64(0)
	var it rdb.Item
	var value text
	for {
		if err := d.Next(&it); err != nil {
			return nil, err
		}
		switch it.Kind {
		case rdb.End:
			return kept, nil
		case rdb.Database:
			number = it.Number
		case rdb.Key:
			name := fmt.Sprint(number, " ", string(it.Name))
			if seen[name] {
				return nil, fmt.Errorf("%q comes twice", name)
			}
			seen[name] = true
			key := string(it.Name)
			if err := d.Value(&it, &value); err != nil {
				return nil, err
			}
			if number == vaultDB {
				kept[key] = string(value.is)
			}
		}
	}
}
