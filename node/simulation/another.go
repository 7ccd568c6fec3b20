//go:build sim

package simulation

import (
	"time"

	"sigrun/internal/vfs"
)

// another starts a second node, plain and with what is in files, and a client of it; nil: it does not start.
func (x *run) another(files *vfs.Mem, more ...[2]string) (*run, *client) {
	plain := simplest()
	plain[Shards] = 4
	o := &run{set: &plain, engine: &engine{room: 1 << 20}}
	parameters := append(plain.config(), more...)
	loads := files != nil
	if !loads {
		files = &vfs.Mem{}
		parameters = append(parameters, [2]string{"import-mode", "yes"})
	}
	n, err := start(o.engine, files, time.Second, loads, parameters)
	if err != nil {
		x.fail("another node: %v", err)
		return nil, nil
	}
	o.node = n
	c := &client{x: o, id: 2000}
	if !c.connected() {
		x.fail("another node lets nobody in")
		return nil, nil
	}
	return o, c
}

// end ends a node that another run started.
func (x *run) end(of *run) {
	if err := x.node.Close(); err != nil {
		of.fail("the end of another node: %v", err)
	}
}
