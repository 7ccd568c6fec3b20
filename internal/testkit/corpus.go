package testkit

import (
	"encoding/hex"
	"os"
	"strings"
	"testing"
)

// Corpus reads a file of inputs that fuzzing has found to be worth keeping: one in a line, in hexadecimal.
func Corpus(t testing.TB, path string) (all [][]byte) {
	t.Helper()
	for _, line := range strings.Fields(string(Must(os.ReadFile(path))(t))) {
		all = append(all, Must(hex.DecodeString(line))(t))
	}
	return all
}
