package acl

import "crypto/sha256"

// What structures take, about.
const (
	userBytes     = 160
	selectorBytes = 192
	firstBytes    = 24
	patternBytes  = 112
	stringBytes   = 16
)

// bytes is about what a user takes.
func (u *User) bytes() int64 {
	n := userBytes + len(u.Name) + len(u.passwords)*sha256.Size
	for i := range u.selectors {
		s := &u.selectors[i]
		n += selectorBytes + 8*len(s.commands) + 4*len(s.databases)
		for _, f := range s.firsts {
			n += firstBytes + len(f.arg)
		}
		for _, list := range [][]pattern{s.keys, s.channels} {
			for j := range list {
				n += patternBytes + len(list[j].text)
			}
		}
		for _, r := range s.rules {
			n += stringBytes + len(r)
		}
	}
	return int64(n)
}
