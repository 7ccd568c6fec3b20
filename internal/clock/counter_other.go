//go:build !amd64

package clock

func counter() uint64 { return 0 }

func invariantCounter() bool { return false }
