package evict

// Policy is which keys go when memory is over its limit (maxmemory-policy).
type Policy struct {
	By       By
	Volatile bool // those alone that expire
}

// By is what makes one key a better one to go than another.
type By uint8

const (
	Nothing By = iota // none goes
	LRU               // it was not used for longer
	LFU               // it is used less often
	TTL               // it expires sooner
	Random
)

var policies = map[string]Policy{
	"volatile-lru": {LRU, true}, "volatile-lfu": {LFU, true}, "volatile-random": {Random, true}, "volatile-ttl": {TTL, true},
	"allkeys-lru": {LRU, false}, "allkeys-lfu": {LFU, false}, "allkeys-random": {Random, false}, "noeviction": {},
}

// Named is a policy by its name.
func Named(name string) Policy { return policies[name] }
