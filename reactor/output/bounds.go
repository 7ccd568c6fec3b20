package output

import "sigrun/reactor/admission"

// class is the one of client-output-buffer-limit. Who reads MONITOR alone is a normal client, as in CLIENT LIST TYPE.
func (o *Output) class() *ClassLimit {
	if *o.flags&admission.Subscribed != 0 {
		return &o.sender.Limits.Class[ClassPubSub]
	}
	return &o.sender.Limits.Class[ClassNormal]
}

// hard bounds what a client may be owed, 0: nothing does. One that nobody knows yet, and
// that has to say who it is, may be owed little.
func (o *Output) hard() int64 {
	if *o.flags&admission.Unauthenticated != 0 && !o.Known {
		return mostUnknown
	}
	return o.class().Hard.Load()
}

// Most is from what size on a reply is not delivered, 0: there is none.
func (o *Output) Most() int {
	if hard := o.hard(); hard > 0 {
		return int(hard + uncounted)
	}
	return 0
}

// Exceeds closes a connection that would be owed n bytes more than its limit allows, and reports
// whether it did.
func (o *Output) Exceeds(n int) bool {
	most := o.Most()
	if most == 0 || len(o.rest)+max(n, int(o.sender.Limits.LeastReply.Load())) < most {
		return false
	}
	o.Kill()
	return true
}

// Full reports whether a turn has collected as much as it may before it writes. What goes beyond the limit is to be seen before any
// of it is sent.
func (o *Output) Full() bool { return len(o.sender.B) >= flushAt && o.full() }

func (o *Output) full() bool {
	return len(o.sender.B) >= int(max(flushAt, min(o.hard()+uncounted, mostHeld)))
}

// Choked reports whether the peer must read before more is executed for it.
func (o *Output) Choked() bool { return len(o.rest) >= chokedInCrowd && o.choked() }

func (o *Output) choked() bool {
	n, all := len(o.rest), o.sender.Limits.Outstanding.Load()
	if n < o.indulged {
		return all >= mostOwed
	}
	return n >= chokedAt || all >= crowdedAt
}

// Indulge lets a peer that does not read be owed twice as much as it is: it may be one that sends all that it has to ask before it reads, and waits for
// that to be taken. False: all together are owed too much.
func (o *Output) Indulge() bool {
	if o.sender.Limits.Outstanding.Load() >= mostOwed {
		return false
	}
	o.indulged = 2 * max(len(o.rest), chokedAt/2)
	return true
}

// account notes more bytes held for the connection and closes it when they exceed the
// limits of its class.
func (o *Output) account(more int) {
	s := o.sender
	s.Limits.Outstanding.Add(int64(more))
	if o.overLimit(s.Clock.Millis()) {
		o.Kill()
	} else if o.softSince != 0 && !o.softListed {
		o.softListed = true
		s.overSoft = append(s.overSoft, o)
		s.wantsTick.Store(true)
	}
}

// overLimit reports whether client-output-buffer-limit closes the connection.
func (o *Output) overLimit(now int64) bool {
	n := int64(len(o.rest))
	if hard := o.hard(); hard > 0 && n >= hard {
		return true
	}
	class := o.class()
	soft := class.Soft.Load()
	if soft <= 0 || n < soft {
		o.softSince = 0
		return false
	}
	if o.softSince == 0 {
		o.softSince = now
	}
	return now-o.softSince > class.SoftSeconds.Load()*1000
}

// WantsTick reports whether Tick has something to do. Any goroutine may ask.
func (s *Sender) WantsTick() bool { return s.wantsTick.Load() }

// Tick is called about ten times a second while the sender WantsTick: it closes the
// connections that have been over their soft limit for too long, and gives back buffers that are not used.
func (s *Sender) Tick() {
	s.lapse()
	now := s.Clock.Millis()
	list := s.overSoft // who is closed may bring others over the limit
	s.overSoft = nil
	keep := list[:0]
	for _, o := range list {
		switch {
		case o.closed || o.softSince == 0:
			o.softListed = false
		case o.overLimit(now):
			o.softListed = false
			o.Kill()
		case o.softSince == 0: // it is below again
			o.softListed = false
		default:
			keep = append(keep, o)
		}
	}
	clear(list[len(keep):])
	s.overSoft = append(keep, s.overSoft...)
	s.wantsTick.Store(len(s.overSoft) > 0 || s.kept > 0)
}
