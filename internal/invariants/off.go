//go:build !invariants

package invariants

// Enabled tells that this is not a checking build.
const Enabled = false
