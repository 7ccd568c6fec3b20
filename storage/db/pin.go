package db

import "slices"

// Pin keeps a slot in the shard that owns it until Unpin: a value is being made in its memory for a key of the slot, while the token is given back now and
// then. The shard's token is held, for either.
func (s *Space) Pin(slot uint16) {
	sh := s.shards[s.slots.Owner(slot)]
	sh.pinned = append(sh.pinned, slot)
}

// Unpin takes back one Pin.
func (s *Space) Unpin(slot uint16) {
	sh := s.shards[s.slots.Owner(slot)]
	i := slices.Index(sh.pinned, slot)
	sh.pinned = slices.Delete(sh.pinned, i, i+1)
}
