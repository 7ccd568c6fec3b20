package metrics

import (
	"fmt"
	"strings"
)

// Section is a part of INFO. The constants stand in the order in which they are written.
type Section uint8

const (
	Server Section = iota
	TLS
	Clients
	Memory
	Persistence
	Stats
	Replication
	CPU
	Modules
	Engines
	CommandStats
	ErrorStats
	LatencyStats
	Cluster
	Keyspace
	Debug
	Sigrun // what only this server has: tokens, rings, ignition
	DelayStats
	sections
)

// layout says how a section is titled and asked for.
var layout = [sections]struct {
	title     string
	ask       string // lower case
	byDefault bool
	inAll     bool
}{
	Server:       {"Server", "server", true, true},
	TLS:          {"TLS", "tls", false, true},
	Clients:      {"Clients", "clients", true, true},
	Memory:       {"Memory", "memory", true, true},
	Persistence:  {"Persistence", "persistence", true, true},
	Stats:        {"Stats", "stats", true, true},
	Replication:  {"Replication", "replication", true, true},
	CPU:          {"CPU", "cpu", true, true},
	Modules:      {"Modules", "modules", true, true},
	Engines:      {"Scripting Engines", "scriptingengines", false, true},
	CommandStats: {"Commandstats", "commandstats", false, true},
	ErrorStats:   {"Errorstats", "errorstats", true, true},
	LatencyStats: {"Latencystats", "latencystats", false, true},
	Cluster:      {"Cluster", "cluster", true, true},
	Keyspace:     {"Keyspace", "keyspace", true, true},
	Debug:        {"Debug", "debug", false, false},
	Sigrun:       {"Sigrun", "sigrun", true, true},
	DelayStats:   {"Delaystats", "delaystats", false, true},
}

// Info holds the rows of one node. It is filled at start and only read afterwards.
type Info struct {
	rows    [sections][]Row
	offered map[string]Row // that have no place yet
}

// Offer takes rows of those who own what they tell. Order gives them their place.
func (i *Info) Offer(rows ...Row) {
	if i.offered == nil {
		i.offered = map[string]Row{}
	}
	for _, r := range rows {
		if _, twice := i.offered[r.Name]; twice {
			panic("BUG: two rows of INFO have the name " + r.Name)
		}
		i.offered[r.Name] = r
	}
}

// Order writes what was offered under these names, parted by blanks, in a section and in this order.
func (i *Info) Order(s Section, names string) {
	for name := range strings.FieldsSeq(names) {
		r, ok := i.offered[name]
		if !ok {
			panic("BUG: nobody tells INFO of " + name)
		}
		delete(i.offered, name)
		i.rows[s] = append(i.rows[s], r)
	}
}

// Ordered makes sure that nothing offered was left without a place.
func (i *Info) Ordered() {
	for name := range i.offered { // in any order
		panic("BUG: INFO has no place for " + name)
	}
}

// Reset has the counters that CONFIG RESETSTAT concerns begin anew.
func (i *Info) Reset() { i.Each(func(_ Section, r *Row) { r.reset() }) }

// Each calls fn for every row.
func (i *Info) Each(fn func(s Section, r *Row)) {
	for s := range i.rows {
		for n := range i.rows[s] {
			fn(Section(s), &i.rows[s][n])
		}
	}
}

// Render writes the sections a client asked for: names in any case, default, all  or everything;
// none means default. An unknown name asks for nothing. A section without rows is left out.
func (i *Info) Render(asked ...string) string {
	want := wanted(asked)
	var b strings.Builder
	for s := range sections {
		if !want[s] || len(i.rows[s]) == 0 {
			continue
		}
		if b.Len() > 0 {
			b.WriteString("\r\n")
		}
		b.WriteString("# " + layout[s].title + "\r\n")
		emit := func(name, value string) { b.WriteString(name + ":" + value + "\r\n") }
		for _, r := range i.rows[s] {
			if r.Lines != nil {
				r.Lines(emit)
			} else {
				emit(r.Name, r.Text())
			}
		}
	}
	return b.String()
}

func wanted(asked []string) (want [sections]bool) {
	if len(asked) == 0 {
		asked = []string{"default"}
	}
	for _, a := range asked {
		a = strings.ToLower(a)
		for s, l := range layout {
			hit := a == l.ask || a == "default" && l.byDefault || a == "all" && l.inAll ||
				a == "everything" && Section(s) != Debug
			want[s] = want[s] || hit
		}
	}
	return want
}

// Bytes writes a size the way INFO's _human fields do: 512B, 1.50K, 2.00G.
func Bytes(n uint64) string {
	if n < 1024 {
		return fmt.Sprintf("%dB", n)
	}
	f := float64(n) / 1024
	for _, unit := range "KMGTP" {
		if f < 1024 {
			return fmt.Sprintf("%.2f%c", f, unit)
		}
		f /= 1024
	}
	return fmt.Sprintf("%dB", n)
}
