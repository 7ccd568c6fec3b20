package config

import (
	"errors"
	"fmt"
	"net/netip"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"

	"sigrun/internal/locale"
)

// checkDir takes an existing folder and keeps its absolute path; a relative one starts from the folder before it.
func checkDir(s, old State) (State, error) {
	if s.Text == "" {
		return s, errors.New("dir can't be empty")
	}
	abs := s.Text
	if !filepath.IsAbs(abs) {
		abs = filepath.Join(old.Text, abs)
	}
	abs, err := filepath.Abs(abs)
	if err != nil {
		return s, err
	}
	info, err := os.Stat(abs)
	if err != nil {
		return s, errors.New(Reason(err))
	}
	if !info.IsDir() {
		return s, errors.New("Not a directory")
	}
	s.Text = abs
	return s, nil
}

// Reason is the system's own text of an error, beginning with a capital as the C library's does.
func Reason(err error) string {
	text := err.Error()
	var errno syscall.Errno
	if errors.As(err, &errno) {
		text = errno.Error()
	}
	if text == "" {
		return text
	}
	return strings.ToUpper(text[:1]) + text[1:]
}

// checkSaveVersion refuses versions of snapshots that are not written.
func checkSaveVersion(s, _ State) (State, error) {
	if s.Num != 10 && s.Num != 11 && s.Num != 80 {
		return s, errors.New("argument must be one of 10, 11, 80")
	}
	return s, nil
}

// checkShutdown refuses what contradicts itself. Bits follow shutdownOptions.
func checkShutdown(s, _ State) (State, error) {
	if s.Num&(ShutdownSave|ShutdownNoSave) == ShutdownSave|ShutdownNoSave {
		return s, errors.New("shutdown options SAVE and NOSAVE can't be used simultaneously")
	}
	return s, nil
}

// Bits of shutdown-on-sigint and shutdown-on-sigterm, as their Int64 gives them.
const (
	ShutdownSave int64 = 1 << iota
	ShutdownNoSave
	ShutdownNow
	ShutdownForce
	ShutdownSafe     // there are no slots that would be lost
	ShutdownFailover // nor replicas that would take over
)

// checkOOM makes one of the two names for a relative score.
func checkOOM(s, _ State) (State, error) {
	if s.Num == OOMRelative+1 {
		return State{Text: "yes", Num: OOMRelative}, nil
	}
	return s, nil
}

// Values of oom-score-adj.
const (
	OOMOff, OOMRelative, OOMAbsolute int64 = 0, 1, 3
)

func powerOfTwo(s, _ State) (State, error) {
	if s.Num&(s.Num-1) != 0 {
		return s, errors.New("argument must be a power of two")
	}
	return s, nil
}

// clamp moves a number into bounds instead of refusing it.
func clamp(low, high int64) func(s, old State) (State, error) {
	return func(s, _ State) (State, error) {
		s.Num = min(max(s.Num, low), high)
		s.Text = strconv.FormatInt(s.Num, 10)
		return s, nil
	}
}

func maxWords(n int, text string) func(s, old State) (State, error) {
	return func(s, _ State) (State, error) {
		if len(s.Words) > n {
			return s, errors.New(text)
		}
		return s, nil
	}
}

func notEmpty(name string) func(s, old State) (State, error) {
	return func(s, _ State) (State, error) {
		if s.Text == "" {
			return s, errors.New(name + " can't be empty")
		}
		return s, nil
	}
}

// baseName takes a name without a path in front of it.
func baseName(name, what string) func(s, old State) (State, error) {
	return func(s, _ State) (State, error) {
		if s.Text == "" {
			return s, errors.New(name + " can't be empty")
		}
		if strings.ContainsAny(s.Text, `/\`) {
			return s, fmt.Errorf("%s can't be a path, just a %s", name, what)
		}
		return s, nil
	}
}

func checkIPv4(s, _ State) (State, error) {
	if a, err := netip.ParseAddr(s.Text); s.Text != "" && (err != nil || !a.Is4()) {
		return s, errors.New("Invalid IPv4 address")
	}
	return s, nil
}

func checkIPv6(s, _ State) (State, error) {
	if a, err := netip.ParseAddr(s.Text); s.Text != "" && (err != nil || !a.Is6() || a.Zone() != "") {
		return s, errors.New("Invalid IPv6 address")
	}
	return s, nil
}

// checkAddress takes what can stand in the file of nodes.
func checkAddress(s, _ State) (State, error) {
	if len(s.Text) > 45 || strings.ContainsFunc(s.Text, func(r rune) bool { return r <= ' ' || r == ',' || r == 0x7f }) {
		return s, errors.New("An address has 45 characters at most, and neither blanks nor commas")
	}
	return s, nil
}

func checkHostname(s, _ State) (State, error) {
	if len(s.Text) >= 256 {
		return s, errors.New("Hostnames must be less than 256 characters")
	}
	for _, c := range []byte(s.Text) {
		if !isAlnum(c) && c != '-' && c != '.' {
			return s, errors.New("Hostnames may only contain alphanumeric characters, hyphens or dots")
		}
	}
	return s, nil
}

func isAlnum(c byte) bool {
	return c >= '0' && c <= '9' || c|0x20 >= 'a' && c|0x20 <= 'z'
}

// checkNodename keeps a name printable and free of what separates fields in the file of the cluster's state.
func checkNodename(s, _ State) (State, error) {
	for _, c := range []byte(s.Text) {
		if c < '!' || c > '~' || strings.IndexByte(`!#$%&()*+:;<>?@[]^{|}~`, c) >= 0 {
			return s, errors.New("Announced human node name contained invalid character")
		}
	}
	return s, nil
}

func checkLocale(s, _ State) (State, error) {
	if _, known := locale.Find(s.Text); !known {
		return s, errors.New("Invalid locale name")
	}
	return s, nil
}
