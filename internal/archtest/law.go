package archtest

import (
	"bufio"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Row is one package of the law: where it stands and what it may import.
type Row struct {
	Floor   int
	Name    string // path below the module, or a folder followed by /*
	Planned bool   // the package need not exist yet
	May     []string
}

// Lib says which packages may import a path outside the module.
type Lib struct {
	Prefix string
	By     []string
}

// Law is docs/layers.txt.
type Law struct {
	Rows       []Row
	Libs       []Lib
	Unsafe     []string
	Goroutines []string
	// Unsimulated are the packages above the ground that may meet by the standard library.
	Unsimulated []string
}

// ParseLaw reads the format described at the head of docs/layers.txt.
func ParseLaw(r io.Reader) (*Law, error) {
	law := &Law{}
	in := bufio.NewScanner(r)
	for line := 1; in.Scan(); line++ {
		text, _, _ := strings.Cut(in.Text(), "#")
		if strings.TrimSpace(text) == "" {
			continue
		}
		if err := law.add(text); err != nil {
			return nil, fmt.Errorf("line %d: %w", line, err)
		}
	}
	return law, in.Err()
}

func (l *Law) add(text string) error {
	left, right, ok := strings.Cut(text, ":")
	head, list := strings.Fields(left), strings.Fields(right)
	if !ok || len(head) == 0 {
		return fmt.Errorf("no colon in %q", text)
	}
	switch head[0] {
	case "lib":
		if len(head) != 2 {
			return fmt.Errorf("want `lib <path> : <packages>`")
		}
		l.Libs = append(l.Libs, Lib{Prefix: head[1], By: list})
	case "unsafe":
		l.Unsafe = append(l.Unsafe, list...)
	case "goroutines":
		l.Goroutines = append(l.Goroutines, list...)
	case "unsimulated":
		l.Unsimulated = append(l.Unsimulated, list...)
	default:
		return l.addRow(head, list)
	}
	return nil
}

func (l *Law) addRow(head, may []string) error {
	floor, err := strconv.Atoi(head[0])
	planned := len(head) == 3 && head[2] == "planned"
	if err != nil || len(head) < 2 || len(head) > 2 && !planned {
		return fmt.Errorf("want `<floor> <package> [planned] : <packages>`, have %q", strings.Join(head, " "))
	}
	for _, r := range l.Rows {
		if r.Name == head[1] {
			return fmt.Errorf("second row for %s", head[1])
		}
	}
	l.Rows = append(l.Rows, Row{Floor: floor, Name: head[1], Planned: planned, May: may})
	return nil
}

// row finds the row of a package; an exact name wins over a folder, the deeper folder over the higher one.
func (l *Law) row(pkg string) *Row {
	var best *Row
	for i := range l.Rows {
		r := &l.Rows[i]
		if r.Name == pkg {
			return r
		}
		if covers(r.Name, pkg) && (best == nil || len(r.Name) > len(best.Name)) {
			best = r
		}
	}
	return best
}

// covers reports whether a name of the law means this package.
func covers(name, pkg string) bool {
	if dir, ok := strings.CutSuffix(name, "/*"); ok {
		return strings.HasPrefix(pkg, dir+"/")
	}
	return name == pkg
}

func anyCovers(names []string, pkg string) bool {
	for _, n := range names {
		if covers(n, pkg) {
			return true
		}
	}
	return false
}
