package dump

import (
	"io"
	"math"
	"time"

	"sigrun/internal/num"
	"sigrun/internal/peers"
	"sigrun/protocol/resp"
	"sigrun/shards/exec"
)

// migration is a MIGRATE as its client asks for it.
type migration struct {
	to               peers.Target
	within           time.Duration // for each write and each reply
	database         int64         // there
	copies, replaces bool
}

// migrate implements MIGRATE host port key|"" database timeout [COPY] [REPLACE] [AUTH password | AUTH2 user password] [KEYS key ...]. Its
// keys' tokens are held while they are on their way, so that nobody sees one on neither side or changes what has been sent; but not while it connects.
func migrate(c *exec.Ctx) error {
	way, _ := c.Brought().(*bridge)
	m, err := parseMigrate(c.Args)
	if err != nil {
		way.giveBack()
		return err
	}
	there := m.look(c)
	if len(there) == 0 {
		way.giveBack()
		c.Out.Simple("NOKEY")
		return nil
	}
	if way == nil {
		if way, err = m.connect(c); err != nil {
			return err
		}
	}
	for {
		if way.failed != nil {
			return errConnecting
		}
		x := exchange{c: c, m: m, peer: way.Conn}
		err = x.carry(there)
		m.left(c, x.taken)
		switch {
		case err == nil:
			way.giveBack()
			x.answer(c.Out)
			return nil
		case x.refusal != "":
			_ = way.Close()
			x.answer(c.Out)
			return nil
		case way.second || x.heard > 0 || peers.Late(err):
			_ = way.Close()
			c.Out.Error(x.broken())
			return nil
		}
		// A connection that was kept may have been closed by the other side since: nothing was answered, so a new one may do better.
		_ = way.Close()
		if way, err = m.reconnect(c); err != nil {
			return err
		}
	}
}

// parseMigrate reads the arguments.
func parseMigrate(args [][]byte) (*migration, error) {
	m := &migration{to: peers.Target{Host: string(args[1]), Port: leadingInt(args[2])}}
	for i := 6; i < len(args); i++ {
		switch left := len(args) - 1 - i; {
		case exec.Is(args[i], "COPY"):
			m.copies = true
		case exec.Is(args[i], "REPLACE"):
			m.replaces = true
		case exec.Is(args[i], "AUTH") && left >= 1:
			m.to.Known, m.to.Password = true, string(args[i+1])
			i++
		case exec.Is(args[i], "AUTH2") && left >= 2:
			m.to.Known, m.to.Named, m.to.User, m.to.Password = true, true, string(args[i+1]), string(args[i+2])
			i += 2
		case exec.Is(args[i], "KEYS"):
			if len(args[3]) != 0 {
				return nil, errKeyBesideKeys
			}
			i = len(args)
		default:
			return nil, resp.ErrSyntax
		}
	}
	ms, ok := num.ParseInt(args[5])
	if !ok {
		return nil, resp.ErrNotInteger
	}
	if m.database, ok = num.ParseInt(args[4]); !ok {
		return nil, resp.ErrNotInteger
	}
	if ms <= 0 {
		ms = 1000
	}
	m.within = time.Duration(min(ms, math.MaxInt64/int64(time.Millisecond))) * time.Millisecond
	return m, nil
}

// leadingInt is the number that a text begins with, 0: none.
func leadingInt(text []byte) (n int) {
	for _, digit := range text {
		if digit < '0' || digit > '9' || n > math.MaxUint16 {
			break
		}
		n = 10*n + int(digit-'0')
	}
	return n
}

// look looks the keys up, and returns which of them are there.
func (m *migration) look(c *exec.Ctx) (there []int) {
	keys := c.Keys()
	for i := range keys {
		if t := c.Look(&keys[i], exec.Reads, exec.Told); t.Exists() {
			there = append(there, i)
		}
	}
	return there
}

// left removes the keys that the other side has now.
func (m *migration) left(c *exec.Ctx, taken []int) {
	if m.copies || len(taken) == 0 {
		return
	}
	keys, record := c.Keys(), [][]byte{[]byte("DEL")}
	for _, i := range taken {
		if t := c.Look(&keys[i], exec.Peeks, exec.Quietly); t.Exists() {
			t.Part.Delete(t.Key, t.E)
			c.Removed(&keys[i], "del")
			record = append(record, keys[i].Name)
		}
	}
	if c.Recording() {
		c.Rewrite(record...)
	}
}

// bridge is a connection to the other side, or why there is none.
type bridge struct {
	*peers.Conn
	pool   *peers.Pool
	failed error
	second bool // there was one before, which broke
}

// Close ends the connection, if there is one.
func (b *bridge) Close() error {
	if b.Conn == nil {
		return nil
	}
	return b.Conn.Close()
}

// giveBack keeps the connection for the next one.
func (b *bridge) giveBack() {
	if b != nil && b.Conn != nil {
		b.pool.Give(b.Conn)
	}
}

// connect takes a connection that is there, or has one made with no token held.
func (m *migration) connect(c *exec.Ctx) (*bridge, error) {
	pool := c.Engine().Peers
	if conn := pool.Kept(m.to, m.within); conn != nil {
		return &bridge{Conn: conn, pool: pool}, nil
	}
	return m.build(c, false)
}

// reconnect has another one made where a first one broke.
func (m *migration) reconnect(c *exec.Ctx) (*bridge, error) { return m.build(c, true) }

func (m *migration) build(c *exec.Ctx, second bool) (*bridge, error) {
	pool := c.Engine().Peers
	make := func() *bridge {
		conn, err := pool.Connect(m.to, m.within)
		return &bridge{Conn: conn, pool: pool, failed: err, second: second}
	}
	if c.MayGoApart() {
		return nil, c.Apart(func() io.Closer { return make() })
	}
	return make(), nil
}

// passwords are the arguments of MIGRATE that nobody is to see.
func passwords(args [][]byte, _ func(string) bool) (at []int) {
	for i := 6; i < len(args); i++ {
		switch {
		case exec.Is(args[i], "KEYS"):
			return at
		case exec.Is(args[i], "AUTH") && i+1 < len(args):
			at = append(at, i+1)
			i++
		case exec.Is(args[i], "AUTH2") && i+2 < len(args):
			at = append(at, i+1, i+2)
			i += 2
		}
	}
	return at
}

// manyKeys finds the keys behind KEYS, and oneKey the key where there is no such word.
func manyKeys(args [][]byte) (first, last int, ok bool) {
	at := keysWord(args)
	if at == 0 || len(args[3]) != 0 { // which is an error
		return 1, 0, true
	}
	return at + 1, len(args) - 1, true
}

func oneKey(args [][]byte) (first, last int, ok bool) {
	if len(args) <= 3 {
		return 0, 0, false
	}
	if keysWord(args) != 0 {
		return 1, 0, true
	}
	return 3, 3, true
}

// keysWord is where KEYS stands, 0: nowhere.
func keysWord(args [][]byte) int {
	for i := 6; i < len(args); i++ {
		switch {
		case exec.Is(args[i], "KEYS"):
			return i
		case exec.Is(args[i], "AUTH"):
			i++
		case exec.Is(args[i], "AUTH2"):
			i += 2
		}
	}
	return 0
}

var (
	errKeyBesideKeys = &resp.Error{Text: "ERR When using MIGRATE KEYS option, the key argument must be set to the empty string"}
	errConnecting    = &resp.Error{Text: "IOERR error or timeout connecting to the client"}
	errWriting       = &resp.Error{Text: "IOERR error or timeout writing to target instance"}
	errReading       = &resp.Error{Text: "IOERR error or timeout reading to target instance"}
)
