package locale

import (
	"bytes"
	"slices"
	"strings"
	"testing"
)

func TestNames(t *testing.T) {
	for name, want := range map[string]string{
		"C": "bytes", "POSIX": "bytes", "C.UTF-8": "bytes", "C.utf8": "bytes",
		"de_DE": "de-DE", "de_DE.UTF-8": "de-DE", "sv": "sv", "en_US.utf8": "en-US",
		"xx_YY": "", "en_QQQ": "", "de_DE.ISO-8859-1": "", "nothing": "", "de-DE": "", "DE_de": "", "_": "", "und": "",
		"en_US.UTF-8@x": "", ".": "", "C.": "",
	} {
		l, known := Find(name)
		switch {
		case known != (want != ""):
			t.Errorf("%q: known %v", name, known)
		case known && (want == "bytes") != (l == nil):
			t.Errorf("%q: %v", name, l)
		case l != nil && l.tag.String() != want:
			t.Errorf("%q: %v", name, l.tag)
		}
	}
}

func TestEnvironment(t *testing.T) {
	for _, of := range []string{"LC_ALL", "LC_COLLATE", "LANG"} {
		t.Setenv(of, "")
	}
	look := func(want string) {
		t.Helper()
		l, known := Find("")
		got := "C"
		if l != nil {
			got = l.tag.String()
		}
		if !known || got != want {
			t.Error(got, want, known)
		}
	}
	look("C")
	t.Setenv("LANG", "de_DE.UTF-8")
	look("de-DE")
	t.Setenv("LC_COLLATE", "sv_SE.UTF-8")
	look("sv-SE")
	t.Setenv("LC_ALL", "nonsense")
	look("C")
}

func TestOrder(t *testing.T) {
	for name, want := range map[string]string{
		"en_US.UTF-8": "a A ä a\xff b B e\u0301 é ö s t z Z",
		"sv_SE.UTF-8": "a A a\xff b B e\u0301 é s t z Z ä ö",
		"et_EE.UTF-8": "a A a\xff b B e\u0301 é s z Z t ä ö",
	} {
		l, _ := Find(name)
		if l == nil {
			t.Fatal(name)
		}
		keys := l.Keys()
		key := func(s string) []byte { return slices.Clone(keys.Of([]byte(s))) }
		words := strings.Fields("Z t a B b s ä A z ö a\xff e\u0301 é")
		slices.SortFunc(words, func(a, b string) int { return bytes.Compare(key(a), key(b)) })
		if got := strings.Join(words, " "); got != want {
			t.Errorf("%s: %q", name, got)
		}
	}
}

func BenchmarkKey(b *testing.B) {
	l, _ := Find("en_US")
	keys := l.Keys()
	for b.Loop() {
		keys.Of([]byte("a text of middling length"))
	}
}
