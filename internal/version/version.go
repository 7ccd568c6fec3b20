// Package version says what this is and what it answers like.
package version

const (
	// Sigrun is the version of this program.
	Sigrun = "0.1.0"
	// Valkey is the version whose behaviour is followed, Redis the one that clients of
	// old look for.
	Valkey = "9.1.0"
	Redis  = "7.2.4"
)

// Name is the name that the server goes by, and its version.
func Name(asRedis bool) (name, version string) {
	if asRedis {
		return "Redis", Redis
	}
	return "Valkey", Valkey
}
