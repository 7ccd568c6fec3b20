package workload

import (
	"fmt"
	"strconv"
	"strings"
)

// Words splits a line at blanks, up to a # that stands alone. What stands between double quotes is one word, with \" \\ \n \r \t \a \b \xHH in it.
func Words(line string) (list []string, err error) {
	for i := 0; i < len(line); {
		switch {
		case line[i] == ' ' || line[i] == '\t':
			i++
		case line[i] == '#' && (i == 0 || line[i-1] == ' ' || line[i-1] == '\t'):
			return list, nil
		case line[i] == '"':
			word, n, err := quoted(line[i:])
			if err != nil {
				return nil, err
			}
			list, i = append(list, word), i+n
		default:
			end := i
			for end < len(line) && line[end] != ' ' && line[end] != '\t' {
				end++
			}
			list, i = append(list, line[i:end]), end
		}
	}
	return list, nil
}

func quoted(s string) (word string, n int, err error) {
	var b strings.Builder
	for i := 1; i < len(s); i++ {
		switch {
		case s[i] == '"':
			if i+1 < len(s) && s[i+1] != ' ' && s[i+1] != '\t' {
				return "", 0, fmt.Errorf("a closing quote has to be followed by a blank")
			}
			return b.String(), i + 1, nil
		case s[i] == '\\' && i+1 < len(s):
			i++
			switch s[i] {
			case 'n':
				b.WriteByte('\n')
			case 'r':
				b.WriteByte('\r')
			case 't':
				b.WriteByte('\t')
			case 'a': // so MONITOR writes a byte of 7
				b.WriteByte('\a')
			case 'b': // and one of 8
				b.WriteByte('\b')
			case 'x':
				if i+2 >= len(s) {
					return "", 0, fmt.Errorf(`\x needs two digits`)
				}
				c, err := strconv.ParseUint(s[i+1:i+3], 16, 8)
				if err != nil {
					return "", 0, fmt.Errorf(`\x%s are no two hexadecimal digits`, s[i+1:i+3])
				}
				b.WriteByte(byte(c))
				i += 2
			default:
				b.WriteByte(s[i])
			}
		default:
			b.WriteByte(s[i])
		}
	}
	return "", 0, fmt.Errorf("a quote is not closed")
}

// word is a word of a command, and in which turn of its group it stands.
type word struct {
	text string
	turn int
}

// expand writes groups out: [ a b ]*3 is a b three times, and each turn draws for itself.
func expand(list []string) (out []word, err error) {
	open := -1
	for _, w := range list {
		switch {
		case w == "[" && open >= 0:
			return nil, fmt.Errorf("a [ within [ ]")
		case w == "[":
			open = len(out)
		case strings.HasPrefix(w, "]*") && open >= 0:
			n, err := strconv.Atoi(w[2:])
			if err != nil || n < 1 || n > 4096 {
				return nil, fmt.Errorf("%q: a group is repeated 1 to 4096 times", w)
			}
			group := append([]word(nil), out[open:]...)
			if len(group)*n > mostWords {
				return nil, fmt.Errorf("%q makes a command of more than %d words", w, mostWords)
			}
			out = out[:open]
			for turn := range n {
				for _, g := range group {
					out = append(out, word{g.text, turn + 1})
				}
			}
			open = -1
		case strings.HasPrefix(w, "]*"):
			return nil, fmt.Errorf("%q without a [ before it", w)
		default:
			out = append(out, word{w, 0})
		}
	}
	if open >= 0 {
		return nil, fmt.Errorf("a [ is not closed by ]*N")
	}
	if len(out) > mostWords {
		return nil, fmt.Errorf("a command of more than %d words", mostWords)
	}
	return out, nil
}

// mostWords is how long a command may be.
const mostWords = 8192
