package exec

import (
	"os"
	"path/filepath"
	"regexp"
	"testing"
)

// TestEventsHaveClasses looks through the handlers for events that would be told to nobody, since they have no class.
func TestEventsHaveClasses(t *testing.T) {
	told := regexp.MustCompile(`\b(?:Notify|Touched|Removed|Affected|HashTouched)\([^()]*(?:\([^()]*\))?[^()]*, "([a-z_-]+)"\)`)
	files, err := filepath.Glob("../commands/*/*.go")
	if err != nil {
		t.Fatal(err)
	}
	here, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	found := map[string]bool{}
	for _, name := range append(files, here...) {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range told.FindAllSubmatch(text, -1) {
			event := string(m[1])
			found[event] = true
			if classes[event] == 0 {
				t.Errorf("%s: %q has no class", name, event)
			}
		}
	}
	if len(found) < 30 {
		t.Errorf("only %d events found: the expression does not fit the handlers any more", len(found))
	}
}
