//go:build !race

package node_test

// detecting says that the race detector watches.
const detecting = false
