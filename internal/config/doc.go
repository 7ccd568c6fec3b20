// Package config owns the parameters of one node: what may be set, to what, and what is set now.
//
// A parameter is one Row in rows.go; the file parser, the command line, CONFIG GET, CONFIG SET and docs/config.md all
// come from it. A Registry holds the values of one node; there is no global, and many nodes live in one process.
//
// Reading is free of locks: a consumer asks for the *Value once, at its start, and calls Int64 or Bool on it in the hot
// path. Setting is done by one goroutine at a time (a mutex sees to it): the control goroutine after start-up, which also
// runs the hooks. A parameter that has no effect yet says so in its row: it is then refused or answered with a warning.
package config
