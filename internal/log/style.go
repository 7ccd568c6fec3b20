package log

import (
	"log/slog"
	"slices"
	"strconv"
	"sync/atomic"
	"time"
)

// Style is what lines are logged and how they look. It may be changed while lines are written. The zero value is
// notice, for people.
type Style struct {
	Level slog.LevelVar
	form  atomic.Int32
	stamp atomic.Int32
}

// forms are the values of the parameter log-format: lines for people, of key=value pairs, and of JSON.
var forms = []string{"legacy", "logfmt", "json"}

const (
	people int32 = iota
	logfmt
	jsonLines
)

// SetForm takes a value of log-format; an unknown one changes nothing.
func (s *Style) SetForm(name string) {
	if i := slices.Index(forms, name); i >= 0 {
		s.form.Store(int32(i))
	}
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

// roles are the names of the signs that Options.Role gives, for all forms but that for people.
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
