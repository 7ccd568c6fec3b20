package config

import "math"

const (
	maxInt32  int64 = math.MaxInt32
	maxUint32 int64 = math.MaxUint32
	maxInt64  int64 = math.MaxInt64
)

var networkRows = []Row{
	{Name: "port", Kind: Int, Max: 65535, Default: "6379", Flags: Hooked,
		Doc: "TCP port to listen on; 0 listens on none."},
	{Name: "bind", Kind: List, Default: "* -::*", Flags: Hooked, Check: maxWords(16, "Too many bind addresses specified."),
		Doc: "Addresses to listen on; one that starts with - may be unavailable. Empty listens on none."},
	{Name: "unixsocket", Kind: String, Flags: Immutable,
		Doc: "Path of a Unix socket to listen on besides; empty for none."},
	{Name: "unixsocketgroup", Kind: String, Flags: Immutable,
		Doc: "Group that owns the Unix socket, by name or number; empty leaves it to the system."},
	{Name: "unixsocketperm", Kind: Octal, Max: 0777, Default: "0", Flags: Immutable,
		Doc: "Permission bits of the Unix socket, octal; 0 leaves them to the umask."},
	{Name: "tcp-backlog", Kind: Int, Max: maxInt32, Default: "511", Flags: Immutable,
		Doc: "Connections that the kernel holds before they are accepted; it lowers this to its own limit."},
	{Name: "tcp-keepalive", Kind: Int, Max: maxInt32, Default: "300",
		Doc: "Seconds between keep-alive probes on client connections, for connections made from now on; 0 sends none."},
	{Name: "timeout", Kind: Int, Max: maxInt32, Default: "0",
		Doc: "Seconds after which an idle client is closed; 0 never. Blocked and subscribed clients are not idle."},
	{Name: "protected-mode", Kind: Bool, Default: "yes",
		Doc: "Refuse clients from other machines while no password is set."},
	{Name: "mptcp", Kind: Bool, Default: "no", Flags: Immutable,
		Doc: "Listen for Multipath TCP where the kernel has it."},
	{Name: "socket-mark-id", Kind: Int, Max: maxUint32, Default: "0", Flags: Immutable,
		Doc: "Mark that the kernel's routing sees on the sockets that the server listens on; 0 for none. The server needs the right to set it (CAP_NET_ADMIN), and logs a warning without."},
	{Name: "max-new-connections-per-cycle", Kind: Int, Min: 1, Max: 1000, Default: "10", Inert: Kept,
		Doc: "Connections accepted in one turn. No effect: every listener accepts on a goroutine of its own, one connection at a time."},
	{Name: "rdma-bind", Kind: List, Inert: Kept, Needs: "RDMA", Doc: "Addresses to listen on for RDMA."},
	{Name: "rdma-port", Kind: Int, Max: 65535, Default: "0", Inert: Barred, Needs: "RDMA", Doc: "Port to listen on for RDMA; 0 for none."},
	{Name: "rdma-rx-size", Kind: Int, Min: 64 << 10, Max: 16 << 20, Default: "1048576", Flags: Immutable, Inert: Kept, Needs: "RDMA",
		Doc: "Bytes of the receive buffer of an RDMA connection."},
	{Name: "rdma-completion-vector", Kind: Int, Min: -1, Max: 1024, Default: "-1", Flags: Immutable, Inert: Kept, Needs: "RDMA",
		Doc: "Completion vector of RDMA connections; -1 takes any."},
}

var clientRows = []Row{
	{Name: "maxclients", Kind: Int, Min: 1, Max: maxUint32, Default: "10000",
		Doc: "Clients connected at once; further ones get an error and are closed."},
	{Name: "client-output-buffer-limit", Kind: Custom, Parse: parseOutputLimits,
		Default: "normal 0 0 0 slave 268435456 67108864 60 pubsub 33554432 8388608 60",
		Doc:     "Per class (normal, replica, pubsub): hard limit, soft limit, seconds above the soft limit after which a client that does not read is closed. 0 is no limit. All bytes count that are held for the client; Valkey does not count bulk strings of 16 KiB (with I/O threads 64 KiB) and more, values and messages that it sends from where they lie, and keeps a client that is owed many of them."},
	{Name: "client-query-buffer-limit", Kind: Memory, Min: 1 << 20, Max: maxInt64, Default: "1073741824",
		Doc: "Bytes of an unfinished command that are held for one client before it is closed."},
	{Name: "proto-max-bulk-len", Kind: Memory, Min: 1 << 20, Max: maxInt64, Default: "536870912",
		Doc: "Largest single argument."},
	{Name: "maxmemory-clients", Kind: Share, Min: -100, Max: maxInt64, Default: "0",
		Doc: "Memory that all clients together may hold, in bytes or per cent of maxmemory; 0 is no limit."},
	{Name: "requirepass", Kind: String, Flags: Sensitive,
		Doc: "Password of the default user; empty for none."},
	{Name: "aclfile", Kind: String, Flags: Immutable | Empty,
		Doc: "File of users and what they may do, a line for each; then no user lines may stand in the configuration."},
	{Name: "acl-pubsub-default", Kind: Enum, Values: []string{"allchannels", "resetchannels"}, Default: "resetchannels",
		Doc: "Channels that a new user, or a new selector of one, may reach."},
	{Name: "acllog-max-len", Kind: Int, Max: maxInt64, Default: "128", Doc: "Entries of the log of refused commands, ACL LOG."},
	{Name: "tracking-table-max-keys", Kind: Int, Max: maxInt64, Default: "1000000",
		Doc: "Keys that are remembered for clients which hold them in caches of their own (CLIENT TRACKING); of one that is forgotten since there are more, they are told as of a change. 0 is no limit."},
	{Name: "notify-keyspace-events", Kind: String, Check: checkNotify, Flags: Empty,
		Doc: "Classes of keyspace events that are published: K keyspace, E keyevent, g generic, $ strings, l lists, s sets, h hashes, z sorted sets, x expired, e evicted, t streams, d modules, n new keys, m misses, A for g$lshzxetd. Empty publishes none."},
	{Name: "min-io-threads-avoid-copy-reply", Kind: Int, Max: maxInt32, Default: "7", Flags: Hidden, Inert: Kept, Doc: noCopyDoc},
	{Name: "min-string-size-avoid-copy-reply", Kind: Int, Max: maxInt32, Default: "16384", Flags: Hidden, Inert: Kept, Doc: noCopyDoc},
	{Name: "min-string-size-avoid-copy-reply-threaded", Kind: Int, Max: maxInt32, Default: "65536", Flags: Hidden, Inert: Kept, Doc: noCopyDoc},
}

const noCopyDoc = "No effect: replies are written once, into the buffer that is sent."
