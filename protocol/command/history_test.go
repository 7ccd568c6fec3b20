package command

import (
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestChangeLines(t *testing.T) {
	form := regexp.MustCompile(`^[A-Z_|-]+ \d+\.\d+\.\d+ [A-Z-].*[a-z.0-9A-Z]\.$`)
	last := ""
	for line := range strings.Lines(changeLines) {
		line = strings.TrimRight(line, "\n")
		if !form.MatchString(line) {
			t.Errorf("%q is no change", line)
		}
		name, _, _ := strings.Cut(line, " ")
		if name < last {
			t.Errorf("%s does not come behind %s", name, last)
		}
		last = name
	}
}

func TestHistory(t *testing.T) {
	spec := &Spec{Name: "BGSAVE"}
	NewTable(spec)
	if got := spec.History(); !slices.Equal(got, []Change{{"3.2.2", "SCHEDULE."}, {"8.1.0", "CANCEL."}}) {
		t.Error(got)
	}
	spec = &Spec{Name: "GET"} // of which GETEX is no part
	NewTable(spec)
	if got := spec.History(); got != nil {
		t.Error(got)
	}
}
