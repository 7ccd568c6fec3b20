package log

import (
	"log/slog"
	"strconv"
	"sync/atomic"
	"time"
)

// Style is what lines are logged and how they look. It may be changed while lines are written. The zero value is
// notice, for people.
type Style struct {
	Level slog.LevelVar
	// Logfmt makes lines of key=value pairs.
	Logfmt atomic.Bool
	stamp  atomic.Int32
}

// stamps are the values of the parameter log-timestamp-format.
var stamps = []struct {
	name   string
	layout string
}{{"legacy", "02 Jan 2006 15:04:05.000"}, {"iso8601", "2006-01-02T15:04:05.000-07:00"}, {"milliseconds", ""}}

// SetStamp takes a value of log-timestamp-format; an unknown one changes nothing.
func (s *Style) SetStamp(name string) {
	for i := range stamps {
		if stamps[i].name == name {
			s.stamp.Store(int32(i))
		}
	}
}

func (s *Style) appendTime(b []byte, t time.Time) []byte {
	if layout := stamps[s.stamp.Load()].layout; layout != "" {
		return t.AppendFormat(b, layout)
	}
	return strconv.AppendInt(b, t.UnixMilli(), 10)
}

// roles are the names of the signs that Options.Role gives, for logfmt.
var roles = map[byte]string{'M': "primary", 'S': "replica", 'X': "sentinel", 'C': "RDB/AOF"}

// level is where a line belongs among Valkey's four.
type level uint8

const (
	debug level = iota
	verbose
	notice
	warning
)

func levelOf(l slog.Level) level {
	switch {
	case l < Verbose:
		return debug
	case l < Notice:
		return verbose
	case l < Warning:
		return notice
	}
	return warning
}

func (l level) sign() byte   { return ".-*#"[l] }
func (l level) name() string { return [...]string{"debug", "info", "notice", "warning"}[l] }
