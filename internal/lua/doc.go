// Package lua runs scripts: it wraps an interpreter of Lua 5.1 and gives it the
// surroundings that scripts of a Valkey know, with their limits and error texts. It
// knows nothing of keys or connections: what a script asks of the server goes to a
// Host, and what it returns is written to a Reply.
//
// A Program is a compiled script and may be shared by any number of States at the same
// time. A State is an interpreter: it belongs to one goroutine, but for Abort, and runs
// one Program after another, each of which finds it as new.
package lua

// Host is the server as a running script sees it.
type Host interface {
	// Call runs a command. The reply, in RESP, is read before the next Call. With an
	// error the script ends at once, whatever it tries.
	Call(args [][]byte) (reply []byte, err error)
	// Log writes to the server's log; levels are 0 (debug) to 3 (warning).
	Log(level int, text string)
	// SetResp chooses the dialect, 2 or 3, in which Call replies from now on.
	SetResp(version int)
	// Allowed tells whether the user may run a command; known is false for none that
	// exists.
	Allowed(args [][]byte) (allowed, known bool)
}

// Reply takes what a script returns.
type Reply interface {
	Int(n int64)
	Bulk(v []byte)
	Simple(s string)
	// Failure writes an error. known: a command of the script answered it, so that it has been counted.
	Failure(text string, known bool)
	Null()
	Bool(v bool)
	Double(d float64)
	BigNumber(digits string)
	Verbatim(format, text string)
	Array(n int)
	Map(n int)
	Set(n int)
}

// Error is what a script died of. Text begins with a code, as "ERR ..."; Source and
// Line are where it happened, Line 0 when that is not known.
type Error struct {
	Text   string
	Source string
	Line   int
	// Known: a command of the script answered it.
	Known bool
	// Stopped: Abort or an error of the Host ended the script.
	Stopped bool
}

func (e *Error) Error() string { return e.Text }
