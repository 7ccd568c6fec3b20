package control

import (
	"slices"

	"sigrun/internal/sim"
	"sigrun/protocol/command"
	"sigrun/reactor/session"
	"sigrun/shards/observe"
)

func hotKeyRows() []Row {
	row := func(run Handler, name string, arity int, flags command.Flag, summary, complexity string) Row {
		return Row{Run: run, Spec: command.Spec{Name: "HOTKEYS|" + name, Arity: arity, Flags: flags, Place: command.OnControl,
			Group: "server", Since: "9.2.0", Summary: summary, Complexity: complexity}}
	}
	return []Row{
		row(hotKeysGet, "GET", 2, common|command.Admin, "Tells the keys that were asked for most in the last complete window.", "O(N log(N)) where N is the number of keys that are followed"),
		row(hotKeysReset, "RESET", 2, common|command.Admin, "Forgets what was seen of hot keys.", "O(1)"),
		row(hotKeysHelp, "HELP", 2, command.Loading|command.Stale, "Describes the subcommands.", "O(1)"),
	}
}

// hotKeysGet implements HOTKEYS GET: keys with their databases and estimated accesses a second (key, db, qps), the hottest first. Of keys that the
// user may not read nothing is told.
func hotKeysGet(c *Ctx) error {
	var found []observe.Hot
	user := c.call.Client.Account.Restricted()
	if hot := &c.Engine.Hot; hot.On() {
		var mu sim.Mutex
		c.Reactor.Everybody(func(l *session.Loop) {
			own := slices.Clone(hot.Loop(l.ID).Completed(l.Clock.Millis()))
			if user != nil {
				own = slices.DeleteFunc(own, func(h observe.Hot) bool { return !user.MayRead([]byte(h.Key), h.DB) })
			}
			mu.Lock()
			found = append(found, own...)
			mu.Unlock()
		})
		found = hot.Hottest(found)
	}
	c.Out.Array(len(found))
	for _, f := range found {
		c.Out.Map(3)
		c.Out.BulkString("key")
		c.Out.BulkString(f.Key)
		c.Out.BulkString("db")
		c.Out.Int(int64(f.DB))
		c.Out.BulkString("qps")
		c.Out.Int(c.Engine.Hot.Rate(f.Seen))
	}
	return nil
}

// hotKeysReset implements HOTKEYS RESET.
func hotKeysReset(c *Ctx) error {
	c.Engine.Hot.Reset(c.Clock.Millis())
	c.Out.OK()
	return nil
}

// hotKeysHelp implements HOTKEYS HELP.
func hotKeysHelp(c *Ctx) error {
	c.Out.Help("HOTKEYS",
		"GET", "    Keys that were asked for most in the last complete window.",
		"RESET", "    Forget what was seen.")
	return nil
}
