package workload

import (
	"fmt"
	"strings"
)

// Set changes a workload's text: keys.NAME is how many keys there are, value.NAME their sizes.
func Set(text, name, to string) (string, error) {
	kind, name, _ := strings.Cut(name, ".")
	lines := strings.Split(text, "\n")
	for i, line := range lines {
		list, err := Words(line)
		if err != nil || len(list) < 3 || list[0] != kind || list[1] != name {
			continue
		}
		switch kind {
		case "keys":
			if len(list) > 3 {
				list[3] = to
			}
		case "value":
			rest := list[2:]
			for len(rest) > 0 && rest[0] != "compressible" {
				rest = rest[1:]
			}
			list = append([]string{kind, name, to}, rest...)
		default:
			return "", fmt.Errorf("only keys.NAME and value.NAME can be set")
		}
		lines[i] = strings.Join(list, " ")
		return strings.Join(lines, "\n"), nil
	}
	return "", fmt.Errorf("the workload has no line %s %s", kind, name)
}
