package control

import (
	"fmt"
	"runtime/debug"
	"strconv"
	"strings"

	"sigrun/protocol/command"
)

func memoryRows() []Row {
	row := func(run Handler, name, since, summary, complexity string, tips ...string) Row {
		return Row{Run: run, Spec: command.Spec{Name: "MEMORY|" + name, Arity: 2, Place: command.OnControl, Group: "server",
			Since: since, Summary: summary, Complexity: complexity, Tips: tips}}
	}
	const nodes, varies = "request_policy:all_shards", "nondeterministic_output"
	loading := func(r Row) Row {
		r.Spec.Flags |= command.Loading
		return r
	}
	help := row(memoryHelp, "HELP", "4.0.0", "Describes the subcommands.", "O(1)")
	help.Spec.Flags = command.Loading | command.Stale
	return []Row{
		row(memoryStats, "STATS", "4.0.0", "Tells what memory is used for.", "O(1)", varies, nodes, "response_policy:special"),
		row(memoryDoctor, "DOCTOR", "4.0.0", "Tells in words whether memory is used well.", "O(1)", varies, nodes, "response_policy:special"),
		loading(row(mallocStats, "MALLOC-STATS", "4.0.0", "Tells about the allocators.", "Depends on how much memory is allocated", varies, nodes, "response_policy:special")),
		loading(row(memoryPurge, "PURGE", "4.0.0", "Gives memory that is in no use back to the system.", "Depends on how much memory is allocated", nodes, "response_policy:all_succeeded")),
		help,
	}
}

// memoryField is a number of MEMORY STATS.
type memoryField struct {
	name  string
	value any // int64, float64, or tableBytes
}

// tableBytes is what the hash tables of a database take. A bit in them says which keys
// expire, so there is no table of expires to count.
type tableBytes int64

// memoryStats implements MEMORY STATS.
func memoryStats(c *Ctx) error {
	f := &c.figures
	f.mu.Lock()
	defer f.mu.Unlock()
	c.look(c.Held, c.Run)
	c.visit(c.Held, c.Run, c.lookAtTables)
	used, data := int64(c.usedMemory()), c.dataBytes()
	peak, clients := int64(f.peak), int64(f.clients.bytes)
	keys := int64(0)
	for i := range c.Engine.Space.Databases() {
		n, _, _ := c.keys(i)
		keys += int64(n)
	}
	share := func(a, b int64) float64 { return 100 * float64(a) / float64(max(b, 1)) }
	allocated, holes, resident := int64(c.allocated()), int64(c.holes()), int64(c.resident())
	fields := []memoryField{{"peak.allocated", peak}, {"total.allocated", used}, {"startup.allocated", int64(BaseBytes)},
		{"replication.backlog", int64(0)}, {"clients.slaves", int64(0)}, {"clients.normal", clients}, {"cluster.links", int64(0)},
		{"cluster.slot_import", int64(0)}, {"cluster.slot_export", int64(0)},
		{"aof.buffer", int64(0)}, {"lua.caches", int64(c.Scripts.Bytes())}, {"functions.caches", int64(0)}}
	tables := int64(0)
	for _, database := range c.databaseFields() {
		fields = append(fields, database)
		tables += int64(database.value.(tableBytes))
	}
	fields = append(fields, []memoryField{
		{"overhead.db.hashtable.lut", tables}, {"overhead.db.hashtable.rehashing", int64(0)}, // tables grow page by page
		{"overhead.total", int64(c.overhead())}, {"db.dict.rehashing.count", int64(0)}, {"keys.count", keys}, {"keys.bytes-per-key", data / max(keys, 1)},
		{"dataset.bytes", data}, {"dataset.percentage", share(data, used)}, {"peak.percentage", share(used, peak)},
		{"allocator.allocated", allocated}, {"allocator.active", allocated + holes}, {"allocator.resident", resident}, {"allocator.muzzy", int64(0)},
		{"allocator-fragmentation.ratio", float64(allocated+holes) / float64(max(allocated, 1))}, {"allocator-fragmentation.bytes", holes},
		{"allocator-rss.ratio", float64(resident) / float64(max(allocated+holes, 1))}, {"allocator-rss.bytes", resident - allocated - holes},
		{"rss-overhead.ratio", float64(f.rss) / float64(max(resident, 1))}, {"rss-overhead.bytes", int64(f.rss) - resident},
		{"fragmentation", float64(f.rss) / float64(max(used, 1))}, {"fragmentation.bytes", int64(f.rss) - used}}...)
	c.Out.Map(len(fields))
	for _, field := range fields {
		c.Out.BulkString(field.name)
		switch v := field.value.(type) {
		case int64:
			c.Out.Int(v)
		case float64:
			c.Out.Double(v)
		case tableBytes:
			c.Out.Map(2)
			c.Out.BulkString("overhead.hashtable.main")
			c.Out.Int(int64(v))
			c.Out.BulkString("overhead.hashtable.expires")
			c.Out.Int(0)
		}
	}
	return nil
}

