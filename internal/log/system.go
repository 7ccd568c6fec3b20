package log

import (
	"log/syslog"
	"strings"
)

// System is the log of the system; *syslog.Writer is one.
type System interface {
	Debug(string) error
	Info(string) error
	Notice(string) error
	Warning(string) error
}

// OpenSystem connects to the system's log. facility is a value of the parameter syslog-facility.
func OpenSystem(facility, ident string) (System, error) {
	f := syslog.LOG_USER
	if digit, found := strings.CutPrefix(facility, "local"); found && len(digit) == 1 {
		f = syslog.LOG_LOCAL0 + syslog.Priority(digit[0]-'0')<<3
	}
	return syslog.New(f|syslog.LOG_NOTICE, ident)
}

func toSystem(s System, l level, line string) {
	// What the system's log does not take is lost there; the log proper has it.
	_ = [...]func(string) error{s.Debug, s.Info, s.Notice, s.Warning}[l](line)
}
