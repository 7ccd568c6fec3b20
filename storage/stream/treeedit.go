package stream

import "sigrun/internal/offheap"

// path is the way from the root to a place in a lowest page: by level, 0 the lowest.
type path [maxHeight]cursor

// to finds the way to the first record that is not less than id.
func (t *tree) to(p *path, id ID) {
	r := t.root
	for level := int(t.height); level > 0; level-- {
		i := descend(r, id)
		p[level] = cursor{r, i}
		r = *child(r, i)
	}
	p[0] = cursor{r, search(r, t.step(), id, false)}
}

// insert makes a record, with undefined words, and tells where those are. One that is
// there already is left as it is.
func (t *tree) insert(m mem, id ID) (words offheap.Ref, fresh bool) {
	step := t.step()
	if t.root == 0 {
		t.root = t.newPage(m, firstRoom, step)
	}
	var p path
	t.to(&p, id)
	c := p[0]
	if c.i < int(pageAt(c.page).n) && *idAt(c.page, c.i, step) == id {
		return t.at(c), false
	}
	c = t.open(m, &p, 0, id)
	*idAt(c.page, c.i, step) = id
	t.count++
	return t.at(c), true
}

// open makes room for the record of id at p[level] and tells where it came to be.
func (t *tree) open(m mem, p *path, level int, id ID) cursor {
	c, step := p[level], t.stepOf(level)
	if pg := pageAt(c.page); pg.n == pg.room {
		if int(pg.room) < fullRoom(step) {
			c.page = t.resize(m, p, level, min(2*int(pg.room), fullRoom(step)))
		} else {
			c = t.split(m, p, level, id)
		}
	}
	pg := pageAt(c.page)
	shift(c.page, c.i, c.i+1, step)
	pg.n++
	return c
}

// shift moves the records from one place on to another.
func shift(r offheap.Ref, from, to, step int) {
	n := int(pageAt(r).n)
	b := r.Bytes(pageHead + (n+max(to-from, 0))*step)[pageHead:]
	copy(b[to*step:], b[from*step:n*step])
}

// resize gives p[level]'s page, which is the root, other room.
func (t *tree) resize(m mem, p *path, level, room int) offheap.Ref {
	from, step := p[level].page, t.stepOf(level)
	to := t.newPage(m, room, step)
	n := int(pageAt(from).n)
	pageAt(to).n = uint16(n)
	copy(to.Bytes(pageSize(n, step))[pageHead:], from.Bytes(pageSize(n, step))[pageHead:])
	t.freePage(m, from, step)
	t.root = to
	return to
}

// split makes two pages of a full one, and tells where in them the place for id is. Behind
// the last record of all, the new page begins empty: what only grows at its end fills pages.
func (t *tree) split(m mem, p *path, level int, id ID) cursor {
	c, step := p[level], t.stepOf(level)
	n := int(pageAt(c.page).n)
	cut := n / 2
	if c.i == n && t.isLast(p, level) {
		cut = n
	}
	behind := t.newPage(m, fullRoom(step), step)
	from, to := pageAt(c.page), pageAt(behind)
	copy(behind.Bytes(pageSize(n, step))[pageHead:], c.page.Bytes(pageSize(n, step))[pageHead+cut*step:])
	from.n, to.n = uint16(cut), uint16(n-cut)
	if level == 0 {
		to.next, to.prev = from.next, c.page
		if from.next != 0 {
			pageAt(from.next).prev = behind
		}
		from.next = behind
	}
	if c.i > cut || cut == n {
		c = cursor{behind, c.i - cut}
	}
	low := id
	if cut < n {
		low = *idAt(behind, 0, step)
	}
	t.enter(m, p, level+1, behind, low)
	return c
}

// isLast tells whether p[level] is the last page of its level.
func (t *tree) isLast(p *path, level int) bool {
	for above := level + 1; above <= int(t.height); above++ {
		if p[above].i != int(pageAt(p[above].page).n)-1 {
			return false
		}
	}
	return true
}

// enter adds a page behind p[level]'s record, a level above it.
func (t *tree) enter(m mem, p *path, level int, r offheap.Ref, low ID) {
	if level > int(t.height) {
		root := t.newPage(m, fullRoom(childStep), childStep)
		*idAt(root, 0, childStep), *child(root, 0) = ID{}, t.root
		pageAt(root).n = 1
		t.root = root
		t.height++
		p[level] = cursor{root, 0}
	}
	p[level].i++
	c := t.open(m, p, level, low)
	*idAt(c.page, c.i, childStep), *child(c.page, c.i) = low, r
}

