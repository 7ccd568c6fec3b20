package quicklist

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"slices"
	"strconv"
	"testing"

	"sigrun/internal/offheap"
	"sigrun/storage/listpack"
)

func newArena(t testing.TB) *offheap.Arena {
	region, err := offheap.NewRegion(1 << 30)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { region.Close() })
	return region.NewArena()
}

// check compares a list with its model, in every way of looking at it.
func check(t *testing.T, l *List, a *offheap.Arena, model [][]byte) {
	t.Helper()
	if l.Len() != len(model) {
		t.Fatalf("Len %d, want %d", l.Len(), len(model))
	}
	i := 0
	for it := l.From(0); it.Next(); i++ {
		if !bytes.Equal(it.Value(), model[i]) {
			t.Fatalf("element %d is %q, want %q", i, it.Value(), model[i])
		}
	}
	back := len(model)
	for it := l.BackFrom(back - 1); it.Next(); {
		if back--; !bytes.Equal(it.Value(), model[back]) {
			t.Fatalf("backwards, element %d is %q, want %q", back, it.Value(), model[back])
		}
	}
	if i != len(model) || back != 0 {
		t.Fatalf("%d elements forwards, %d missing backwards, want %d", i, back, len(model))
	}
	checkNodes(t, l, len(model))
	if a.Used() != l.Bytes() {
		t.Fatalf("the arena has %d bytes, the list %d", a.Used(), l.Bytes())
	}
}

func checkNodes(t *testing.T, l *List, want int) {
	t.Helper()
	nodes, elements := 0, 0
	l.Packs(func(b []byte, plain bool) bool {
		nodes++
		switch {
		case plain:
			elements++
		case !listpack.Valid(b) || listpack.Count(b) == 0:
			t.Fatalf("node %d is no listpack: %x", nodes, b)
		default:
			elements += listpack.Count(b)
		}
		return true
	})
	if l.head != 0 && (at(l.head).kind|at(l.tail).kind)&folded != 0 {
		t.Fatal("an end is folded")
	}
	if nodes != l.Nodes() || elements != want || !l.Quick() && nodes > 1 {
		t.Fatalf("%d nodes, %d elements in them", nodes, elements)
	}
}

// script runs the bytes of a fuzzer as operations on a list and on its model.
func script(t *testing.T, a *offheap.Arena, in []byte) {
	limits := []Limit{{Bytes: 64, Count: 100}, {Bytes: 128, Count: 4}, LimitOf(-2), {Bytes: 8 << 10, Count: 3, Large: 100},
		{Bytes: 512, Count: 100, Depth: 1}, {Bytes: 8 << 10, Count: 5, Large: 150, Depth: 2}}
	if len(in) == 0 {
		return
	}
	m := limits[in[0]%6]
	var l List
	var model [][]byte
	for in = in[1:]; len(in) >= 2; in = in[2:] {
		model = operate(t, &l, a, m, model, in[0], in[1])
		if in[0]%16 == 0 {
			check(t, &l, a, model)
		}
	}
	check(t, &l, a, model)
	var copied List
	l.Clone(&copied, a)
	l.Free(a)
	check(t, &copied, a, model)
	for copied.FreeStep(a, 2) {
	}
	check(t, &copied, a, nil)
}

// operate does one operation on both and gives the new model.
func operate(t *testing.T, l *List, a *offheap.Arena, m Limit, model [][]byte, what, how byte) [][]byte {
	v := element(how)
	n := len(model)
	switch what % 14 {
	case 0, 1:
		l.PushFront(a, m, v)
		return append([][]byte{v}, model...)
	case 2, 3:
		l.PushBack(a, m, v)
		return append(model, v)
	case 4:
		got, ok := l.PopFront(a, m, nil)
		if ok != (n > 0) || ok && !bytes.Equal(got, model[0]) {
			t.Fatalf("PopFront: %q, %v", got, ok)
		}
		return model[min(1, n):]
	case 5:
		got, ok := l.PopBack(a, m, nil)
		if ok != (n > 0) || ok && !bytes.Equal(got, model[n-1]) {
			t.Fatalf("PopBack: %q, %v", got, ok)
		}
		return model[:max(0, n-1)]
	case 6, 7:
		look(t, l, model, what, how)
	case 8, 9:
		i := int(how) % (n + 1)
		l.Insert(a, m, i, v)
		return slices.Insert(slices.Clone(model), i, v)
	case 10:
		if n > 0 {
			i := int(how) * 7 % n
			l.Set(a, m, i, v)
			model = slices.Clone(model)
			model[i] = v
		}
	case 11:
		i := int(how>>4) % (n + 1)
		k := min(int(how&7), n-i)
		l.Remove(a, m, i, k)
		return slices.Delete(slices.Clone(model), i, i+k)
	case 12, 13:
		return removeEqual(t, l, a, m, model, how, what%14 == 12)
	}
	return model
}

