//go:build sim

package simulation

import (
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"sigrun/internal/sim"
	"sigrun/internal/testkit"
)

// cacheDB is where clients keep caches of what they read. Nothing else changes it but FLUSHALL; databases that are exchanged are others,
// as SWAPDB tells nobody who tracks (nor does it in Valkey).
const cacheDB = 6

// cache is what a client has read and was not told of since that it changed.
type cache struct {
	on      bool // CLIENT TRACKING
	mode    []string
	values  map[string]string // replies to GET, by key
	reading string            // the key whose value is the last reply that is to come
}

func (k *cache) is(mode string) bool { return slices.Contains(k.mode, mode) }

// caching does a step: `on` and words of CLIENT TRACKING, `read` and a key, or `write` and a command.
func (c *client) caching(args []string) {
	switch k := &c.cache; args[0] {
	case "on":
		if !k.on {
			k.on = c.ask([]string{"SELECT", strconv.Itoa(cacheDB)}, []string{"HELLO", "3"}, append([]string{"CLIENT", "TRACKING", "ON"}, args[1:]...)) == "+OK\r\n"
			k.mode, k.values = args[1:], map[string]string{}
		}
	case "read":
		if k.on {
			c.remember(args[1])
		}
	default:
		if k.is("NOLOOP") {
			clear(k.values) // nobody tells of what it does itself
		}
		c.ask([]string{"SELECT", strconv.Itoa(cacheDB)}, args[1:])
	}
}

// remember reads a key as a client has to by whom it is kept.
func (c *client) remember(key string) {
	commands, kept := [][]string{{"GET", key}}, true
	switch {
	case c.cache.is("OPTIN"):
		commands = [][]string{{"CLIENT", "CACHING", "YES"}, {"GET", key}}
	case c.cache.is("OPTOUT") && sim.IntN(3) == 0:
		commands, kept = [][]string{{"CLIENT", "CACHING", "NO"}, {"GET", key}}, false
	}
	if kept {
		c.cache.reading = key
	}
	c.ask(commands...)
	c.cache.reading = ""
}

// keep keeps what was read as soon as it is there: what comes behind it may say that it has changed.
func (c *client) keep() {
	if k := &c.cache; k.reading != "" && c.got == c.sent && (strings.HasPrefix(c.last, "$") || strings.HasPrefix(c.last, "_")) {
		k.values[k.reading] = c.last
	}
}

// told takes what is said of changes. It reports whether the words were about that: else they are a reply.
func (c *client) told(said string) bool {
	if !strings.HasPrefix(said, ">2\r\n$10\r\ninvalidate\r\n") {
		return false
	}
	v, _ := testkit.Parse([]byte(said))
	if v.Elems[1].Null {
		clear(c.cache.values)
	}
	for _, key := range v.Elems[1].Elems {
		delete(c.cache.values, key.Text)
	}
	return true
}

// checkCache asks somebody else for all that the client has in its cache: it is that, or the client is about to be told.
func (c *client) checkCache() {
	if len(c.cache.values) == 0 || c.c == nil || c.c.gone || c.c.reset || c.stalled {
		return
	}
	other := &client{x: c.x, id: c.id + 500}
	defer other.leave()
	for waited := time.Duration(0); ; waited += 10 * time.Millisecond {
		wrong := c.stale(other)
		if wrong == "" {
			return
		}
		if waited > c.x.patience() {
			c.x.fail("a cache is stale: client %d %s", c.id, wrong)
			return
		}
		sim.Sleep(10 * time.Millisecond)
	}
}

// stale tells of a key that is in the cache and is another one in the node.
func (c *client) stale(other *client) string {
	for _, key := range slices.Sorted(maps.Keys(c.cache.values)) {
		if !other.connected() || c.c.gone || c.c.reset {
			return ""
		}
		now := other.ask([]string{"SELECT", strconv.Itoa(cacheDB)}, []string{"HELLO", "3"}, []string{"GET", key})
		if now == testkit.Unknown || strings.HasPrefix(now, "-") {
			continue
		}
		c.drain()
		if has, there := c.cache.values[key]; there && has != now {
			return "holds " + strconv.Quote(has) + " of " + key + ", which is " + strconv.Quote(now)
		}
	}
	return ""
}
