package node

import (
	"sigrun/node/control"
	"sigrun/node/debug"
	"sigrun/protocol/command"
	reactorcommands "sigrun/reactor/commands"
	"sigrun/reactor/session"
	"sigrun/shards/commands/bit"
	"sigrun/shards/commands/conn"
	"sigrun/shards/commands/dump"
	"sigrun/shards/commands/geo"
	"sigrun/shards/commands/hash"
	"sigrun/shards/commands/hyperloglog"
	"sigrun/shards/commands/keys"
	"sigrun/shards/commands/list"
	"sigrun/shards/commands/server"
	"sigrun/shards/commands/set"
	"sigrun/shards/commands/sorting"
	"sigrun/shards/commands/str"
	"sigrun/shards/commands/stream"
	"sigrun/shards/commands/tx"
	"sigrun/shards/commands/zset"
	"sigrun/shards/exec"
	"sigrun/shards/script"
)

// commands is the whole command table with the handlers of each floor by id. A
// command has a handler on exactly one of them.
type commands struct {
	table   *command.Table
	shard   []exec.Handler
	session []session.Handler
	control []control.Handler
	scripts *script.Book
}

// newCommands joins the rows of all families, for a node that is one of a cluster or not.
func newCommands(scripts *script.Book, clustered bool) *commands {
	var specs []*command.Spec
	shardOf := map[*command.Spec]exec.Handler{}
	sessionOf := map[*command.Spec]session.Handler{}
	controlOf := map[*command.Spec]control.Handler{}
	tree := map[string]*command.Spec{}
	for _, rows := range [][]exec.Row{
		str.Rows(), bit.Rows(), keys.Rows(), list.Rows(),
		set.Rows(), hash.Rows(), zset.Rows(), geo.Rows(), hyperloglog.Rows(), stream.Rows(),
		sorting.Rows(), dump.Rows(), debug.ShardRows(),
		server.Rows(), tx.Rows(), scripts.Rows(), conn.Rows(),
	} {
		for i := range rows {
			specs = graft(specs, tree, &rows[i].Spec)
			shardOf[&rows[i].Spec] = rows[i].Run
		}
	}
	for _, rows := range [][]session.Row{reactorcommands.Rows()} {
		for i := range rows {
			specs = graft(specs, tree, &rows[i].Spec)
			sessionOf[&rows[i].Spec] = rows[i].Run
		}
	}
	for _, rows := range [][]control.Row{control.Rows(clustered), debug.ControlRows()} {
		for i := range rows {
			specs = graft(specs, tree, &rows[i].Spec)
			controlOf[&rows[i].Spec] = rows[i].Run
		}
	}
	c := &commands{table: command.NewTable(specs...), scripts: scripts}
	c.table.Reserve(control.UnbuiltRows()...)
	n := len(c.table.Specs())
	c.shard, c.session, c.control = make([]exec.Handler, n), make([]session.Handler, n), make([]control.Handler, n)
	for id, s := range c.table.Specs() {
		c.shard[id], c.session[id], c.control[id] = shardOf[s], sessionOf[s], controlOf[s]
	}
	return c
}
