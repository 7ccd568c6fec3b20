package script

import (
	"fmt"

	"sigrun/internal/metrics"
)

// Figures are what INFO tells of scripts and their interpreters.
func (b *Book) Figures() []metrics.Row {
	human := func(of func() int) func() string { return func() string { return metrics.Bytes(uint64(of())) } }
	rows := []metrics.Row{
		metrics.Count("evicted_scripts", b.Evictions.Load),
		metrics.Level("used_memory_lua", b.Compiled), metrics.Words("used_memory_lua_human", human(b.Compiled)),
		metrics.Level("used_memory_vm_eval", b.Compiled),
		metrics.Level("used_memory_vm_total", b.Compiled), metrics.Words("used_memory_vm_total_human", human(b.Compiled)),
		metrics.Level("used_memory_scripts_eval", b.Bytes),
		metrics.Level("used_memory_scripts", b.all), metrics.Words("used_memory_scripts_human", human(b.all)),
		metrics.Level("number_of_cached_scripts", b.Count),
		metrics.Level("used_memory_functions", b.Libraries.Bytes), metrics.Level("number_of_libraries", b.Libraries.Count),
		metrics.Level("engines_count", func() int { return 1 }),
		metrics.Level("engines_total_used_memory", b.Compiled),
		metrics.Words("engine_0", func() string {
			return fmt.Sprintf("name=LUA,module=built-in,abi_version=4,used_memory=%d,memory_overhead=0", b.Compiled())
		}),
	}
	return append(rows, metrics.Empty("engines_total_memory_overhead", "used_memory_vm_functions", "number_of_functions")...)
}

// all is the memory of scripts and libraries.
func (b *Book) all() int { return b.Bytes() + b.Libraries.Bytes() }