// remove takes a record out; false: there is none.
func (t *tree) remove(m mem, id ID) bool {
	if t.count == 0 {
		return false
	}
	var p path
	t.to(&p, id)
	c, step := p[0], t.step()
	if c.i == int(pageAt(c.page).n) || *idAt(c.page, c.i, step) != id {
		return false
	}
	t.count--
	t.drop(m, &p, 0)
	return true
}

// drop takes p[level]'s record out, and what is left of its page together with another
// one when both are nearly empty.
func (t *tree) drop(m mem, p *path, level int) {
	c, step := p[level], t.stepOf(level)
	shift(c.page, c.i+1, c.i, step)
	pg := pageAt(c.page)
	pg.n--
	switch {
	case pg.n == 0:
		t.leave(m, p, level)
	case level == int(t.height):
		t.lower(m, p, level)
	case int(pg.n) <= fullRoom(step)/4:
		t.merge(m, p, level)
	}
}

// leave removes an empty page.
func (t *tree) leave(m mem, p *path, level int) {
	r := p[level].page
	if level == 0 {
		t.unlink(r)
	}
	t.freePage(m, r, t.stepOf(level))
	if level == int(t.height) {
		t.root, t.height = 0, 0
		return
	}
	t.drop(m, p, level+1)
}

// takePage removes the lowest page of the first records, which fn gets one by one; more:
// there are others.
func (t *tree) takePage(m mem, fn func(id ID, words offheap.Ref)) (more bool) {
	if t.root == 0 {
		return false
	}
	var p path
	r := t.root
	for level := int(t.height); level > 0; level-- {
		p[level] = cursor{r, 0}
		r = *child(r, 0)
	}
	p[0] = cursor{r, 0}
	pg, step := pageAt(r), t.step()
	for i := range int(pg.n) {
		fn(*idAt(r, i, step), t.at(cursor{r, i}))
	}
	t.count -= uint64(pg.n)
	pg.n = 0
	t.leave(m, &p, 0)
	return t.root != 0
}

// clone makes an empty tree one with the same records in other memory; fn sees each new
// record.
func (t *tree) clone(to *tree, m mem, fn func(id ID, words offheap.Ref)) {
	to.words = t.words
	for c := t.first(); c.page != 0; c = t.on(c) {
		words, _ := to.insert(m, t.id(c))
		copy(words.Bytes(8*int(t.words)), t.at(c).Bytes(8*int(t.words)))
		fn(t.id(c), words)
	}
}

func (t *tree) unlink(r offheap.Ref) {
	next, prev := pageAt(r).next, pageAt(r).prev
	if next != 0 {
		pageAt(next).prev = prev
	}
	if prev != 0 {
		pageAt(prev).next = next
	}
}

// lower makes a root of one record the page below it, and a single page smaller.
func (t *tree) lower(m mem, p *path, level int) {
	pg := pageAt(t.root)
	switch {
	case level > 0 && pg.n == 1:
		r := t.root
		t.root = *child(r, 0)
		t.freePage(m, r, childStep)
		t.height--
		p[t.height] = cursor{t.root, 0}
		t.lower(m, p, int(t.height))
	case level == 0 && int(pg.n) <= int(pg.room)/4 && int(pg.room) > firstRoom:
		t.resize(m, p, 0, int(pg.room)/2)
	}
}

// merge joins a page with one of its neighbours under the same page when both fit in
// three quarters of one.
func (t *tree) merge(m mem, p *path, level int) {
	above, step := p[level+1], t.stepOf(level)
	fits := func(i int) bool {
		return i >= 0 && i+1 < int(pageAt(above.page).n) &&
			int(pageAt(*child(above.page, i)).n)+int(pageAt(*child(above.page, i+1)).n) <= fullRoom(step)*3/4
	}
	i := above.i
	if !fits(i) {
		if i--; !fits(i) {
			return
		}
	}
	left, right := *child(above.page, i), *child(above.page, i+1)
	l, r := pageAt(left), pageAt(right)
	if level > 0 { // what was never looked at is now
		*idAt(right, 0, step) = *idAt(above.page, i+1, childStep)
	}
	copy(left.Bytes(pageSize(int(l.n+r.n), step))[pageSize(int(l.n), step):], right.Bytes(pageSize(int(r.n), step))[pageHead:])
	l.n += r.n
	if level == 0 {
		t.unlink(right)
	}
	t.freePage(m, right, step)
	p[level+1].i = i + 1
	t.drop(m, p, level+1)
}
