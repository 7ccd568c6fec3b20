package certs

import (
	"crypto/tls"
	"encoding/binary"
	"strings"
	"time"
)

// stamp stands before the time at which a ticket was made.
const stamp = "sigrun:made:"

// expire has tickets be good for a time only: crypto/tls takes them for seven days.
func expire(c *tls.Config, within time.Duration) {
	c.WrapSession = func(state tls.ConnectionState, session *tls.SessionState) ([]byte, error) {
		made := binary.BigEndian.AppendUint64([]byte(stamp), uint64(time.Now().Unix()))
		session.Extra = append(session.Extra, made)
		return c.EncryptTicket(state, session)
	}
	c.UnwrapSession = func(ticket []byte, state tls.ConnectionState) (*tls.SessionState, error) {
		session, err := c.DecryptTicket(ticket, state)
		if err != nil || session == nil {
			return nil, err
		}
		for i, extra := range session.Extra {
			made, ok := strings.CutPrefix(string(extra), stamp)
			if !ok || len(made) != 8 {
				continue
			}
			age := time.Now().Unix() - int64(binary.BigEndian.Uint64([]byte(made)))
			if age < 0 || age >= int64(within/time.Second) {
				return nil, nil
			}
			session.Extra = append(session.Extra[:i:i], session.Extra[i+1:]...) // the next ticket gets its own
			return session, nil
		}
		return nil, nil
	}
}
