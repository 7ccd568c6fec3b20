package hash

import (
	"fmt"
	"strings"
	"testing"

	"sigrun/storage/listpack"
)

// TestAdopt: a listpack that is taken as it is makes the hash that its fields make one by one; one that has a field twice, is too large, or has a field
// without a value, is left.
func TestAdopt(t *testing.T) {
	h := newAllocator(t, nil)
	var room Distinct
	for _, n := range []int{1, 2, fewFields, fewFields + 1, 100, usual.Pack} {
		lp := listpack.New(nil)
		var slowly Hash
		for i := range n {
			name, v := []byte(fmt.Sprint(i*7)), []byte(fmt.Sprint("v", i))
			if i%3 == 0 {
				name = []byte(fmt.Sprint("field", i))
			}
			lp = listpack.Append(listpack.Append(lp, name), v)
			slowly.Set(h, usual, slowly.Find(h, name), name, v, Never)
		}
		var x Hash
		if !x.Adopt(h, usual, lp, &room) || string(x.Raw()) != string(slowly.Raw()) {
			t.Fatalf("%d fields are not what they are one by one", n)
		}
		if v := x.Value(x.Find(h, []byte("field0"))); text(v) != "v0" {
			t.Errorf("%d fields: the first is %q", n, text(v))
		}
		for _, again := range []string{"field0", fmt.Sprint((n - 1) * 7)} {
			if (n-1)%3 == 0 && again != "field0" {
				continue
			}
			doubled := listpack.Append(listpack.Append(append([]byte(nil), lp...), []byte(again)), []byte("v"))
			if x = (Hash{}); x.Adopt(h, Limit{Pack: 1000, Value: 64}, doubled, &room) || !x.Empty() {
				t.Errorf("%d fields: %s is there twice", n, again)
			}
		}
		if x = (Hash{}); x.Adopt(h, Limit{Pack: n - 1, Value: 64}, lp, &room) || x.Adopt(h, usual, listpack.Append(append([]byte(nil), lp...), []byte("alone")), &room) {
			t.Errorf("%d fields, one more than may be, or one without a value", n)
		}
	}
	long := listpack.Append(listpack.Append(listpack.New(nil), []byte("f")), []byte(strings.Repeat("x", usual.Value+1)))
	if x := (Hash{}); x.Adopt(h, usual, long, &room) || x.Adopt(h, usual, listpack.New(nil), &room) {
		t.Error("a value that is too long, or nothing")
	}
}
