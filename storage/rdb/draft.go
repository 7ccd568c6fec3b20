package rdb

// Draft is records that were written into memory. Where that was in a hurry, by who holds a token, strings that may gain by it are not compressed yet; Writer.Adopt
// makes up for that, where nobody waits. It is a list of pieces of memory, as one that grows would be copied over and over.
type Draft struct {
	parts [][]byte
	late  []late
	bytes int
}

// late is a string that was not compressed, behind its length.
type late struct{ part, at, length int32 }

// drafting is what a Writer of drafts has.
type drafting struct {
	Draft
	hurry bool
	spare [][]byte
	most  int           // bytes of a draft (Hands)
	take  func(d Draft) // nil: they are taken (Take)
	long  func(v []byte)
}

// NewDrafter makes a Writer into memory that writes drafts (Take) in a hurry; NewPieces one that takes its time.
func NewDrafter(form Form) *Writer { return &Writer{form: form, draft: &drafting{hurry: true}} }
func NewPieces(form Form) *Writer  { return &Writer{form: form, draft: &drafting{}} }

// Hands has a Writer of drafts give them away as soon as they have that many bytes. A string that is longer it gives to long as it is, behind what stands before that:
// so one value never takes more memory than that, whatever its size. What is left in the end, Take has.
func (w *Writer) Hands(most int, take func(d Draft), long func(v []byte)) {
	w.draft.most, w.draft.take, w.draft.long = most, take, long
}

// Size is how many bytes a draft has.
func (d *Draft) Size() int { return d.bytes }

// cut goes on in another piece of memory.
func (w *Writer) cut() {
	d := w.draft
	w.keepPart()
	if d.take != nil && d.bytes >= d.most {
		d.take(w.Take()) // which may have it Reuse another
	}
	if w.buf != nil {
		return
	}
	if last := len(d.spare) - 1; last >= 0 {
		w.buf, d.spare = d.spare[last], d.spare[:last]
	} else {
		w.buf = make([]byte, 0, bufferSize+bufferSize/4)
	}
}

func (w *Writer) keepPart() {
	w.draft.parts = append(w.draft.parts, w.buf)
	w.draft.bytes += len(w.buf)
	w.base += int64(len(w.buf))
	w.buf = nil
}

// passes reports whether it has given away a string that is too long to stand in a draft.
func (w *Writer) passes(v []byte) bool {
	d := w.draft
	if d == nil || d.long == nil || len(v) <= d.most {
		return false
	}
	if rest := w.Take(); rest.Size() > 0 {
		d.take(rest)
	}
	d.long(v)
	return true
}

// defers notes that a string comes next which is to be compressed later.
func (w *Writer) defers(length int) {
	w.room()
	w.draft.late = append(w.draft.late, late{int32(len(w.draft.parts)), int32(len(w.buf)), int32(length)})
}

// Take gives away what a Writer of drafts has written so far.
func (w *Writer) Take() (d Draft) {
	if len(w.buf) > 0 {
		w.keepPart()
	}
	d, w.draft.Draft = w.draft.Draft, Draft{}
	return d
}

// Reuse has a Writer of drafts write over one that nobody needs any more.
func (w *Writer) Reuse(d Draft) {
	const most = 4 // pieces
	for _, b := range d.parts {
		if len(w.draft.spare) < most && cap(b) <= 2*bufferSize {
			w.draft.spare = append(w.draft.spare, b[:0])
		}
	}
	if last := len(w.draft.spare) - 1; last >= 0 && w.buf == nil {
		w.buf, w.draft.spare = w.draft.spare[last], w.draft.spare[:last]
	}
	if w.draft.late == nil {
		w.draft.late = d.late[:0]
	}
}

// Adopt writes what a draft holds, as it would have been written without hurry.
func (w *Writer) Adopt(d Draft) {
	next := 0
	for i, b := range d.parts {
		from := 0
		for ; next < len(d.late) && int(d.late[next].part) == i; next++ {
			if !w.form.Compress {
				continue
			}
			l := d.late[next]
			begin := int(l.at) + lengthSize(uint64(l.length))
			end := begin + int(l.length)
			w.copy(b[from:l.at])
			w.room()
			if from = end; !w.compressed(b[begin:end]) {
				w.copy(b[l.at:end])
			}
		}
		w.copy(b[from:])
	}
}

// Piece writes bytes of a string of which so far only the Length was written.
func (w *Writer) Piece(b []byte) { w.copy(b) }

// copy writes bytes of records.
func (w *Writer) copy(b []byte) {
	if len(b) > 0 {
		w.room()
		w.raw(b)
	}
}

// lengthSize is how many bytes Length writes.
func lengthSize(n uint64) int {
	switch {
	case n < 1<<6:
		return 1
	case n < 1<<14:
		return 2
	}
	return 5
}
