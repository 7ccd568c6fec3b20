package main

import (
	"fmt"
	"os"
	"strings"
	"time"

	"sigrun/internal/config"
	"sigrun/storage/aof"
)

// single checks a file of commands, with a snapshot in front or not.
func (c *check) single(name string, snapshot bool) bool {
	fmt.Fprintln(c.out, "Start checking Old-Style AOF")
	k := &commands{c: c, line: 1}
	result, err := k.file(name, name, true, snapshot)
	c.tell(k, result, "AOF", name, err)
	return err == nil
}

// set checks the files of a manifest.
func (c *check) set(name string) bool {
	fmt.Fprintln(c.out, "Start checking Multi Part AOF")
	m := c.manifest(name)
	if m == nil {
		return false
	}
	k := &commands{c: c, line: 1}
	files := m.Files()
	for i, f := range files {
		path := folder(name) + "/" + f.Name
		what, snapshot := "INCR AOF", false
		if f.Kind == aof.Base {
			var err error
			if snapshot, err = c.beginsSnapshot(path); err != nil {
				return false
			}
			what = "BASE AOF"
			form := "RESP"
			if snapshot {
				form = "RDB"
			}
			fmt.Fprintf(c.out, "Start to check BASE AOF (%s format).\n", form)
		} else if i == 0 || files[i-1].Kind == aof.Base {
			fmt.Fprintln(c.out, "Start to check INCR files.")
		}
		result, err := k.file(f.Name, path, i == len(files)-1, snapshot)
		if c.tell(k, result, what, f.Name, err); err != nil {
			return false
		}
	}
	fmt.Fprintln(c.out, "All AOF files and manifest are valid")
	return true
}

// tell says what became of a file, and what was in it.
func (c *check) tell(k *commands, result outcome, what, name string, err error) {
	switch {
	case err != nil:
	case result == isValid:
		fmt.Fprintf(c.out, "%s %s is valid\n", what, name)
	case result == isEmpty:
		fmt.Fprintf(c.out, "%s %s is empty\n", what, name)
	case result == wasCut:
		fmt.Fprintf(c.out, "Successfully truncated AOF %s\n", name)
	case result == wasCutByTime:
		fmt.Fprintf(c.out, "Successfully truncated AOF %s to timestamp %d\n", name, c.o.to)
	}
	if !c.o.classic {
		k.census.print(c.out)
	}
	k.census = census{}
}

// manifest reads a manifest, nil: it is refused, and that was said, as a server's log does.
func (c *check) manifest(name string) *aof.Manifest {
	text, err := os.ReadFile(name)
	if err != nil {
		c.logged("Fatal error: can't open the AOF manifest file " + name + " for reading: " + config.Reason(err))
		return nil
	}
	m, err := aof.ParseManifest(text)
	if err == nil {
		return m
	}
	words := []string{err.Error()}
	if e, ok := err.(*aof.ManifestError); ok {
		words = e.Words()
	}
	for i, line := range words {
		if line += "\n"; i == 0 {
			line = "\n" + line
		}
		c.logged(line)
	}
	return nil
}

// folder is where a file lies, by its name as it is.
func folder(name string) string {
	trimmed := strings.TrimRight(name, "/")
	i := strings.LastIndexByte(trimmed, '/')
	switch {
	case trimmed == "" && name != "":
		return "/"
	case i < 0:
		return "."
	}
	if dir := strings.TrimRight(trimmed[:i], "/"); dir != "" {
		return dir
	}
	return "/"
}

// logged writes a line as a server's log has it.
func (c *check) logged(line string) {
	fmt.Fprintf(c.out, "%d:M %s # %s\n", os.Getpid(), time.Now().Format("02 Jan 2006 15:04:05.000"), line)
}
