package actors

// prefetchWrite begins to bring the cache line of addr here, to be written.
//
//go:noescape
func prefetchWrite(addr *Token)
