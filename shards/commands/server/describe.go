package server

import (
	"slices"

	"sigrun/protocol/command"
	"sigrun/protocol/resp"
)

// hidden are the flags that COMMAND keeps to itself.
const hidden = command.MayReplicate | command.Protected | command.System

// subs are the subcommands to show.
func subs(s *command.Spec) []*command.Spec {
	if len(s.Subs) > 0 && s.Subs[0].Inner() {
		return nil
	}
	return s.Subs
}

// writeInfo describes a command as COMMAND INFO does.
func writeInfo(out *resp.Writer, s *command.Spec) {
	first, last, step := legacyRange(s.Keys)
	out.Array(10)
	out.BulkString(s.FullName())
	out.Int(int64(s.Arity))
	writeNames(out, (s.Flags &^ hidden).Names())
	out.Int(int64(first))
	out.Int(int64(last))
	out.Int(int64(step))
	writeNames(out, s.Categories().Names())
	out.Set(len(s.Tips))
	for _, tip := range s.Tips {
		out.BulkString(tip)
	}
	out.Set(len(s.Keys))
	for i := range s.Keys {
		writeKeySpec(out, &s.Keys[i])
	}
	children := subs(s)
	if len(children) == 0 {
		out.Set(0)
		return
	}
	out.Array(len(children))
	for _, sub := range children {
		writeInfo(out, sub)
	}
}

// writeNames replies with a set of status lines.
func writeNames(out *resp.Writer, names []string) {
	out.Set(len(names))
	for _, name := range names {
		out.Simple(name)
	}
}

// legacyRange is the one range of keys that clients without key specifications look at:
// all zero when there is none.
func legacyRange(keys []command.KeySpec) (first, last, step int) {
	for i := range keys {
		k := &keys[i]
		if k.NumAt > 0 || k.Word != "" || k.Nowhere {
			continue
		}
		end := k.Last
		if end >= 0 {
			end += k.First
		}
		switch {
		case first == 0:
			first, last, step = k.First, end, max(k.Step, 1)
		case last == k.First-1 && step == 1 && k.Step <= 1:
			last = end
		}
	}
	return first, last, step
}

func writeKeySpec(out *resp.Writer, k *command.KeySpec) {
	if k.Note != "" {
		out.Map(4)
		out.BulkString("notes")
		out.BulkString(k.Note)
	} else {
		out.Map(3)
	}
	out.BulkString("flags")
	writeNames(out, k.Flags.Names())
	out.BulkString("begin_search")
	if k.Nowhere {
		writeSearch(out, "unknown")
		out.BulkString("find_keys")
		writeSearch(out, "unknown")
		return
	}
	at := k.First
	if k.NumAt > 0 {
		at = k.NumAt
	}
	if k.Word != "" {
		writeSearch(out, "keyword", "keyword", k.Word, "startfrom", k.First)
	} else {
		writeSearch(out, "index", "index", at)
	}
	out.BulkString("find_keys")
	if k.NumAt > 0 {
		writeSearch(out, "keynum", "keynumidx", 0, "firstkey", k.First-k.NumAt, "keystep", max(k.Step, 1))
		return
	}
	writeSearch(out, "range", "lastkey", k.Last, "keystep", max(k.Step, 1), "limit", k.Limit)
}

// writeSearch writes one half of a key specification: its type, then names, and numbers or
// words, in turn.
func writeSearch(out *resp.Writer, kind string, fields ...any) {
	out.Map(2)
	out.BulkString("type")
	out.BulkString(kind)
	out.BulkString("spec")
	out.Map(len(fields) / 2)
	for i := 0; i < len(fields); i += 2 {
		out.BulkString(fields[i].(string))
		if word, is := fields[i+1].(string); is {
			out.BulkString(word)
			continue
		}
		out.Int(int64(fields[i+1].(int)))
	}
}

// writeDocs documents a command as COMMAND DOCS does.
func writeDocs(out *resp.Writer, s *command.Spec) {
	fields := slices.DeleteFunc([][2]string{{"summary", s.Summary}, {"since", s.Since}, {"group", s.Group},
		{"complexity", s.Complexity}}, func(f [2]string) bool { return f[1] == "" })
	children, args, history := subs(s), s.Arguments(), s.History()
	n := len(fields)
	for _, more := range []bool{s.Has(command.System), len(history) > 0, len(args) > 0, len(children) > 0} {
		if more {
			n++
		}
	}
	out.Map(n)
	for _, f := range fields {
		out.BulkString(f[0])
		out.BulkString(f[1])
	}
	if s.Has(command.System) {
		out.BulkString("doc_flags")
		writeNames(out, []string{"syscmd"})
	}
	if len(history) > 0 {
		out.BulkString("history")
		writeHistory(out, history)
	}
	if len(args) > 0 {
		out.BulkString("arguments")
		writeArguments(out, args)
	}
	if len(children) == 0 {
		return
	}
	out.BulkString("subcommands")
	out.Map(len(children))
	for _, sub := range children {
		out.BulkString(sub.FullName())
		writeDocs(out, sub)
	}
}

func writeHistory(out *resp.Writer, changes []command.Change) {
	out.Set(len(changes))
	for _, change := range changes {
		out.Array(2)
		out.BulkString(change.Version)
		out.BulkString(change.What)
	}
}

func writeArguments(out *resp.Writer, args []command.Argument) {
	out.Array(len(args))
	for i := range args {
		writeArgument(out, &args[i])
	}
}

// writeArgument writes what is known of an argument; what is not, is left out.
func writeArgument(out *resp.Writer, a *command.Argument) {
	mark, n := out.Mark(), 0
	field := func(name, value string, there bool) {
		if there {
			out.BulkString(name)
			out.BulkString(value)
			n++
		}
	}
	display := a.Display
	if display == "" {
		display = a.Name
	}
	field("name", a.Name, true)
	field("type", a.Type, true)
	field("display_text", display, len(a.Args) == 0)
	if a.Key >= 0 {
		out.BulkString("key_spec_index")
		out.Int(int64(a.Key))
		n++
	}
	field("token", a.Token, a.HasToken)
	field("since", a.Since, a.Since != "")
	field("deprecated_since", a.Deprecated, a.Deprecated != "")
	if flags := argumentFlags(a); len(flags) > 0 {
		out.BulkString("flags")
		writeNames(out, flags)
		n++
	}
	if len(a.Args) > 0 {
		out.BulkString("arguments")
		writeArguments(out, a.Args)
		n++
	}
	out.InsertMap(mark, n)
}

func argumentFlags(a *command.Argument) (flags []string) {
	if a.Optional {
		flags = append(flags, "optional")
	}
	if a.Multiple {
		flags = append(flags, "multiple")
	}
	if a.EachToken {
		flags = append(flags, "multiple_token")
	}
	return flags
}
