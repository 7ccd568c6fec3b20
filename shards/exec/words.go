package exec

// Is reports whether an argument is the given word, upper case, in any case.
func Is(arg []byte, upper string) bool {
	if len(arg) != len(upper) {
		return false
	}
	for i := 0; i < len(upper); i++ {
		c := arg[i]
		if c >= 'a' && c <= 'z' {
			c -= 'a' - 'A'
		}
		if c != upper[i] {
			return false
		}
	}
	return true
}
