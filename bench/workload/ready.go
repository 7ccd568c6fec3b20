package workload

import (
	"embed"
	"fmt"
	"os"
	"path"
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

// Load reads a workload by its name, if it is ready-made, or from a file.
func Load(name string) (*Workload, error) {
	if text, err := ready.ReadFile(path.Join("ready", name+".workload")); err == nil {
		return Parse(name, string(text))
	}
	text, err := os.ReadFile(name)
	if err != nil {
		if !strings.ContainsAny(name, "./") {
			return nil, fmt.Errorf("there is no workload %s: want one of %s, or a file", name, strings.Join(Ready(), ", "))
		}
		return nil, err
	}
	return Parse(name, string(text))
}
