package session

import (
	"strconv"
	"time"

	"sigrun/protocol/call"
	"sigrun/protocol/command"
)

// feed shows an admitted command to the readers of MONITOR: EXEC after what it
// executes, and nothing of administration.
func (s *Session) feed(cmd *call.Command) {
	if cmd.Spec.Name == "EXEC" {
		if s.Flags&(InMulti|DirtyExec) == InMulti {
			for i := range s.Queue {
				s.feedOne(&s.Queue[i])
			}
		}
	}
	s.feedOne(cmd)
}

func (s *Session) feedOne(cmd *call.Command) {
	script := cmd.Spec.ACL&command.CatScripting != 0 // shown here, before what they call
	if cmd.Spec.Has(command.Admin) || cmd.Spec.Has(command.SkipMonitor) && !script {
		return
	}
	source := s.Addr
	if s.Info.Unix {
		source = "unix:" + s.Info.Local[:len(s.Info.Local)-len(":0")]
	}
	l := s.loop
	l.Local.Hub().Feed(l.ID, MonitorLine(time.Now(), s.DB, source, l.Node.Redact(cmd)))
}

// MonitorLine is one line of MONITOR: time, database and source of a command ("lua"
// for scripts), and its words in quotes.
func MonitorLine(at time.Time, db int, source string, args [][]byte) []byte {
	b := make([]byte, 0, 64)
	b = append(b, '+')
	b = strconv.AppendInt(b, at.Unix(), 10)
	b = append(b, '.')
	micros := strconv.Itoa(at.Nanosecond()/1000 + 1e6)
	b = append(b, micros[1:]...)
	b = append(b, " ["...)
	b = strconv.AppendInt(b, int64(db), 10)
	b = append(b, ' ')
	b = append(b, source...)
	b = append(b, ']')
	for _, a := range args {
		b = appendQuoted(append(b, ' '), a)
	}
	return append(b, "\r\n"...)
}

// appendQuoted writes a word in double quotes, with \xHH for what cannot be printed.
func appendQuoted(b, word []byte) []byte {
	const hex = "0123456789abcdef"
	b = append(b, '"')
	for _, c := range word {
		switch c {
		case '\\', '"':
			b = append(b, '\\', c)
		case '\n':
			b = append(b, `\n`...)
		case '\r':
			b = append(b, `\r`...)
		case '\t':
			b = append(b, `\t`...)
		case '\a':
			b = append(b, `\a`...)
		case '\b':
			b = append(b, `\b`...)
		default:
			if c >= ' ' && c < 127 {
				b = append(b, c)
			} else {
				b = append(b, '\\', 'x', hex[c>>4], hex[c&15])
			}
		}
	}
	return append(b, '"')
}