// databaseFields are those of the databases that were ever used, also if they are empty
// now.
func (c *Ctx) databaseFields() (fields []memoryField) {
	for i := range c.Engine.Space.Databases() {
		if c.Engine.Space.Existing(i) == nil {
			continue
		}
		n := int64(0)
		for s := range c.figures.shards {
			if tables := c.figures.shards[s].tables; tables != nil {
				n += tables[i]
			}
		}
		fields = append(fields, memoryField{"db." + strconv.Itoa(i), tableBytes(n)})
	}
	return fields
}

// memoryDoctor implements MEMORY DOCTOR.
func memoryDoctor(c *Ctx) error {
	f := &c.figures
	f.mu.Lock()
	defer f.mu.Unlock()
	c.look(c.Held, c.Run)
	const small, smallHoles = 5 << 20, 10 << 20
	used, clients := c.usedMemory(), uint64(f.clients.bytes)
	var b strings.Builder
	note := func(format string, a ...any) { fmt.Fprintf(&b, " * "+format+"\n", a...) }
	switch {
	case used < small:
		b.WriteString("There is too little data to tell anything.\n")
	default:
		if f.peak > used*3/2 {
			note("Peak: at its worst memory was %d bytes, more than one and a half times as much as now. What is free is given back to the system over time.", f.peak)
		}
		if f.rss > used*7/5 {
			note("Overhead: the process takes %d bytes for %d of data and connections.", f.rss, used)
		}
		if holes := c.holes(); holes > used/10 && holes > smallHoles {
			note("Holes: %d bytes lie between the data and are of use for nothing of another size. CONFIG SET activedefrag yes gives them back.", holes)
		}
		if n := c.Reactor.Clients(); n > 0 && clients/uint64(n) > 200<<10 {
			note("Connections: their buffers take %d bytes on average. Some client may not read its replies; CLIENT LIST shows omem.", clients/uint64(n))
		}
		if b.Len() == 0 {
			b.WriteString("Memory is used as it should be.\n")
		}
	}
	c.Out.Verbatim("txt", b.String())
	return nil
}

// mallocStats implements MEMORY MALLOC-STATS.
func mallocStats(c *Ctx) error {
	f := &c.figures
	f.mu.Lock()
	defer f.mu.Unlock()
	c.look(c.Held, c.Run)
	var b strings.Builder
	line := func(name string, n uint64) { b.WriteString(name + ":" + strconv.FormatUint(n, 10) + "\n") }
	line("keyspace_allocated", uint64(c.dataBytes()))
	line("keyspace_holes", c.holes())
	line("keyspace_resident", uint64(c.Region()))
	line("heap_allocated", f.memory.HeapAlloc)
	line("heap_resident", f.memory.HeapSys-f.memory.HeapReleased)
	line("heap_objects", f.memory.HeapObjects)
	line("collections", uint64(f.memory.NumGC))
	c.Out.Verbatim("txt", b.String())
	return nil
}

// memoryPurge implements MEMORY PURGE.
func memoryPurge(c *Ctx) error {
	debug.FreeOSMemory()
	c.Run.Tidy()
	c.Out.OK()
	return nil
}

func memoryHelp(c *Ctx) error {
	c.Out.Help("MEMORY",
		"DOCTOR", "    Tell in words whether memory is used well.",
		"MALLOC-STATS", "    What the allocators hold.",
		"PURGE", "    Give memory that is in no use back to the system.",
		"STATS", "    What memory is used for.",
		"USAGE <key> [SAMPLES <count>]", "    Bytes that a key and its value take.")
	return nil
}