// removeEqual takes elements like one of the list out of both.
func removeEqual(t *testing.T, l *List, a *offheap.Arena, m Limit, model [][]byte, how byte, backwards bool) [][]byte {
	v := element(how)
	if len(model) > 0 && how%4 != 0 {
		v = model[int(how)%len(model)]
	}
	limit := int(how%3) + 1
	if how%5 == 0 {
		limit = len(model) + 1
	}
	d := NeedleOf(v)
	got := l.RemoveEqual(a, m, &d, limit, backwards)
	model = slices.Clone(model)
	if backwards {
		slices.Reverse(model)
	}
	want := 0
	model = slices.DeleteFunc(model, func(e []byte) bool {
		gone := want < limit && bytes.Equal(e, v)
		if gone {
			want++
		}
		return gone
	})
	if backwards {
		slices.Reverse(model)
	}
	if got != want {
		t.Fatalf("%d elements like %q removed, want %d", got, v, want)
	}
	return model
}

// look reads from both.
func look(t *testing.T, l *List, model [][]byte, what, how byte) {
	n := len(model)
	if what%14 == 6 {
		var room Room
		i := int(int8(how))
		got, ok := l.Index(i, &room)
		if i < 0 {
			i += n
		}
		if ok != (i >= 0 && i < n) || ok && !bytes.Equal(got, model[i]) {
			t.Fatalf("Index %d of %d: %q, %v", i, n, got, ok)
		}
		return
	}
	start, stop := int(how>>4), int(how&15)
	i := start
	l.Range(start, stop, func(v []byte) bool {
		if !bytes.Equal(v, model[i]) {
			t.Fatalf("Range: element %d is %q, want %q", i, v, model[i])
		}
		i++
		return true
	})
	if want := max(start, min(stop+1, n)); i != want {
		t.Fatalf("Range %d %d of %d stopped at %d", start, stop, n, i)
	}
}

// element makes an element: a number, a short or a long string.
func element(seed byte) []byte {
	switch {
	case seed < 60:
		return []byte(strconv.Itoa(int(seed) << (seed % 50)))
	case seed < 220:
		return bytes.Repeat([]byte{seed}, int(seed)-60)
	}
	return bytes.Repeat([]byte{seed}, int(seed)*40)
}

func FuzzQuicklist(f *testing.F) {
	var push, queue, edit []byte
	for i := range 400 {
		push = append(push, byte(i%4), byte(i))
		queue = append(queue, 0, byte(i*7), 5, 0, 2, byte(i), 3, byte(i))
		edit = append(edit, byte(i%3), byte(i*3), byte(8+i%4), byte(i*5))
	}
	for limit := range byte(6) {
		f.Add(append([]byte{limit}, push...))
		f.Add(append([]byte{limit}, queue...))
		f.Add(append([]byte{limit}, edit...))
	}
	a := newArena(f)
	f.Fuzz(func(t *testing.T, in []byte) {
		if len(in) < 3000 {
			script(t, a, in)
		}
	})
}

func TestAgainstModel(t *testing.T) {
	a := newArena(t)
	state := uint64(1)
	for range 300 {
		in := make([]byte, 600)
		for i := 0; i < len(in); i += 8 {
			state = state*6364136223846793005 + 1442695040888963407
			binary.LittleEndian.PutUint64(in[i:], state^state>>29)
		}
		script(t, a, in)
	}
}

