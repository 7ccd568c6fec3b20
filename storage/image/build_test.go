package image

import (
	"testing"

	"sigrun/storage/rdb"
)

// What a hash left out because its time had come must say nothing about the value that comes next.
func TestBuilderForgetsTheValueBefore(t *testing.T) {
	w := newWorkshop(t)
	k := w.space.Hasher().Key([]byte("k"))
	w.b.Now = 1000
	w.b.Start(w.part, &k, 0)
	w.b.Begin(rdb.Hash, 1)
	if !w.b.Field([]byte("f"), []byte("v"), 999) || !w.b.Empty() {
		t.Fatal("a hash of a field whose time has come is not empty")
	}
	w.b.Drop()
	for range 2 {
		w.b.Start(w.part, &k, 0)
		w.b.Begin(rdb.String, 0)
		w.b.Text([]byte("a text behind it"))
		if w.b.Empty() {
			t.Fatal("a text is empty")
		}
		w.b.Finish(w.part.Find(&k))
	}
}
