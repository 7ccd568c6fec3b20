package script

import (
	"strings"

	"sigrun/protocol/resp"
)

// flags are what the first line of a script declares, "#!lua flags=no-writes,...".
type flags struct {
	declared bool // there is such a line: the script promises to be a modern one
	noWrites bool
	allowOOM bool
	alone    bool // it does not run in a cluster
	crosses  bool // it may use keys of several slots
}

// grows reports whether a script that declares what it does may take more memory.
func (f flags) grows() bool { return f.declared && !f.noWrites && !f.allowOOM }

// shebang reads and blanks the first line of a script, so that lines keep their numbers.
func shebang(body string) (code string, f flags, err error) {
	if !strings.HasPrefix(body, "#!") {
		return body, f, nil
	}
	line, rest, found := strings.Cut(body, "\n")
	if !found {
		return "", f, &resp.Error{Text: "ERR Invalid script shebang"}
	}
	words := strings.Fields(line)
	f.declared = true
	for _, word := range words[1:] {
		list, ok := strings.CutPrefix(word, "flags=")
		if !ok {
			return "", f, resp.Errorf("ERR Unknown lua shebang option: %s", word)
		}
		if list == "" {
			continue
		}
		for _, name := range strings.Split(list, ",") {
			switch name {
			case "no-writes":
				f.noWrites = true
			case "allow-oom":
				f.allowOOM = true
			case "no-cluster":
				f.alone = true
			case "allow-cross-slot-keys":
				f.crosses = true
			case "allow-stale":
			default:
				return "", f, resp.Errorf("ERR Unexpected flag in script shebang: %s", name)
			}
		}
	}
	if engine := words[0][len("#!"):]; !strings.EqualFold(engine, "lua") {
		return "", f, resp.Errorf("ERR Could not find scripting engine '%s'", engine)
	}
	return "\n" + rest, f, nil
}
