package session

import "sigrun/protocol/call"

// withdrawal takes something out of the tables of shards.
type withdrawal struct {
	route  func(set *call.ShardSet)             // adds the shards that it takes
	remove func(held *call.ShardSet) (all bool) // false: slots have moved, others are needed, too
}

// watched is what nobody watches any more, parked a call that does not wait any more.
func (l *Loop) watched(w *call.Watching) withdrawal {
	return withdrawal{func(set *call.ShardSet) { l.Tables.WatchSet(w, set) },
		func(held *call.ShardSet) bool { return l.Tables.Unwatch(w, held) }}
}

func (l *Loop) parked(c *call.Call) withdrawal {
	return withdrawal{func(set *call.ShardSet) { l.Run.Route(&c.Command, set) },
		func(held *call.ShardSet) bool { return l.Tables.Forget(c, held) }}
}

// withdraw does it now where the tokens are free, and later otherwise.
func (l *Loop) withdraw(w withdrawal) {
	var set call.ShardSet
	w.route(&set)
	if l.Dispatcher.TryClaim(&set, l.by) {
		all := w.remove(&set)
		l.Dispatcher.ReleaseSet(&set, l.by)
		if all {
			return
		}
	}
	l.withdrawLater(w)
}

// withdrawLater does it on an executor, as often as it takes: slots may move between
// looking them up and having their tokens.
func (l *Loop) withdrawLater(w withdrawal) {
	work := &call.Call{Loop: -1}
	w.route(&work.Set)
	work.Work = func() {
		set := work.Set
		if !w.remove(&set) {
			l.Post(func() { l.withdrawLater(w) })
		}
	}
	l.Dispatcher.Submit(work)
}
