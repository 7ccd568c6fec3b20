//go:build !race

package offheap

// RaceBuild tells that the race detector is on.
const RaceBuild = false
