package acl

import (
	"strings"
	"testing"
)

// TestErrorsKeepPasswords, in whatever rule they stand.
func TestErrorsKeepPasswords(t *testing.T) {
	for rules, shown := range map[string]string{"<hidden": "'<...'", "#hidden": "'#...'", "!hidden": "'!...'", "(>hidden)": "'(...)'", "hidden": "'...'",
		"(+get hidden)": "'(...)'", "(>hidden": "'(...)'", "(+get >hidden": "'(+get'", "+nosuch": "'+nosuch'", "(+nosuch ~x)": "'(+nosuch ~x)'", "db=x": "'db=x'"} {
		u := users()
		if _, err := u.Set("bob", strings.Split(rules, " ")); err == nil || !strings.Contains(err.Error(), shown) || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v", rules, err)
		}
		if _, bad, err := u.Begin("carl", strings.Split(rules, " ")); err == nil || "'"+bad+"'" != shown {
			t.Errorf("%s: %s %v", rules, bad, err)
		}
		if _, _, err := u.Load("user bob "+rules, "file"); err == nil || strings.Contains(err.Error(), "hidden") {
			t.Errorf("%s: %v", rules, err)
		}
	}
	if _, _, err := users().Load("user bob (+nosuch >hidden)", "file"); err == nil || strings.Contains(err.Error(), "hidden") {
		t.Error(err)
	}
}
