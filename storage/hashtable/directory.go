package hashtable

import "sigrun/internal/offheap"

// slot is where the word of page i stands.
func (t *Table) slot(i uint32) *page {
	if t.capacity == 0 {
		return &t.dir[i]
	}
	return offheap.At[page](t.array() + offheap.Ref(i)*pageWord)
}

func (t *Table) page(i uint32) page { return *t.slot(i) }

func (t *Table) array() offheap.Ref { return t.dir[0].at }

// addPage appends to the directory. An array that is full is copied into one
// an eighth larger: 16 bytes for every 50 keys, so even a table of ten million
// keys copies but 3 MB.
func (t *Table) addPage(h *Allocator, p page) {
	if t.pages == maxPages {
		panic("FATAL: a hash table has outgrown its directory")
	}
	if t.capacity == 0 && t.pages == inlinePages || t.capacity != 0 && t.pages == t.capacity {
		t.resize(h, int(t.pages)+1+int(t.pages)/8)
	}
	t.pages++
	*t.slot(t.pages - 1) = p
}

// dropPage removes the last page from the directory.
func (t *Table) dropPage(h *Allocator) {
	t.pages--
	if t.capacity != 0 && (t.pages <= inlinePages || t.pages < t.capacity/2) {
		t.resize(h, int(t.pages)+int(t.pages)/8)
	}
}

// resize moves the directory to a place for at least n words.
func (t *Table) resize(h *Allocator, n int) {
	old := *t
	if n <= inlinePages {
		t.capacity = 0
	} else {
		t.capacity = uint32(offheap.ClassSize(n*pageWord) / pageWord)
		t.dir[0].at = h.Arena.Alloc(int(t.capacity) * pageWord)
	}
	for i := uint32(0); i < t.pages; i++ {
		*t.slot(i) = *old.slot(i)
	}
	if old.capacity != 0 {
		h.Arena.Free(old.array(), int(old.capacity)*pageWord)
	}
}
