package aof

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"sigrun/protocol/resp"
)

// Kind is what a file of the set is.
type Kind byte

// The kinds of file.
const (
	Base    Kind = 'b' // all data of a moment
	Incr    Kind = 'i' // what was done since
	History Kind = 'h' // no longer in force: to be removed
)

// Info is a file of the set.
type Info struct {
	Name string
	Seq  int64
	Kind Kind
}

// Manifest is the list of the files of a set.
type Manifest struct {
	Base    *Info
	Incr    []Info // in their order
	History []Info

	baseSeq, incrSeq int64 // the last that were given
}

// longestLine is how many bytes a line may have, its end included.
const longestLine = 1024

// ManifestError says why a manifest is refused, in the words that operators know.
type ManifestError struct {
	Line   int
	Text   string // of the line
	Read   bool   // the line was read whole
	Reason string
}

func (e *ManifestError) Error() string { return e.Reason }

// Words are the lines that a log tells of it.
func (e *ManifestError) Words() []string {
	words := []string{"*** FATAL AOF MANIFEST FILE ERROR ***"}
	if e.Read {
		words = append(words, fmt.Sprintf("Reading the manifest file, at line %d", e.Line), fmt.Sprintf(">>> '%s'", e.Text))
	}
	return append(words, e.Reason)
}

// ParseManifest reads the text of a manifest. Lines may have further pairs of words, which are passed over, and comments begin with #.
func ParseManifest(text []byte) (*Manifest, error) {
	m := &Manifest{}
	if len(text) == 0 {
		return nil, &ManifestError{Reason: "Found an empty AOF manifest"}
	}
	for n := 1; len(text) > 0; n++ {
		line := firstLine(text, longestLine)
		text = text[len(line):]
		if line[0] == '#' {
			continue
		}
		line = upToZero(line)
		if bytes.IndexByte(line, '\n') < 0 {
			return nil, &ManifestError{Line: n, Reason: "The AOF manifest file contains too long line"}
		}
		line = bytes.Trim(line, " \t\r\n")
		info, reason := parseInfo(line)
		if reason == "" {
			reason = m.add(info)
		}
		if reason != "" {
			return nil, &ManifestError{Line: n, Text: string(line), Read: true, Reason: reason}
		}
	}
	for _, i := range m.History { // what is still to be removed gives its name to nobody
		m.baseSeq, m.incrSeq = max(m.baseSeq, i.Seq), max(m.incrSeq, i.Seq)
	}
	return m, nil
}

// firstLine is what text begins with up to the end of the line, and no more than so many bytes.
func firstLine(text []byte, most int) []byte {
	text = text[:min(len(text), most)]
	if end := bytes.IndexByte(text, '\n'); end >= 0 {
		text = text[:end+1]
	}
	return text
}

// upToZero is what stands before the first zero byte: the end of a word for those who wrote the format.
func upToZero(b []byte) []byte {
	if end := bytes.IndexByte(b, 0); end >= 0 {
		b = b[:end]
	}
	return b
}

const badFormat = "Invalid AOF manifest file format"

// parseInfo reads a line; reason says why it is refused.
func parseInfo(line []byte) (info Info, reason string) {
	words, ok := resp.SplitArgs(bytes.Clone(line), nil)
	if !ok || len(words) < 6 || len(words)%2 != 0 {
		return info, badFormat
	}
	named := false
	for i := 0; i < len(words); i += 2 {
		word, value := upToZero(words[i]), upToZero(words[i+1])
		switch strings.ToLower(string(word)) {
		case "file":
			if bytes.IndexByte(value, '/') >= 0 || bytes.IndexByte(value, '\\') >= 0 {
				return info, "File can't be a path, just a filename"
			}
			info.Name, named = string(value), true
		case "seq":
			info.Seq = parseSeq(value)
		case "type":
			info.Kind = Kind(append(value, 0)[0])
		}
	}
	if !named || info.Seq == 0 || info.Kind == 0 {
		return info, badFormat
	}
	return info, ""
}

// parseSeq is the number at the front of a word, 0 without one.
func parseSeq(word []byte) int64 {
	text := strings.TrimLeft(string(word), " \t\n\v\f\r")
	digits := strings.TrimLeft(strings.TrimPrefix(strings.TrimPrefix(text, "-"), "+"), "0123456789")
	n, _ := strconv.ParseInt(text[:len(text)-len(digits)], 10, 64) // the nearest one where it is out of range
	return n
}

// add adds a file that was read.
func (m *Manifest) add(info Info) (reason string) {
	switch info.Kind {
	case Base:
		if m.Base != nil {
			return "Found duplicate base file information"
		}
		m.Base, m.baseSeq = &info, info.Seq
	case History:
		m.History = append(m.History, info)
	case Incr:
		if info.Seq <= m.incrSeq {
			return "Found a non-monotonic sequence number"
		}
		m.Incr, m.incrSeq = append(m.Incr, info), info.Seq
	default:
		return "Unknown AOF file type"
	}
	return ""
}

// Empty reports whether no file is in force.
func (m *Manifest) Empty() bool { return m.Base == nil && len(m.Incr) == 0 }

// Files are those in force, in the order in which they are loaded.
func (m *Manifest) Files() (all []Info) {
	if m.Base != nil {
		all = append(all, *m.Base)
	}
	return append(all, m.Incr...)
}

// lines is Format, unless nobody could read it.
func (m *Manifest) lines() ([]byte, error) {
	text := m.Format()
	_, err := ParseManifest(text)
	if len(text) == 0 {
		err = nil
	}
	return text, err
}

// Format writes the text of the manifest.
func (m *Manifest) Format() []byte {
	var b []byte
	if m.Base != nil {
		b = m.Base.format(b)
	}
	for _, list := range [][]Info{m.History, m.Incr} {
		for i := range list {
			b = list[i].format(b)
		}
	}
	return b
}

func (i *Info) format(b []byte) []byte {
	b = append(b, "file "...)
	b = appendName(b, i.Name)
	b = append(b, " seq "...)
	b = strconv.AppendInt(b, i.Seq, 10)
	return append(b, " type "+string(rune(i.Kind))+"\n"...)
}

// appendName writes a name, between quotes where it has what a line cannot show.
func appendName(b []byte, name string) []byte {
	if strings.IndexFunc(name, unplain) < 0 {
		return append(b, name...)
	}
	b = append(b, '"')
	for i := range len(name) {
		switch c := name[i]; {
		case c == '\\' || c == '"':
			b = append(b, '\\', c)
		case strings.IndexByte(controls, c) >= 0:
			b = append(b, '\\', "nrtab"[strings.IndexByte(controls, c)])
		case c < ' ' || c > '~':
			b = fmt.Appendf(b, `\x%02x`, c)
		default:
			b = append(b, c)
		}
	}
	return append(b, '"')
}

// controls are the characters behind \n \r \t \a \b.
const controls = "\n\r\t\a\b"

func unplain(r rune) bool { return r <= ' ' || r > '~' || r == '\\' || r == '"' }

// clone is a manifest of its own with the same files.
func (m *Manifest) clone() *Manifest {
	c := *m
	if m.Base != nil {
		base := *m.Base
		c.Base = &base
	}
	c.Incr = append([]Info(nil), m.Incr...)
	c.History = append([]Info(nil), m.History...)
	return &c
}
