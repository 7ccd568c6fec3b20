package lua

import glua "github.com/yuin/gopher-lua"

// The most captures of a pattern, and how deep matching calls itself: each takes from the goroutine's stack.
const (
	maxCaptures   = 32
	maxMatchDepth = 20000
	escape        = '%'
)

// Lengths of a capture that has none: its end was not seen yet, or it is a position.
const (
	unfinished = -1
	place      = -2
)

// matcher matches one pattern of Lua against one text.
type matcher struct {
	s        *State
	vm       *glua.LState
	text     string
	pattern  string
	level    int // captures so far, finished or not
	captures [maxCaptures]struct{ start, length int }
	depth    int
	steps    int // since stop was looked at
}

// spend is State.spend, without a way to the State for every character.
func (m *matcher) spend(steps int) {
	if m.steps += steps; m.steps >= stopEvery {
		m.steps = 0
		m.s.spend(m.vm, stopEvery)
	}
}

func (m *matcher) fail(problem string) { throw(m.vm, "%s", problem) }

// match matches the pattern from p on against the text from at on, and tells where the match ends, -1 if there is none.
func (m *matcher) match(at, p int) int {
	if m.depth++; m.depth > maxMatchDepth {
		m.fail("pattern too complex")
	}
	m.spend(1) // for what takes no character at all
	end := m.follow(at, p)
	m.depth--
	return end
}

// follow is match within its depth: item after item.
func (m *matcher) follow(at, p int) int {
	for p < len(m.pattern) {
		switch c := m.pattern[p]; {
		case c == '(' && p+1 < len(m.pattern) && m.pattern[p+1] == ')':
			return m.open(at, p+2, place)
		case c == '(':
			return m.open(at, p+1, unfinished)
		case c == ')':
			return m.close(at, p+1)
		case c == '$' && p+1 == len(m.pattern):
			if at == len(m.text) {
				return at
			}
			return -1
		case c == escape && p+1 < len(m.pattern) && m.pattern[p+1] == 'b':
			if at = m.balance(at, p+2); at < 0 {
				return -1
			}
			p += 4
			continue
		case c == escape && p+1 < len(m.pattern) && m.pattern[p+1] == 'f':
			end, ok := m.frontier(at, p+2)
			if !ok {
				return -1
			}
			p = end
			continue
		case c == escape && p+1 < len(m.pattern) && isDigit(m.pattern[p+1]):
			if at = m.again(at, m.pattern[p+1]); at < 0 {
				return -1
			}
			p += 2
			continue
		}
		end := m.classEnd(p)
		suffix := byte(0)
		if end < len(m.pattern) {
			suffix = m.pattern[end]
		}
		switch suffix {
		case '?':
			if m.single(at, p, end) {
				if e := m.match(at+1, end+1); e >= 0 {
					return e
				}
			}
			p = end + 1
		case '*':
			return m.most(at, p, end)
		case '+':
			if !m.single(at, p, end) {
				return -1
			}
			return m.most(at+1, p, end)
		case '-':
			return m.fewest(at, p, end)
		default:
			if !m.single(at, p, end) {
				return -1
			}
			at, p = at+1, end
		}
	}
	return at
}

// classEnd is where the single character class that begins at p ends.
func (m *matcher) classEnd(p int) int {
	c := m.pattern[p]
	p++
	if c == escape {
		if p == len(m.pattern) {
			m.fail("malformed pattern (ends with '%')")
		}
		return p + 1
	}
	if c != '[' {
		return p
	}
	if p < len(m.pattern) && m.pattern[p] == '^' {
		p++
	}
	begin := p
	for first := true; first || p >= len(m.pattern) || m.pattern[p] != ']'; first = false {
		if p >= len(m.pattern) {
			m.fail("malformed pattern (missing ']')")
		}
		if m.pattern[p] == escape {
			p++
		}
		p++
	}
	m.spend(p - begin)
	return p + 1
}

// single reports whether the character at a place is of the class from p to end.
func (m *matcher) single(at, p, end int) bool {
	m.spend(1)
	if at >= len(m.text) {
		return false
	}
	c := m.text[at]
	switch m.pattern[p] {
	case '.':
		return true
	case escape:
		return inClass(c, m.pattern[p+1])
	case '[':
		return m.inSet(c, p, end-1)
	}
	return m.pattern[p] == c
}

// inSet reports whether c is in the set that begins at p and whose bracket closes at end.
func (m *matcher) inSet(c byte, p, end int) bool {
	in := true
	m.spend(end - p)
	if p++; m.pattern[p] == '^' {
		in = false
		p++
	}
	for ; p < end; p++ {
		switch {
		case m.pattern[p] == escape:
			if p++; inClass(c, m.pattern[p]) {
				return in
			}
		case p+2 < end && m.pattern[p+1] == '-':
			if m.pattern[p] <= c && c <= m.pattern[p+2] {
				return in
			}
			p += 2
		case m.pattern[p] == c:
			return in
		}
	}
	return !in
}

