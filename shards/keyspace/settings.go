package keyspace

import (
	"sigrun/protocol/resp"
	"sync/atomic"

	"sigrun/internal/locale"
)

// Settings are the configuration that execution looks at; the node's configuration
// stores into them.
type Settings struct {
	ListNodeLimit     atomic.Int64 // list-max-listpack-size
	StreamNodeBytes   atomic.Int64 // stream-node-max-bytes
	StreamNodeEntries atomic.Int64 // stream-node-max-entries
	SparseHLL         atomic.Int64 // hll-sparse-max-bytes
	ListDepth         atomic.Int64 // list-compress-depth
	ListLarge         atomic.Int64 // DEBUG QUICKLIST-PACKED-THRESHOLD, 0: as large as a node
	ZSetEntries       atomic.Int64 // zset-max-listpack-entries
	ZSetValue         atomic.Int64 // zset-max-listpack-value
	Set               SetSettings
	Hash              HashSettings
	ScriptsMayAll     atomic.Bool                // DEBUG SET-DISABLE-DENY-SCRIPTS
	ActiveExpire      atomic.Bool                // DEBUG SET-ACTIVE-EXPIRE
	ExpirePaused      atomic.Bool                // due keys are not there, but stay (CLIENT PAUSE)
	Import            atomic.Bool                // import-mode
	Loading           atomic.Bool                // the append-only file is read: of what is due nobody knows yet whether it is in the end
	AsRedis           atomic.Bool                // extended-redis-compatibility
	ExpireEffort      atomic.Int64               // active-expire-effort, 1 to 10
	MaxBulk           atomic.Int64               // proto-max-bulk-len
	LatencyTracking   atomic.Bool                // latency-tracking
	BusyThreshold     atomic.Int64               // busy-reply-threshold, ms
	CountUse          atomic.Bool                // maxmemory-policy is one of the LFU ones
	LFULogFactor      atomic.Int64               // lfu-log-factor
	LFUDecayTime      atomic.Int64               // lfu-decay-time, minutes
	EvictBy           atomic.Int64               // maxmemory-policy, an evict.By
	EvictVolatile     atomic.Bool                // and whether it is for keys alone that expire
	EvictSamples      atomic.Int64               // maxmemory-samples
	EvictFor          atomic.Int64               // maxmemory-eviction-tenacity, ns
	LazyEviction      atomic.Bool                // lazyfree-lazy-eviction
	RDBVersion        atomic.Int64               // rdb-save-version
	RDBCompress       atomic.Bool                // rdbcompression
	RDBRelaxed        atomic.Bool                // rdb-version-check
	Events            atomic.Int64               // notify-keyspace-events, as internal/config gives it
	Refused           atomic.Pointer[resp.Error] // why writes are refused: what they do cannot be kept; nil: they are not
	SkipChecksum      atomic.Bool                // DEBUG SET-SKIP-CHECKSUM-VALIDATION
	Compact           CompactSettings

	Collate atomic.Pointer[locale.Locale] // locale-collate, nil: bytes
}

// DueStays reports whether keys whose time has come stay until somebody writes to them: who reads finds nothing, and time alone removes nothing.
func (s *Settings) DueStays() bool { return s.ExpirePaused.Load() || s.Unevictable() }

// Unevictable reports whether no key makes room for others.
func (s *Settings) Unevictable() bool { return s.Import.Load() || s.Loading.Load() }

// SetSettings say up to where sets stay small.
type SetSettings struct {
	Ints  atomic.Int64 // set-max-intset-entries
	Pack  atomic.Int64 // set-max-listpack-entries
	Value atomic.Int64 // set-max-listpack-value
}

// HashSettings say up to where hashes stay small.
type HashSettings struct {
	Pack  atomic.Int64 // hash-max-listpack-entries
	Value atomic.Int64 // hash-max-listpack-value
}

// CompactSettings say when memory with holes is compacted (db.Space.Compact), and how much of
// a core that may take.
type CompactSettings struct {
	On       atomic.Bool  // activedefrag
	Urgent   atomic.Bool  // the process takes nearly all that it may: as much of a core as there ever is
	Tight    atomic.Bool  // memory is near its limit: holes that are worth it are closed, however few bytes they are and without On
	Ceiling  atomic.Int64 // bytes that may be handed out, holes included, before who makes room closes some (evict)
	Always   atomic.Bool  // holes or not, and whatever can move does: chaos
	Lower    atomic.Int64 // active-defrag-threshold-lower, holes in per cent of what is in use
	Upper    atomic.Int64 // active-defrag-threshold-upper
	Ignore   atomic.Int64 // active-defrag-ignore-bytes
	Least    atomic.Int64 // active-defrag-cycle-min, per cent of a core, from Lower on
	Most     atomic.Int64 // active-defrag-cycle-max, from Upper on
	Slice    atomic.Int64 // active-defrag-cycle-us
	Elements atomic.Int64 // active-defrag-max-scan-fields
}
