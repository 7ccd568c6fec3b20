package cluster

import "testing"

// TestFigures: who is in no cluster says so.
func TestFigures(t *testing.T) {
	c, _, _ := open(t, static)
	for want, of := range map[string]*Cluster{"0": nil, "1": c} {
		if rows := of.Figures(); len(rows) != 1 || rows[0].Name != "cluster_enabled" || rows[0].Text() != want {
			t.Errorf("%v, want %s", rows, want)
		}
	}
}
