package call

// Origin is who brought a change about. Expiry and consumers of commits ask it.
type Origin uint8

const (
	ByClient       Origin = iota
	ByScript              // a command of a script
	ByWaiter              // a client that had waited for a key, when it was served
	ByExpiry              // a key or a field whose time had come
	ByEviction            // a key that made room
	ByCleanup             // keys of a slot that is another node's now
	ByImportSource        // a client that fills a node in import mode (CLIENT IMPORT-SOURCE)
	ByAOF                 // the append-only file that is being loaded
	BySlotImport          // a slot on its way here; nothing makes these three yet
	ByPrimary             // the primary that this node replicates
	ByModule
)

// Timeless reports whether nothing has expired for it: what was due was removed where it comes from, and it says so.
func (o Origin) Timeless() bool { return o >= ByImportSource && o <= ByPrimary }
