package config

import (
	"fmt"
	"strings"
)

// Markdown is docs/config.md: every parameter with its default, its bounds and what it does.
func Markdown() string {
	var b strings.Builder
	b.WriteString("# Configuration\n\n<!-- Written from internal/config/rows.go by `UPDATE=1 go test ./internal/config`. -->\n\n")
	b.WriteString("A file holds a parameter per line (`port 6379`), the command line overrides it (`--port 6379`), CONFIG SET changes\n")
	b.WriteString("what is marked `live`. A parameter that steers nothing yet says so.\n\n")
	b.WriteString("| parameter | default | values | set | |\n|---|---|---|---|---|\n")
	for _, r := range Rows() {
		name := "`" + r.Name + "`"
		if r.Alias != "" {
			name += " (`" + r.Alias + "`)"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", name, code(r.Default), r.values(), r.when(), strings.ReplaceAll(r.Doc, "|", `\|`))
	}
	return b.String()
}

func code(text string) string {
	if text == "" {
		return ""
	}
	return "`" + text + "`"
}

func (r *Row) values() string {
	switch r.Kind {
	case Bool:
		return "yes, no"
	case Enum, Set:
		return strings.Join(r.Values, ", ")
	case Int, Memory, Octal:
		unit := map[Kind]string{Memory: " bytes", Octal: " octal"}[r.Kind]
		if r.Kind == Octal {
			return fmt.Sprintf("%o to %o%s", r.Min, r.Max, unit)
		}
		if r.Max == maxInt64 {
			return fmt.Sprintf("from %d%s", r.Min, unit)
		}
		return fmt.Sprintf("%d to %d%s", r.Min, r.Max, unit)
	}
	return "text"
}

func (r *Row) when() string {
	switch {
	case r.Flags&Immutable != 0:
		return "at start"
	case r.Flags&Protected != 0:
		return "live, protected"
	}
	return "live"
}
