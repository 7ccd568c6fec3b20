package session

import (
	"strings"
	"testing"
)

// TestCutOffBetweenCommands: who loses messages is told of, although none of its commands runs while they are taken in.
func TestCutOffBetweenCommands(t *testing.T) {
	l, list, _ := chain(1)
	s, told := list[0], ""
	l.CutOff = func(s *Session, owed bool) {
		if owed {
			told = s.Describe().LogLine(0, false)
		}
	}
	l.taking, l.running = s, nil
	s.Overrun()
	if !strings.Contains(told, " argv-mem=0 ") {
		t.Errorf("told of %q", told)
	}
}