// The bounds of list-max-listpack-size -2, worked out by hand from Valkey's rules.
func TestEncoding(t *testing.T) {
	a, m := newArena(t), LimitOf(-2)
	var l List
	for l.Len() < 1000 && !l.Quick() {
		l.PushBack(a, m, []byte("0123456789abcdef"))
	}
	// 454 entries of 18 bytes and 7: one more bare length is 8195.
	if l.Len() != 455 {
		t.Errorf("a quicklist at %d elements", l.Len())
	}
	for l.Quick() {
		l.DropBack(a, m)
	}
	if l.Len() != 227 {
		t.Errorf("a listpack again at %d elements", l.Len())
	}
	l.Free(a)
	l.PushBack(a, m, make([]byte, 8185))
	if l.Quick() {
		t.Error("8192 bytes are a listpack")
	}
	l.Free(a)
	l.PushBack(a, m, make([]byte, 8186))
	if !l.Quick() {
		t.Error("8193 bytes are a quicklist")
	}
	l.Free(a)
	if a.Used() != 0 || l != (List{}) {
		t.Errorf("%d bytes left, %+v", a.Used(), l)
	}
}

// folds counts the folded nodes; the ends, depth of them, must not be among them.
func folds(t *testing.T, l *List, depth int) (n int) {
	t.Helper()
	i := 0
	for r := l.head; r != 0; r = at(r).next {
		if at(r).kind&folded != 0 {
			n++
			if i < depth || i >= l.Nodes()-depth {
				t.Fatalf("node %d of %d is folded", i, l.Nodes())
			}
		}
		i++
	}
	return n
}

// Nodes are folded and unfolded as they come to lie inside or at an end.
func TestFold(t *testing.T) {
	a, m := newArena(t), Limit{Bytes: 1 << 10, Count: 1<<16 - 1, Depth: 2}
	var l List
	var model [][]byte
	for i := range 1000 {
		model = append(model, fmt.Appendf(nil, "an element like all the others but for its number, %d", i))
		l.PushBack(a, m, model[i])
	}
	check(t, &l, a, model)
	if n := folds(t, &l, 2); n != l.Nodes()-4 || l.Bytes() > l.Unfolded()/2 {
		t.Errorf("%d of %d nodes are folded, %d bytes instead of %d", n, l.Nodes(), l.Bytes(), l.Unfolded())
	}
	edits := []func(i int){
		func(i int) { l.Set(a, m, i, []byte("short")) }, func(i int) { l.Set(a, m, i, bytes.Repeat([]byte("long "), 300)) },
		func(i int) { l.Insert(a, m, i, []byte("one more of them, and larger than the others")) }, func(i int) { l.Remove(a, m, i, 40) },
	}
	for i := range 40 {
		edits[i%4](50 + i*13)
		if n := folds(t, &l, 2); n < l.Nodes()-4-8 { // some are too small
			t.Fatalf("after edit %d, %d of %d nodes are folded", i, n, l.Nodes())
		}
	}
	d := NeedleOf([]byte("short"))
	l.RemoveEqual(a, m, &d, 100, true)
	folds(t, &l, 2)
	for l.Len() > 0 { // without compression from now on
		l.DropFront(a, LimitOf(-2))
		folds(t, &l, 1)
		if l.Len() > 0 {
			l.DropBack(a, LimitOf(-2))
		}
	}
	if a.Used() != 0 {
		t.Errorf("%d bytes are left", a.Used())
	}
}

// What compressing does not make smaller is tried once.
func TestFirm(t *testing.T) {
	a, m := newArena(t), Limit{Bytes: 1 << 10, Count: 1<<16 - 1, Depth: 1}
	var l List
	r := uint64(1)
	for range 1000 {
		r = r*6364136223846793005 + 1442695040888963407
		l.PushBack(a, m, binary.LittleEndian.AppendUint64(nil, r^r>>31))
	}
	if n := folds(t, &l, 1); n != 0 {
		t.Errorf("%d nodes are folded", n)
	}
	for x := at(l.head).next; x != l.tail; x = at(x).next {
		if at(x).kind&firm == 0 {
			t.Fatal("a node would be tried again")
		}
	}
	l.Free(a)
}

