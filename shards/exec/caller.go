package exec

import (
	"sigrun/internal/offheap"
	"sigrun/protocol/call"
	"sigrun/protocol/resp"
)

// Caller is what a command that runs may ask of who sent it. A type that is written out, so that the floor above, which has the
// connections, can name the same one without importing this package (session.Runner).
type Caller = interface {
	// Detach makes a call of the command that is running, with arguments of its own: it has to wait.
	Detach() *call.Call
	// RunHere runs a command of the session or of control that stands in a
	// transaction; the reply is appended to out.
	RunHere(cmd *call.Command, out *resp.Writer)
	// TakeBlock gives away the block in which argument arg of the running command
	// arrived, n bytes long; ok is false when it lies elsewhere.
	TakeBlock(arg int) (b offheap.Block, n int, ok bool)
	// Visit is the walk over shards that the running command is part of, nil when it
	// has only the tokens that are held.
	Visit() *call.Visit
}
