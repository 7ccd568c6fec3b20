package offheap

// A value of which somebody wants to know what it was before it changes is watched: by the address of something that stays in its place, or
// says where it goes (Moved). Where nothing is watched that is one look at a nil map.

// Watch has the type that a value is of find w before it changes anything.
func (a *Arena) Watch(at Ref, w any) {
	if a.watched == nil {
		a.watched = map[Ref]any{}
	}
	a.watched[at] = w
}

// Watched is what was said to Watch, nil: nothing.
func (a *Arena) Watched(at Ref) any { return a.watched[at] }

// Watching reports whether anything is watched.
func (a *Arena) Watching() bool { return a.watched != nil }

// Unwatch ends it.
func (a *Arena) Unwatch(at Ref) {
	if delete(a.watched, at); len(a.watched) == 0 {
		a.watched = nil
	}
}

// Moved has what is watched at one place be watched at another.
func (a *Arena) Moved(from, to Ref) {
	if a.watched == nil {
		return
	}
	if w, ok := a.watched[from]; ok {
		delete(a.watched, from)
		a.watched[to] = w
		if m, ok := w.(interface{ MovedTo(to Ref) }); ok {
			m.MovedTo(to)
		}
	}
}

// UnwatchAll ends it for all values.
func (a *Arena) UnwatchAll() { a.watched = nil }
