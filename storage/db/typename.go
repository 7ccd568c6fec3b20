package db

// typeNames are the names of the types, as TYPE tells them.
var typeNames = [NumTypes]string{"string", "list", "set", "hash", "zset", "stream"}

// Name is the name of the type.
func (t Type) Name() string { return typeNames[t] }

// TypeNamed is the type of a name in any case, NumTypes when there is none.
func TypeNamed(name []byte) Type {
	for t, known := range typeNames {
		if equalFold(name, known) {
			return Type(t)
		}
	}
	return NumTypes
}

func equalFold(name []byte, lower string) bool {
	if len(name) != len(lower) {
		return false
	}
	for i, c := range name {
		if c >= 'A' && c <= 'Z' {
			c += 'a' - 'A'
		}
		if c != lower[i] {
			return false
		}
	}
	return true
}
