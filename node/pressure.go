package node

import (
	"fmt"
	"math"
	"os"
	"runtime/debug"
	"strconv"
	"strings"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"sigrun/internal/metrics"
	"sigrun/node/control"
	"sigrun/reactor/gate"
)

// pressure bounds what the whole process takes of the machine (process-memory-limit): the limit of the account falls when that comes near, so
// that keys go early; clients may take together what the rest leaves, or the heaviest go; Go's collector is told what is left for its heap; and in the
// end writes are refused. The heartbeat looks at it.
type pressure struct {
	m       *memory
	heap    func(limit int64) // tells the collector; nil: the node is not alone in the process
	limit   atomic.Int64      // bytes, 0: none
	allowed int64             // what the account may be, as of the last look; math.MaxInt64: anything
	crowd   int64             // what clients may take together, the same
	told    int64             // the heap's limit as of the last time
	refuses bool
	rows    struct{ refused, early atomic.Uint64 } // looks at which writes were refused, or room was made early
}

// Of the limit, in per cent: from where on keys go early, and from where on writes are refused. Between two looks the process may grow by
// what lies between.
const (
	earlyPercent   = 90
	refusePercent  = 97
	againPercent   = 95 // and from where on not any more
	fallsBy        = 64 // of the account, a part: the least that is left of it at the next look. Memory goes back later than keys
	leastHeapLimit = 16 << 20
	crowdPart      = 16       // of the limit, a part: clients may take as much at least, however little room there is
	program        = 12 << 20 // what the process takes besides keyspace and heap
)

// set takes what the parameter says: bytes, or negative for what the container allows.
func (p *pressure) set(bytes int64) {
	if bytes < 0 {
		bytes = containerLimit()
	}
	p.limit.Store(bytes)
	p.look()
}

// full says why the process may not take so many bytes more, of which at least half are for the keyspace, nil: it may. Any goroutine may ask.
func (p *pressure) full(more int64) error {
	limit := p.limit.Load()
	if limit == 0 {
		return nil
	}
	if more > 0 { // what the keyspace has free is resident already
		more -= min(max(p.m.n.region.Resident()-p.m.n.region.Handed(), 0), more/2)
	}
	if p.takes()+more <= limit/100*refusePercent {
		return nil
	}
	debug.FreeOSMemory() // garbage hinders nobody
	if takes := p.takes() + more; takes > limit/100*refusePercent {
		return fmt.Errorf("The dataset does not fit: the process would take %d bytes or more, and process-memory-limit is %d", takes, limit)
	}
	return nil
}

// takes is what the process takes, or may come to without a key more.
func (p *pressure) takes() int64 {
	return max(int64(control.ResidentBytes()), p.m.n.region.Resident()+leastHeapLimit+program)
}

// look compares what the process takes with its limit.
func (p *pressure) look() {
	limit := p.limit.Load()
	if limit == 0 {
		p.allowed, p.crowd = math.MaxInt64, math.MaxInt64
		p.m.n.engine.Settings.Compact.Urgent.Store(false)
		p.refuse(false)
		p.tellHeap(math.MaxInt64)
		return
	}
	keyspace := p.m.n.region.Resident()
	resident := p.takes()
	used := p.m.account.Sum()
	early := limit / 100 * earlyPercent
	p.allowed = max(used+early-resident, used-used/fallsBy)
	p.crowd = max((p.m.crowd.Account.Sum()+early-resident)/2, limit/crowdPart) // a buffer that grows leaves as much behind
	if resident > early {
		p.rows.early.Add(1)
	}
	p.m.n.engine.Settings.Compact.Urgent.Store(resident > early)
	p.refuse(resident > limit/100*refusePercent || p.refuses && resident > limit/100*againPercent)
	p.tellHeap(max(limit/100*againPercent-keyspace-program, leastHeapLimit))
}

func (p *pressure) refuse(on bool) {
	if on {
		p.rows.refused.Add(1)
	}
	if on != p.refuses {
		p.refuses = on
		p.m.evict.Fill(on)
		p.m.n.turnGate(gate.OverProcess, on)
	}
}

// tellHeap changes the heap's limit when it is another one by a tenth: each change stops the world for a moment.
func (p *pressure) tellHeap(limit int64) {
	if p.heap == nil || p.told != 0 && limit < p.told/10*11 && limit > p.told/10*9 || p.told == limit {
		return
	}
	p.told = limit
	p.heap(limit)
}

// Figures are what INFO tells.
func (p *pressure) Figures() []metrics.Row {
	return []metrics.Row{
		metrics.Level("process_memory_limit", p.limit.Load),
		metrics.Total("process_memory_early", p.rows.early.Load),
		metrics.Total("process_memory_refused", p.rows.refused.Load),
	}
}

// containerLimit is what the control group allows, of either version, or the machine's memory.
func containerLimit() int64 {
	least := int64(math.MaxInt64)
	var info unix.Sysinfo_t
	if unix.Sysinfo(&info) == nil {
		least = int64(info.Totalram) * int64(info.Unit)
	}
	for _, file := range groupFiles() {
		if text, err := os.ReadFile(file); err == nil {
			if n, err := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64); err == nil && n > 0 {
				least = min(least, n)
			}
		}
	}
	return least
}

// groupFiles are the files in which the limits of the process's groups and of those above them may stand.
func groupFiles() (files []string) {
	groups, _ := os.ReadFile("/proc/self/cgroup")
	for line := range strings.Lines(string(groups)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		if len(parts) < 3 {
			continue
		}
		root, name := "/sys/fs/cgroup", "/memory.max"
		if parts[1] == "memory" {
			root, name = "/sys/fs/cgroup/memory", "/memory.limit_in_bytes"
		} else if parts[1] != "" {
			continue
		}
		for path := parts[2]; ; path = path[:max(strings.LastIndexByte(path, '/'), 0)] {
			files = append(files, root+strings.TrimSuffix(path, "/")+name)
			if path == "" || path == "/" {
				break
			}
		}
	}
	return files
}
