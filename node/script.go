package node

import (
	"log/slog"

	"sigrun/internal/lua"
	"sigrun/protocol/resp"
	"sigrun/reactor/gate"
	"sigrun/shards/script"
)

// The version of Valkey that scripts are told.
const (
	valkeyVersion    = "9.1.0"
	valkeyVersionNum = 0x00090100
)

func scripts(log *slog.Logger) *script.Book {
	return script.NewBook(script.Options{Log: log,
		Identity: lua.Identity{Name: "valkey", Version: valkeyVersion, VersionNum: valkeyVersionNum}})
}

// busy makes every loop refuse what is not allowed while a script runs for too long, and
// answer what waits for the script's tokens, or ends that.
func (n *Node) busy(on bool) {
	if !on {
		n.gate.Clear(gate.Busy)
		return
	}
	n.gate.Set(gate.Busy)
	for _, l := range n.reactor.Loops() {
		l.Post(func() { l.CancelPending(resp.ErrBusyScript) })
	}
}