// inClass reports whether c is of the class that a letter names; other characters stand for themselves.
func inClass(c, class byte) bool {
	lower := c | 0x20
	letter, digit := lower >= 'a' && lower <= 'z', isDigit(c)
	var in bool
	switch class | 0x20 {
	case 'a':
		in = letter
	case 'c':
		in = c < 0x20 || c == 0x7f
	case 'd':
		in = digit
	case 'l':
		in = letter && c == lower
	case 'p':
		in = c > 0x20 && c < 0x7f && !letter && !digit
	case 's':
		in = c == ' ' || c >= '\t' && c <= '\r'
	case 'u':
		in = letter && c != lower
	case 'w':
		in = letter || digit
	case 'x':
		in = digit || lower >= 'a' && lower <= 'f'
	case 'z':
		in = c == 0
	default:
		return class == c
	}
	return in == (class >= 'a')
}

func isDigit(c byte) bool { return c >= '0' && c <= '9' }

// most takes as many of a class as there are, and gives back until the rest matches.
func (m *matcher) most(at, p, end int) int {
	n := 0
	for m.single(at+n, p, end) {
		n++
	}
	for ; n >= 0; n-- {
		if e := m.match(at+n, end+1); e >= 0 {
			return e
		}
	}
	return -1
}

// fewest takes one more of a class until the rest matches.
func (m *matcher) fewest(at, p, end int) int {
	for {
		if e := m.match(at, end+1); e >= 0 {
			return e
		}
		if !m.single(at, p, end) {
			return -1
		}
		at++
	}
}

func (m *matcher) open(at, p, length int) int {
	if m.level >= maxCaptures {
		m.fail("too many captures")
	}
	m.captures[m.level].start, m.captures[m.level].length = at, length
	m.level++
	e := m.match(at, p)
	if e < 0 {
		m.level--
	}
	return e
}

func (m *matcher) close(at, p int) int {
	i := m.level - 1
	for i >= 0 && m.captures[i].length != unfinished {
		i--
	}
	if i < 0 {
		m.fail("invalid pattern capture")
	}
	m.captures[i].length = at - m.captures[i].start
	e := m.match(at, p)
	if e < 0 {
		m.captures[i].length = unfinished
	}
	return e
}

// balance matches from one character to the one that balances it; both stand at p.
func (m *matcher) balance(at, p int) int {
	if p+1 >= len(m.pattern) {
		m.fail("unbalanced pattern")
	}
	if at >= len(m.text) || m.text[at] != m.pattern[p] {
		return -1
	}
	open, shut := m.pattern[p], m.pattern[p+1]
	for depth := 1; ; {
		m.spend(1)
		if at++; at >= len(m.text) {
			return -1
		}
		switch m.text[at] {
		case shut:
			if depth--; depth == 0 {
				return at + 1
			}
		case open:
			depth++
		}
	}
}

// frontier reports whether the set at p begins here: the character before is not in it, and that here is.
func (m *matcher) frontier(at, p int) (end int, ok bool) {
	if p >= len(m.pattern) || m.pattern[p] != '[' {
		m.fail("missing '[' after '%f' in pattern")
	}
	end = m.classEnd(p)
	var before, here byte
	if at > 0 {
		before = m.text[at-1]
	}
	if at < len(m.text) {
		here = m.text[at]
	}
	return end, !m.inSet(before, p, end-1) && m.inSet(here, p, end-1)
}

// again matches what a capture has matched.
func (m *matcher) again(at int, digit byte) int {
	i := int(digit) - '1'
	if i < 0 || i >= m.level || m.captures[i].length == unfinished {
		m.fail("invalid capture index")
	}
	c := m.captures[i]
	m.spend(max(c.length, 0))
	if c.length > len(m.text)-at || c.length < 0 || m.text[c.start:c.start+c.length] != m.text[at:at+c.length] {
		return -1
	}
	return at + c.length
}

// capture is the value of capture i of a match from start to end: all of it, where there are no captures.
func (m *matcher) capture(i, start, end int) glua.LValue {
	if i >= m.level {
		if i != 0 {
			m.fail("invalid capture index")
		}
		return glua.LString(m.text[start:end])
	}
	c := m.captures[i]
	switch c.length {
	case unfinished:
		m.fail("unfinished capture")
	case place:
		return glua.LNumber(c.start + 1)
	}
	return glua.LString(m.text[c.start : c.start+c.length])
}

// push pushes the captures of a match, or all of it where there are none and whole says so.
func (m *matcher) push(start, end int, whole bool) int {
	n := m.level
	if n == 0 && whole {
		n = 1
	}
	for i := range n {
		m.vm.Push(m.capture(i, start, end))
	}
	return n
}
