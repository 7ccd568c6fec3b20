package testkit

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// readReply takes one reply off the stream and returns its bytes. An attribute belongs to the reply behind it.
func readReply(in *bufio.Reader) ([]byte, error) {
	raw, err := readHead(in)
	if err != nil {
		return raw, err
	}
	count, err := following(raw[:bytes.IndexByte(raw, '\n')+1])
	for range count {
		part, err := readReply(in)
		raw = append(raw, part...)
		if err != nil {
			return raw, err
		}
	}
	return raw, err
}

// readHead takes the first line of a reply and, for bulks, their bytes.
func readHead(in *bufio.Reader) ([]byte, error) {
	line, err := in.ReadBytes('\n')
	if err != nil {
		return line, err
	}
	if len(line) < 3 || line[len(line)-2] != '\r' {
		return line, fmt.Errorf("not a reply line: %q", line)
	}
	count, err := following(line)
	if err != nil || count >= 0 {
		return line, err
	}
	rest := make([]byte, -count)
	_, err = io.ReadFull(in, rest)
	if err == nil && !bytes.HasSuffix(rest, []byte("\r\n")) {
		err = fmt.Errorf("bulk without CRLF: %q", rest)
	}
	return append(line, rest...), err
}

// Whole is the length of the first reply in b, 0 when it is not whole.
func Whole(b []byte) (n int, err error) {
	for left := 1; left > 0; left-- {
		end := bytes.IndexByte(b[n:], '\n') + 1
		if end < 3 {
			return 0, nil
		}
		count, err := following(b[n : n+end])
		if err != nil {
			return 0, err
		}
		if n += end; count < 0 {
			n -= count
		} else {
			left += count
		}
		if n > len(b) {
			return 0, nil
		}
	}
	return n, nil
}

// following says what comes behind a reply's first line: n replies, -n bytes, or nothing.
func following(line []byte) (int, error) {
	text := string(line[1 : len(line)-2])
	switch line[0] {
	case '+', '-', ':', '_', ',', '#', '(':
		return 0, nil
	case '$', '=', '!', '*', '~', '>', '%', '|':
	default:
		return 0, fmt.Errorf("unknown reply type: %q", line)
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < -1 {
		return 0, fmt.Errorf("bad length: %q", line)
	}
	switch line[0] {
	case '$', '=', '!':
		if n == -1 {
			return 0, nil
		}
		return -(n + 2), nil
	case '%':
		return 2 * n, nil
	case '|':
		return 2*n + 1, nil
	}
	return max(n, 0), nil
}

// Reply is a parsed reply, for specs that look inside one.
type Reply struct {
	Type  byte // as on the wire: + - : $ * _ , # ( ! = ~ > %
	Null  bool
	Text  string  // what is not nested
	Elems []Reply // of * ~ > and, keys and values in turn, %
	Raw   string
}

// Parse reads one raw reply. Attributes are passed over.
func Parse(raw []byte) (Reply, error) {
	in := bufio.NewReader(bytes.NewReader(raw))
	r, err := parseReply(in)
	if err == nil {
		if _, e := in.ReadByte(); e == nil {
			err = fmt.Errorf("more than one reply: %q", raw)
		}
	}
	r.Raw = string(raw)
	return r, err
}

func parseReply(in *bufio.Reader) (Reply, error) {
	raw, err := readHead(in)
	if err != nil {
		return Reply{}, err
	}
	end := bytes.IndexByte(raw, '\n') + 1
	line := raw[:end]
	count, err := following(line)
	r := Reply{Type: line[0], Raw: string(raw), Text: string(line[1 : len(line)-2])}
	switch {
	case err != nil:
		return r, err
	case r.Type == '_' || r.Text == "-1" && strings.IndexByte("$*", r.Type) >= 0:
		r.Null, r.Text = true, ""
	case count < 0:
		r.Text = string(raw[end : len(raw)-2])
	case strings.IndexByte("*~>%|", r.Type) >= 0:
		r.Text = ""
		for range count {
			e, err := parseReply(in)
			if err != nil {
				return r, err
			}
			r.Elems = append(r.Elems, e)
			raw = append(raw, e.Raw...)
		}
		r.Raw = string(raw)
	}
	if r.Type == '|' {
		return r.Elems[len(r.Elems)-1], nil
	}
	return r, nil
}

// IsError reports whether a raw reply is an error.
func IsError(raw []byte) bool { return len(raw) > 0 && (raw[0] == '-' || raw[0] == '!') }
