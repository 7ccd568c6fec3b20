// Package locale puts texts in the order of a language, as C's strcoll does by LC_COLLATE.
package locale

import (
	"os"
	"strings"

	"golang.org/x/text/collate"
	"golang.org/x/text/language"
)

// Locale is where texts have their order from. A nil one compares bytes, as "C" does.
type Locale struct{ tag language.Tag }

// Find finds a locale by the name that setlocale knows it by: "C", "de_DE.UTF-8". An empty one is the environment's;
// what stands there and is unknown counts as "C", as in a process that was started with it. The host need not have the locale
// installed: the orders are those of Unicode's CLDR.
func Find(name string) (l *Locale, known bool) {
	if name == "" {
		l, _ = find(environment())
		return l, true
	}
	return find(name)
}

func find(name string) (l *Locale, known bool) {
	name, set, coded := strings.Cut(name, ".")
	if coded && !isUTF8(set) {
		return nil, false // nothing is known of what its bytes mean
	}
	if name == "C" || name == "POSIX" {
		return nil, true
	}
	of, region, regional := strings.Cut(name, "_")
	if of != strings.ToLower(of) || of == "und" || regional && len(region) != 2 || region != strings.ToUpper(region) || strings.Contains(of, "-") {
		return nil, false
	}
	tag, err := language.Parse(strings.Replace(name, "_", "-", 1))
	if err != nil {
		return nil, false
	}
	return &Locale{tag}, true
}

func isUTF8(set string) bool {
	return strings.EqualFold(strings.ReplaceAll(set, "-", ""), "utf8")
}

// environment is the name that POSIX finds in the environment for LC_COLLATE.
func environment() string {
	for _, of := range []string{"LC_ALL", "LC_COLLATE", "LANG"} {
		if name := os.Getenv(of); name != "" {
			return name
		}
	}
	return "C"
}

// Keys makes what stands for texts: compared byte by byte, it has the order of a locale. It is for one goroutine.
type Keys struct {
	by   *collate.Collator
	room collate.Buffer
}

// Keys begins a comparison.
func (l *Locale) Keys() *Keys { return &Keys{by: collate.New(l.tag)} }

// Of returns the key of a text, which lives until the next call. Texts that the locale holds for equal are in the order of their bytes.
func (k *Keys) Of(text []byte) []byte {
	k.room.Reset()
	key := k.by.Key(&k.room, text)
	return append(append(key, 0), text...)
}
