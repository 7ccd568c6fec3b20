package db

import "sigrun/internal/offheap"

// A mark is a moment: Space.Mark, under all tokens. From then on every entry knows whether it has changed since, by a bit that is
// turned around with every mark, and one that was not saved yet is handed to a Saver before it changes or goes. So the whole
// keyspace of that moment can be walked over in slices while commands go on:
//
//	the walker   Part.Scan, and Save of what Unsaved finds
//	commands     Changing, and every method of Part that changes or removes an entry
//	Space.Step   what Flush has retired, before it is freed; Owed tells whether there is any
//
// What is made after the mark is born saved.
const savedBit = 1 << 7

// Saver takes what the moment of a mark held. The token of the part's shard is held.
type Saver interface {
	// Save is given an entry as it was at the mark, before its first change; it must not change the part.
	Save(p *Part, e Entry)
	// Full reports whether so much lies aside that what can wait should.
	Full() bool
}

// Mark starts saving into s. All tokens are held, no other mark is being saved, and of the last one everything was.
func (s *Space) Mark(to Saver) {
	for _, sh := range s.shards {
		sh.saver = to
		sh.saved ^= savedBit
		sh.marks++
	}
}

// Unmark ends it: all entries were saved, or never will be. All tokens are held. An entry that was not saved belongs to a mark that
// nobody asks for any more; the rest of the walk marks it saved and writes nothing (MarkSaved).
func (s *Space) Unmark() {
	for _, sh := range s.shards {
		sh.saver = nil
		sh.alloc.Arena.UnwatchAll()
		sh.readings = nil
	}
}

// Unsaved reports whether e is as it was at the mark and was not saved yet.
func (p *Part) Unsaved(e Entry) bool { return e.flags()&savedBit != p.shard.saved }

// MarkSaved notes that e was saved.
func (p *Part) MarkSaved(e Entry) {
	if p.Unsaved(e) {
		e.flip()
	}
}

// Changing is called before the value of e is changed in place.
func (p *Part) Changing(e Entry) {
	if p.shard.saver != nil {
		p.save(e)
	}
}

func (p *Part) save(e Entry) {
	if p.Unsaved(e) {
		p.shard.saver.Save(p, e)
		e.flip()
	}
}

func (e Entry) flip() { *offheap.At[byte](offheap.Ref(e)) ^= savedBit }
