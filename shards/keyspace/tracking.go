package keyspace

import "sigrun/shards/tracking"

// Why a shard is eventful: for what its own tables hold, or because somebody hears of prefixes.
const (
	local uint32 = 1 << iota
	broadcast
)

// Eventful reports whether somebody waits for, watches or tracks keys here, so that writes look no further otherwise.
func (s *Shard) Eventful() bool { return s.eventful.Load() != 0 }

func (s *Shard) setEventful(why uint32, on bool) {
	switch is := s.eventful.Load()&why != 0; {
	case on && !is:
		s.eventful.Or(why)
	case !on && is:
		s.eventful.And(^why)
	}
}

// TrackingBegan and TrackingEnded count the clients that track keys, and give each a place among them.
func (k *Keyspace) TrackingBegan(client uint64) (place int) { return k.Tracking.Began(client).Place }
func (k *Keyspace) TrackingEnded(client uint64, place int) {
	k.Tracking.Ended(tracking.Seat{Client: client, Place: place})
}

// Listen has a client hear of the changes of all keys with one of the prefixes, Leave no more. It needs no token: whoever gets one afterwards
// knows of it.
func (k *Keyspace) Listen(id uint64, noLoop bool, prefixes []string) {
	k.Tracking.Listen(tracking.Listener{ID: id, NoLoop: noLoop}, prefixes)
	k.broadcasts()
}

func (k *Keyspace) Leave(id uint64, prefixes []string) {
	k.Tracking.Leave(id, prefixes)
	k.broadcasts()
}

// broadcasts has shards know whether there are prefixes. Whoever changes them calls it behind that, so that the last one sees what there is in the end.
func (k *Keyspace) broadcasts() {
	k.listening.Lock()
	defer k.listening.Unlock()
	for i := range k.Shards {
		k.Shards[i].setEventful(broadcast, k.Tracking.Prefixes() != nil)
	}
}

// ForgetTracked forgets who holds what. All tokens are held.
func (k *Keyspace) ForgetTracked() {
	for i := range k.Shards {
		s := &k.Shards[i]
		if s.Tracked.Empty() {
			continue
		}
		k.Tracking.Count(s.Tracked.Clear().Less())
		s.Refresh()
	}
}
