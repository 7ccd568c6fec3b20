package workload

import (
	"embed"
	"fmt"
	"path"
	"slices"
	"strings"
)

//go:embed ready/*.workload
var ready embed.FS

// Ready are the names of the workloads that are ready-made.
func Ready() (names []string) {
	files, _ := ready.ReadDir("ready")
	for _, f := range files {
		names = append(names, strings.TrimSuffix(f.Name(), ".workload"))
	}
	return names
}

// IsReady tells whether a name is that of one that is ready-made.
func IsReady(name string) bool { return slices.Contains(Ready(), name) }

// Load gives a workload that is ready-made.
func Load(name string) (*Workload, error) {
	text, err := ready.ReadFile(path.Join("ready", name+".workload"))
	if err != nil {
		return nil, fmt.Errorf("there is no workload %s: want one of %s, or a file", name, strings.Join(Ready(), ", "))
	}
	return Parse(name, string(text))
}
