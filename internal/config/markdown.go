package config

import (
	"fmt"
	"strings"
)

// Markdown is docs/config.md: every parameter with its default, its bounds and what it does.
func Markdown() string {
	var b strings.Builder
	b.WriteString(preface)
	b.WriteString("| parameter | default | values | set | |\n|---|---|---|---|---|\n")
	for _, r := range Rows() {
		name := "`" + r.Name + "`"
		if r.Alias != "" {
			name += " (`" + r.Alias + "`)"
		}
		fmt.Fprintf(&b, "| %s | %s | %s | %s | %s |\n", name, code(r.Default), r.values(), r.when(), strings.ReplaceAll(r.describe(), "|", `\|`))
	}
	return b.String()
}

const preface = `# Configuration

<!-- Written from internal/config/rows*.go by ` + "`UPDATE=1 go test ./internal/config`" + `. -->

A file holds a parameter per line, as a valkey.conf or redis.conf does, the command line overrides it (` + "`--port 6379`" + `), CONFIG
SET changes what is marked live, CONFIG REWRITE writes the file anew. Relative names of files start from ` + "`dir`" + `.

A parameter that steers nothing yet says so: most are taken in silence, since they only tune what is not there; some are
taken with a warning in the log; and where being ignored could cost data or safety, other values than the default are
refused. ` + "`include`, `rename-command`, `user`" + ` work; ` + "`loadmodule`, `sentinel`" + ` stop the start, since what they ask for is not built.
Silently passed over: ` + "`dynamic-hz`, `io-threads-do-reads`, `list-max-ziplist-entries`, `list-max-ziplist-value`, `lua-replicate-commands`" + `.

Hidden parameters appear in CONFIG GET under their exact name only.

`

// describe is the row's Doc with what its absent feature means for it.
func (r *Row) describe() string {
	switch {
	case r.Needs == "":
		return r.Doc
	case r.Inert == Barred:
		return r.Doc + " Other values are refused before this is built: " + r.Needs + "."
	case r.Inert == Warned:
		return r.Doc + " No effect before this is built, as the log says: " + r.Needs + "."
	}
	return r.Doc + " No effect before this is built: " + r.Needs + "."
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
	case Octal:
		return fmt.Sprintf("%o to %o octal", r.Min, r.Max)
	case Share:
		return fmt.Sprintf("bytes, or up to %d%%", -r.Min)
	case Int, Memory:
		unit := ""
		if r.Kind == Memory {
			unit = " bytes"
		}
		if r.Max == maxInt64 {
			return fmt.Sprintf("from %d%s", r.Min, unit)
		}
		return fmt.Sprintf("%d to %d%s", r.Min, r.Max, unit)
	}
	return "text"
}

func (r *Row) when() string {
	when := "live"
	switch {
	case r.Flags&Immutable != 0:
		when = "at start"
	case r.Flags&Protected != 0:
		when = "live, protected"
	}
	if r.Flags&Hidden != 0 {
		when += ", hidden"
	}
	return when
}
