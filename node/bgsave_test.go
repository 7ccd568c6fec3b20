package node_test

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"sigrun/internal/testkit"
	"sigrun/node/nodetest"
	"sigrun/storage/rdb"
)

const (
	accounts = 300
	fortune  = 1000 // of each account at first
)

// TestBackgroundSaveIsAMoment has clients move money between accounts in all kinds of values, in transactions over many shards, while
// one BGSAVE after another is written: in every file there is as much money as at first.
func TestBackgroundSaveIsAMoment(t *testing.T) {
	dir := t.TempDir()
	nodetest.EachMode(t, func(t *testing.T, addr string) {
		defer os.Remove(filepath.Join(dir, "dump.rdb"))
		found(t, addr)
		var stop atomic.Bool
		var clients sync.WaitGroup
		for i := range 4 {
			clients.Go(func() { trade(t, addr, uint64(i), &stop) })
		}
		c := testkit.MustDial(t, addr)
		changed := 0
		for range 6 {
			c.Want(t, "+OK\r\n", "CONFIG", "SET", "rdb-key-save-delay", "200") // so that much happens meanwhile
			c.Want(t, "+Background saving started\r\n", "BGSAVE")
			time.Sleep(20 * time.Millisecond)
			c.Want(t, "+OK\r\n", "CONFIG", "SET", "rdb-key-save-delay", "0")
			awaitSave(t, c)
			reply, _ := c.Do("INFO", "persistence")
			if testkit.InfoField(string(reply), "rdb_last_bgsave_status") != "ok" {
				t.Fatalf("%s", reply)
			}
			if testkit.InfoField(string(reply), "rdb_last_cow_size") != "0" {
				changed++
			}
			count(t, filepath.Join(dir, "dump.rdb"))
		}
		stop.Store(true)
		clients.Wait()
		if changed == 0 {
			t.Error("nothing changed while a file was written")
		}
	}, [2]string{"dir", dir}, [2]string{"set-max-intset-entries", "512"})
}

func awaitSave(t *testing.T, c *testkit.Client) {
	t.Helper()
	for deadline := time.Now().Add(60 * time.Second); ; time.Sleep(2 * time.Millisecond) {
		reply, err := c.Do("INFO", "persistence")
		if err != nil || time.Now().After(deadline) {
			t.Fatal(err, string(reply))
		}
		if testkit.InfoField(string(reply), "rdb_bgsave_in_progress") == "0" {
			return
		}
	}
}

// found opens the accounts: a string, a field of a hash, a score, or as many elements of a list as there is money.
func found(t *testing.T, addr string) {
	c := testkit.MustDial(t, addr)
	for i := range accounts {
		n, name := strconv.Itoa(fortune), strconv.Itoa(i)
		switch i % 4 {
		case 0:
			c.Want(t, "+OK\r\n", "SET", "account:"+name, n)
		case 1:
			c.Want(t, ":2\r\n", "HSET", "account:"+name, "money", n, "owner", name)
		case 2:
			c.Want(t, ":1\r\n", "ZADD", "account:"+name, n, "money")
		case 3:
			args := []string{"RPUSH", "account:" + name}
			for range fortune {
				args = append(args, "coin")
			}
			c.Want(t, ":"+n+"\r\n", args...)
		}
	}
}

// trade moves a coin from one account to another, again and again. Now and then a key gets another name, or one that is worth nothing
// comes or goes.
func trade(t *testing.T, addr string, seed uint64, stop *atomic.Bool) {
	c, err := testkit.Dial(addr)
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	r := rand.New(rand.NewPCG(seed, 9))
	for !stop.Load() {
		commands := [][]string{{"MULTI"}}
		for _, by := range []int{-1, 1} {
			commands = append(commands, change(r.IntN(accounts), by))
		}
		extra := "worthless:" + strconv.Itoa(r.IntN(20))
		commands = append(commands, [][]string{{"SET", extra, "x", "PX", strconv.Itoa(1 + r.IntN(30))}, {"DEL", extra}, {"EXPIRE", extra, "100"}}[r.IntN(3)], []string{"EXEC"})
		if _, err := c.Pipeline(commands...); err != nil {
			t.Error(err)
			return
		}
	}
}

func change(account, by int) []string {
	name, n := "account:"+strconv.Itoa(account), strconv.Itoa(by)
	switch account % 4 {
	case 0:
		return []string{"INCRBY", name, n}
	case 1:
		return []string{"HINCRBY", name, "money", n}
	case 2:
		return []string{"ZINCRBY", name, n, "money"}
	}
	if by > 0 {
		return []string{"RPUSH", name, "coin"}
	}
	return []string{"LPOP", name}
}

// purse counts the money in a value.
type purse struct {
	rdb.Discard
	kind  rdb.Kind
	money int
}

func (p *purse) Begin(k rdb.Kind, _ int) { p.kind, p.money = k, 0 }
func (p *purse) Text(v []byte)           { p.money, _ = strconv.Atoi(string(v)) }
func (p *purse) Element([]byte)          { p.money++ }
func (*purse) Pack([]byte) bool          { return false }
func (p *purse) Field(name, v []byte, _ int64) bool {
	if string(name) == "money" {
		p.money, _ = strconv.Atoi(string(v))
	}
	return true
}
func (p *purse) Scored(_ []byte, score float64) bool {
	p.money = int(score)
	return true
}

// count reads a file and counts the money in it.
func count(t *testing.T, name string) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	d, err := rdb.NewDecoder(rdb.NewBytesReader(b), rdb.Options{})
	money, found := 0, map[string]bool{}
	for it := (rdb.Item{}); err == nil; {
		if err = d.Next(&it); err != nil || it.Kind == rdb.End {
			break
		}
		if it.Kind != rdb.Key {
			continue
		}
		var p purse
		err = d.Value(&it, &p)
		key := string(it.Name)
		if found[key] {
			t.Errorf("%s is there twice", key)
		}
		found[key] = true
		var n int
		if _, scanErr := fmt.Sscanf(key, "account:%d", &n); scanErr == nil {
			money += p.money
		} else {
			delete(found, key)
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if money != accounts*fortune || len(found) != accounts {
		t.Errorf("%d coins in %d accounts, there were %d in %d", money, len(found), accounts*fortune, accounts)
	}
}
