package config

import (
	"errors"
	"strings"
)

// TitleNames are what proc-title-template may name in braces.
var TitleNames = []string{"title", "listen-addr", "server-mode", "port", "tls-port", "unixsocket", "config-file"}

// ExpandTitle puts values in place of the names in braces of a proc-title-template; {{ is a brace. It reports false for a
// name that is not known and for an open brace that is never closed.
func ExpandTitle(template string, value func(name string) (string, bool)) (string, bool) {
	var b strings.Builder
	for {
		before, rest, found := strings.Cut(template, "{")
		b.WriteString(before)
		if !found {
			return strings.Trim(b.String(), " "), true
		}
		if strings.HasPrefix(rest, "{") {
			b.WriteByte('{')
			template = rest[1:]
			continue
		}
		name, after, closed := strings.Cut(rest, "}")
		text, known := value(name)
		if !closed || !known {
			return "", false
		}
		b.WriteString(text)
		template = after
	}
}

func checkTitle(s, _ State) (State, error) {
	text, ok := ExpandTitle(s.Text, func(name string) (string, bool) {
		switch name {
		case "title", "server-mode", "unixsocket":
			return "", true // may be empty
		}
		for _, n := range TitleNames {
			if n == name {
				return "x", true
			}
		}
		return "", false
	})
	if !ok || text == "" {
		return s, errors.New("template format is invalid or contains unknown variables")
	}
	return s, nil
}
