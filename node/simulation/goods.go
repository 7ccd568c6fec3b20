//go:build sim

package simulation

import (
	"slices"
	"strconv"
	"strings"

	"sigrun/internal/sim"
	"sigrun/internal/testkit"
)

// goodsDB has one list, goods, that nothing else touches but FLUSHALL. Each number that is pushed there is somebody's, or still there.
const goodsDB = 5

// goods is who has what.
type goods struct {
	last    int64
	sure    map[int64]bool // pushed, and answered
	got     map[int64]bool // delivered
	waits   []string       // who waits, by the numbers of their connections
	flushes int            // FLUSHALLs that are under way, or may come yet
	flushed int            // those that are over
	lost    int            // waits of clients that went before they were answered: each may have taken one along
}

// trade pushes the next number, waits for one, or ends the wait of somebody else.
func (c *client) trade(args []string) {
	g := &c.x.goods
	if args[0] == "release" {
		if n := len(g.waits); n > 0 {
			c.ask([]string{"CLIENT", "UNBLOCK", g.waits[sim.IntN(n)]})
		}
		return
	}
	c.atHome = false
	if c.ask([]string{"SELECT", strconv.Itoa(goodsDB)}) != "+OK\r\n" {
		return
	}
	if args[0] == "push" {
		g.last++
		n := g.last
		before := g.flushed
		if strings.HasPrefix(c.ask([]string{"RPUSH", "goods", strconv.FormatInt(n, 10)}), ":") && g.flushes == 0 && g.flushed == before {
			g.sure[n] = true
		}
	} else if id := strings.Trim(c.ask([]string{"CLIENT", "ID"}), ":\r\n"); id != testkit.Unknown {
		g.waits = append(g.waits, id)
		reply := c.ask([]string{"BLPOP", "goods", args[1]})
		at := slices.Index(g.waits, id)
		g.waits = slices.Delete(g.waits, at, at+1)
		g.deliver(c, reply)
	}
	c.ask([]string{"SELECT", "0"})
}

// deliver notes what a wait came to.
func (g *goods) deliver(c *client, reply string) {
	if reply == testkit.Unknown {
		g.lost++
		return
	}
	v, _ := testkit.Parse([]byte(reply))
	if len(v.Elems) != 2 {
		return
	}
	n, _ := strconv.ParseInt(v.Elems[1].Text, 10, 64)
	if g.got[n] {
		c.x.fail("%d was delivered twice", n)
	}
	g.got[n] = true
}

// flushes notes that a client is about to send a command that may be FLUSHALL: what was pushed so far, and meanwhile, may be gone.
func (c *client) flushes(args []string) {
	if strings.EqualFold(args[0], "FLUSHALL") {
		c.flushing++
		c.x.goods.flushes++
		clear(c.x.goods.sure)
	}
}

// flushed notes that all that a client sent is answered.
func (c *client) flushed() {
	if c.flushing > 0 {
		c.x.goods.flushes -= c.flushing
		c.x.goods.flushed += c.flushing
		c.flushing = 0
		clear(c.x.goods.sure)
	}
}

// checkGoods looks for what nobody has.
func (x *run) checkGoods(c *client) {
	g := &x.goods
	x.want(c, "+OK\r\n", "SELECT", strconv.Itoa(goodsDB))
	v, _ := testkit.Parse([]byte(c.ask([]string{"LRANGE", "goods", "0", "-1"})))
	left := map[int64]bool{}
	for _, item := range v.Elems {
		n, _ := strconv.ParseInt(item.Text, 10, 64)
		if left[n] = true; g.got[n] {
			x.fail("%d was delivered, and is still there", n)
		}
	}
	var missing []int64
	for n := range g.sure { // in any order
		if !g.got[n] && !left[n] {
			missing = append(missing, n)
		}
	}
	if len(missing) > g.lost && !x.set.is(Fails) { // a file that cannot be written may lose what is reloaded
		slices.Sort(missing)
		x.fail("nobody has %v of what was pushed, and only %d clients went while they waited for it", missing, g.lost)
	}
	sim.Note("goods are counted")
}
