package keyspace

import (
	"sigrun/storage/hash"
	"sigrun/storage/image"
	"sigrun/storage/quicklist"
	"sigrun/storage/set"
	"sigrun/storage/zset"
)

// Limits are how large values may grow in their small forms.
func (k *Keyspace) Limits() image.Limits {
	return image.Limits{List: k.ListLimit(), Set: k.SetLimit(), ZSet: k.ZSetLimits(), Hash: k.HashLimit()}
}

// ListLimit bounds the nodes of lists.
func (k *Keyspace) ListLimit() quicklist.Limit {
	s := k.Settings
	m := quicklist.LimitOf(int(s.ListNodeLimit.Load()))
	m.Depth, m.Large = int(s.ListDepth.Load()), int(s.ListLarge.Load())
	return m
}

// SetLimit says up to where sets stay small.
func (k *Keyspace) SetLimit() set.Limit {
	s := &k.Settings.Set
	return set.Limit{Ints: int(s.Ints.Load()), Pack: int(s.Pack.Load()), Value: int(s.Value.Load())}
}

// HashLimit says up to where hashes stay small.
func (k *Keyspace) HashLimit() hash.Limit {
	s := &k.Settings.Hash
	return hash.Limit{Pack: int(s.Pack.Load()), Value: int(s.Value.Load())}
}

// ZSetLimits say up to where sorted sets stay small.
func (k *Keyspace) ZSetLimits() zset.Limits {
	return zset.Limits{Entries: int(k.Settings.ZSetEntries.Load()), Value: int(k.Settings.ZSetValue.Load())}
}
