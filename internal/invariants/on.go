//go:build invariants

package invariants

// Enabled tells that this is a checking build.
const Enabled = true
