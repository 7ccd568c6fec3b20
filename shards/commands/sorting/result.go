package sorting

import "sigrun/shards/typed"

// reply replies the elements, or for each what the GET patterns make of it.
func (s *sorter) reply() {
	from, to := s.span(len(s.items))
	out := s.c.Out
	out.Array((to - from) * max(len(s.get), 1))
	for _, p := range s.items[from:to] {
		if s.get == nil {
			out.Bulk(s.bytes(p.element))
		}
		for i := range s.get {
			if v, ok := s.look(&s.get[i], s.bytes(p.element)); ok {
				out.Bulk(v)
			} else {
				out.Null()
			}
		}
	}
}

// storeIn makes a list of what reply would reply; what does not exist is an empty string.
func (s *sorter) storeIn() error {
	from, to := s.span(len(s.items))
	values := make([]span, 0, (to-from)*max(len(s.get), 1))
	for _, p := range s.items[from:to] {
		if s.get == nil {
			values = append(values, p.element)
		}
		for i := range s.get {
			v, _ := s.look(&s.get[i], s.bytes(p.element))
			values = append(values, s.keep(v))
		}
	}
	c := s.c
	if len(values) == 0 {
		c.Clear(c.Key(s.store))
		c.Out.Int(0)
		return nil
	}
	t := typed.OverwriteList(c, s.store)
	for _, v := range values {
		t.List.PushBack(t.Arena, t.Limit, s.bytes(v))
	}
	c.Touched(t.Key, "sortstore")
	c.Several(len(values))
	c.Created(t.Key)
	c.Out.Int(int64(len(values)))
	return nil
}
