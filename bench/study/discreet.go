package study

import (
	"slices"
	"strings"
)

// hides is how many words behind one are secret.
func hides(word string) int {
	switch name := strings.ToLower(strings.TrimLeft(word, "-")); {
	case name == "auth": // with a user's name, or without
		return 2
	case name == "password" || name == "secret" || name == "pass" || slices.Contains(secrets, name):
		return 1
	}
	return 0
}

// hiddenWord stands for a secret.
const hiddenWord = "***"

// Discreet is a command line, or a command, without the passwords in it. A word that is a command itself is looked into.
func Discreet(words []string) []string {
	out := slices.Clone(words)
	hide := 0
	user := false
	for i, w := range out {
		name, value, assigned := strings.Cut(w, "=")
		switch {
		case hide > 0:
			out[i] = hiddenWord
			hide--
		case assigned && value != "" && strings.HasPrefix(name, "-") && hides(name) > 0: // --password=x
			out[i] = name + "=" + hiddenWord
		case user && len(w) > 1 && strings.ContainsAny(w[:1], "><#!"): // ACL SETUSER name >x
			out[i] = w[:1] + hiddenWord
		case w == "-a" && i > 0 && strings.HasSuffix(out[0], "-cli"):
			hide = 1
		case strings.ContainsAny(w, " \t"):
			out[i] = discreetText(w)
		default:
			hide = hides(w)
			user = user || strings.EqualFold(w, "setuser")
		}
	}
	return out
}

// discreetText is a command in one word.
func discreetText(s string) string {
	words := strings.Fields(s)
	if quiet := Discreet(words); !slices.Equal(words, quiet) {
		return strings.Join(quiet, " ")
	}
	return s
}