func TestLimitOf(t *testing.T) {
	for config, want := range map[int]Limit{
		-1: {Bytes: 4096, Count: 65535}, -2: {Bytes: 8192, Count: 65535}, -5: {Bytes: 65536, Count: 65535}, -9: {Bytes: 65536, Count: 65535}, 0: {Bytes: 8192, Count: 1}, 1: {Bytes: 8192, Count: 1}, 128: {Bytes: 8192, Count: 128},
	} {
		if got := LimitOf(config); got != want {
			t.Errorf("%d: %v, want %v", config, got, want)
		}
	}
}

func TestPushPopAllocateNothing(t *testing.T) {
	a, m := newArena(t), LimitOf(-2)
	var l List
	v, buf := []byte("an element of thirty-two bytes.."), make([]byte, 0, 100)
	for range 2000 {
		l.PushBack(a, m, v)
	}
	if n := testing.AllocsPerRun(10000, func() {
		l.PushBack(a, m, v)
		l.PushFront(a, m, v)
		l.PopFront(a, m, buf)
		l.PopFront(a, m, buf)
		for it := l.From(l.Len() / 2); it.Next() && len(it.Value()) == 0; {
		}
	}); n > 0.01 && !testing.Short() {
		t.Errorf("%v allocations", n)
	}
	l.Free(a)
}

func BenchmarkList(b *testing.B) {
	m := LimitOf(-2)
	v := []byte("an element of thirty-two bytes..")
	for _, length := range []int{1, 100, 180, 10000} {
		b.Run(fmt.Sprintf("queue_%d", length), func(b *testing.B) {
			a := newArena(b)
			var l List
			var room Room
			for range length {
				l.PushFront(a, m, v)
			}
			b.ReportAllocs()
			for b.Loop() {
				l.PushFront(a, m, v)
				l.Back(&room)
				l.DropBack(a, m)
			}
		})
	}
	for _, front := range []bool{true, false} {
		b.Run(fmt.Sprintf("push_front_%v", front), func(b *testing.B) {
			a := newArena(b)
			l := List{quick: 1}
			for b.Loop() {
				if l.Add(a, m, v, front); l.Len() == 100000 {
					l.Free(a)
				}
			}
			b.ReportMetric(float64(l.Bytes())/float64(max(l.Len(), 1)), "B/element")
		})
	}
	b.Run("stack_100", func(b *testing.B) {
		a := newArena(b)
		var l List
		for range 100 {
			l.PushFront(a, m, v)
		}
		for b.Loop() {
			l.PushFront(a, m, v)
			l.DropFront(a, m)
		}
	})
	b.Run("walk_element", func(b *testing.B) {
		a := newArena(b)
		var l List
		for range 10000 {
			l.PushFront(a, m, v)
		}
		it := l.From(0)
		for b.Loop() {
			if !it.Next() {
				it = l.From(0)
			}
		}
	})
}

// TestAdopt puts listpacks behind a list as they are, and other elements between them.
func TestAdopt(t *testing.T) {
	for _, m := range []Limit{{Bytes: 256, Count: 1000}, {Bytes: 4 << 10, Count: 20}, {Bytes: 256, Count: 1000, Depth: 1}} {
		a := newArena(t)
		l, model, adopted := &List{}, [][]byte(nil), 0
		for i := range 300 {
			lp, pack := listpack.New(nil), [][]byte(nil)
			for j := range 1 + i%23 {
				v := []byte(strconv.Itoa(i * j * 7919))
				if j%4 == 0 {
					v = fmt.Appendf(nil, "element %d of %d", j, i)
				}
				lp, pack = listpack.Append(lp, v), append(pack, v)
			}
			switch {
			case Adopt(l, a, m, lp):
				adopted++
			default:
				for _, v := range pack {
					l.PushBack(a, m, v)
				}
			}
			if model = append(model, pack...); i%5 == 0 {
				l.PushBack(a, m, []byte("alone"))
				model = append(model, []byte("alone"))
			}
			if l.Nodes() > 1 && !l.Quick() {
				t.Fatal("several nodes are called a listpack")
			}
		}
		if check(t, l, a, model); adopted < 20 {
			t.Errorf("%+v: only %d were taken as they are", m, adopted)
		}
		for len(model) > 0 {
			l.DropFront(a, m)
			model = model[1:]
			if len(model)%101 == 0 {
				check(t, l, a, model)
			}
		}
	}
}
