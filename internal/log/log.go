// Package log writes log/slog records in the line format that Valkey's operators and tools know:
//
//	4711:M 23 Nov 2026 16:11:24.123 * Ready to accept connections tcp
//
// process id, role, local time, a sign for the level, message; attributes follow as key=value. A Style can make key=value
// pairs or JSON of it all. A logger is a value that
// node makes and hands down; any goroutine may use it, but none that holds a token, since a line is a system call.
package log

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
	"unicode"
)

// Valkey's levels on slog's scale. slog.Info and slog.Warn are notice and warning.
const (
	Debug   = slog.LevelDebug
	Verbose = slog.LevelDebug + 2
	Notice  = slog.LevelInfo
	Warning = slog.LevelWarn
	Nothing = slog.Level(1 << 20) // as a least level: logs no line at all
)

// Level reads a value of the parameter loglevel.
func Level(name string) (slog.Level, bool) {
	l, ok := map[string]slog.Level{"debug": Debug, "verbose": Verbose, "notice": Notice, "warning": Warning, "nothing": Nothing}[strings.ToLower(name)]
	return l, ok
}

// Options of a handler. Zero values mean: standard output, the zero Style, this process, primary, no system log.
type Options struct {
	Out    io.Writer
	Style  *Style
	PID    int
	Role   func() byte // M primary, S replica, X Sentinel, C a snapshot being written
	System System      // gets every line, too, without its head
}

// New returns a logger with such a handler.
func New(o Options) *slog.Logger {
	if o.Out == nil {
		o.Out = os.Stdout
	}
	if o.Style == nil {
		o.Style = &Style{}
	}
	if o.PID == 0 {
		o.PID = os.Getpid()
	}
	if o.Role == nil {
		o.Role = func() byte { return 'M' }
	}
	return slog.New(&handler{sink: &sink{out: o.Out}, opts: o})
}

// sink lets one line out at a time; all handlers derived from one logger share it.
type sink struct {
	mu   sync.Mutex
	out  io.Writer
	buf  []byte
	text []byte
}

type handler struct {
	sink   *sink
	opts   Options
	fixed  string // attributes of With, rendered
	prefix string // of the groups that are open
}

func (h *handler) Enabled(_ context.Context, l slog.Level) bool {
	return l >= h.opts.Style.Level.Level()
}

func (h *handler) Handle(_ context.Context, r slog.Record) error {
	s := h.sink
	s.mu.Lock()
	defer s.mu.Unlock()
	message := r.Message
	if h.opts.Style.form.Load() != jsonLines { // where nothing looks like two lines
		message = oneLine(message)
	}
	s.text = append(s.text[:0], message...)
	s.text = append(s.text, h.fixed...)
	r.Attrs(func(a slog.Attr) bool {
		s.text = appendAttr(s.text, h.prefix, a)
		return true
	})
	s.buf = append(h.appendLine(s.buf[:0], r.Time, levelOf(r.Level), s.text), '\n')
	if h.opts.System != nil {
		toSystem(h.opts.System, levelOf(r.Level), oneLine(string(s.text)))
	}
	_, err := s.out.Write(s.buf)
	return err
}

func (h *handler) appendLine(b []byte, t time.Time, l level, text []byte) []byte {
	switch h.opts.Style.form.Load() {
	case logfmt:
		return h.appendLogfmt(b, t, l, text)
	case jsonLines:
		return h.appendJSON(b, t, l, text)
	}
	b = strconv.AppendInt(b, int64(h.opts.PID), 10)
	b = append(b, ':', h.opts.Role(), ' ')
	b = h.opts.Style.appendTime(b, t)
	return append(append(b, ' ', l.sign(), ' '), text...)
}

func (h *handler) appendJSON(b []byte, t time.Time, l level, text []byte) []byte {
	b = strconv.AppendInt(append(b, `{"pid":`...), int64(h.opts.PID), 10)
	b = append(append(b, `,"role":"`...), roles[h.opts.Role()]...)
	b = h.opts.Style.appendTime(append(b, `","timestamp":"`...), t)
	b = append(append(b, `","level":"`...), l.name()...)
	b = append(b, `","message":`...)
	var message bytes.Buffer
	e := json.NewEncoder(&message)
	e.SetEscapeHTML(false)
	_ = e.Encode(string(text))
	return append(append(b, bytes.TrimRight(message.Bytes(), "\n")...), '}')
}

func (h *handler) appendLogfmt(b []byte, t time.Time, l level, text []byte) []byte {
	b = strconv.AppendInt(append(b, "pid="...), int64(h.opts.PID), 10)
	b = append(append(b, " role="...), roles[h.opts.Role()]...)
	b = h.opts.Style.appendTime(append(b, ` timestamp="`...), t)
	b = append(append(b, `" level=`...), l.name()...)
	b = append(append(b, ` message="`...), bytes.ReplaceAll(text, []byte{'"'}, []byte{'\''})...)
	return append(b, '"')
}

// Raw writes lines as they are, without heads, where notices are logged: the logo, a crash report. A logger that New did
// not make writes nothing.
func Raw(l *slog.Logger, lines string) {
	h, ours := l.Handler().(*handler)
	if !ours || !h.Enabled(context.Background(), Notice) {
		return
	}
	h.sink.mu.Lock()
	defer h.sink.mu.Unlock()
	_, _ = io.WriteString(h.sink.out, lines)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	b := []byte(h.fixed)
	for _, a := range attrs {
		b = appendAttr(b, h.prefix, a)
	}
	c := *h
	c.fixed = string(b)
	return &c
}

func (h *handler) WithGroup(name string) slog.Handler {
	c := *h
	if name != "" {
		c.prefix += name + "."
	}
	return &c
}

func appendAttr(b []byte, prefix string, a slog.Attr) []byte {
	v := a.Value.Resolve()
	if v.Kind() == slog.KindGroup {
		if a.Key != "" {
			prefix += a.Key + "."
		}
		for _, in := range v.Group() {
			b = appendAttr(b, prefix, in)
		}
		return b
	}
	if a.Equal(slog.Attr{}) {
		return b
	}
	b = append(append(append(append(b, ' '), prefix...), a.Key...), '=')
	text := v.String()
	if text == "" || strings.ContainsFunc(text, needsQuotes) {
		return strconv.AppendQuote(b, text)
	}
	return append(b, text...)
}

func needsQuotes(r rune) bool { return r == ' ' || r == '"' || r == '=' || !unicode.IsPrint(r) }

// oneLine keeps a message, which may hold what a client sent, from looking like several.
func oneLine(s string) string {
	if !strings.ContainsFunc(s, unicode.IsControl) {
		return s
	}
	return strings.Map(func(r rune) rune {
		if unicode.IsControl(r) {
			return ' '
		}
		return r
	}, s)
}
