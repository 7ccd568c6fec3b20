package control

import (
	"strings"

	"sigrun/internal/metrics"
)

// never and nothing are the counters and the levels of what is not built yet, or never will be: a reply has the buffer of its loop, a
// table never has a second one.
const (
	never = `total_net_repl_input_bytes total_net_repl_output_bytes
	total_net_cluster_slot_import_bytes total_net_cluster_slot_export_bytes sync_full sync_partial_ok sync_partial_err
	total_forks
	unexpected_error_replies reply_buffer_shrinks reply_buffer_expands master_repl_offset eventloop_duration_aof_sum`
	nothing = `cluster_connections allocator_muzzy mem_replication_backlog
	mem_total_replication_buffers mem_clients_slaves mem_cluster_links mem_cluster_slot_import mem_cluster_slot_export
	mem_overhead_db_hashtable_rehashing 
	module_fork_in_progress module_fork_last_cow_size slot_migration_fork_in_progress
	latest_fork_usec slave_expires_tracked_keys connected_slaves replicas_waiting_psync repl_backlog_active
	repl_backlog_first_byte_offset repl_backlog_histlen`
)

// laterFigures tell that there is nothing to tell.
func (k *Control) laterFigures() []metrics.Row {
	rows := append(metrics.Zeros(strings.Fields(never)...), metrics.Empty(strings.Fields(nothing)...)...)
	return append(rows,
		metrics.Fixed("instantaneous_input_repl_kbps", "0.00"), metrics.Fixed("instantaneous_output_repl_kbps", "0.00"),
		metrics.Fixed("expired_keys_with_volatile_items_stale_perc", "0.00"), // what is due is found, not looked for
		metrics.Fixed("role", "master"), metrics.Fixed("master_failover_state", "no-failover"),
		metrics.Fixed("master_replid", k.Facts.RunID), metrics.Fixed("master_replid2", "0000000000000000000000000000000000000000"),
		metrics.Fixed("second_repl_offset", "-1"), metrics.Fixed("repl_backlog_size", "10485760"),
		metrics.Lines("modules", func(func(name, value string)) {})) // there are none, as the section says
}
