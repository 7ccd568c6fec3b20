package offheap

// Size classes: steps of 8 bytes up to 128, then eight (at first: fewer)
// steps per doubling up to 4 KiB, then the sizes of which a slab holds a whole
// number. Above that an object is a Block.

const (
	unitShift  = 16
	unitSize   = 1 << unitShift // also the size of a slab
	maxSmall   = 32 << 10
	fineLimit  = 1 << 10 // below: one table entry per 8 bytes
	coarseStep = 128     // above: one per 128
	numClasses = 70
	pageSize   = 4096
)

var (
	classSize = makeClasses()
	fine      = makeIndex[[fineLimit/8 + 1]uint8](8)
	coarse    = makeIndex[[maxSmall/coarseStep + 1]uint8](coarseStep)
)

func makeClasses() (sizes [numClasses]uint32) {
	n := 0
	add := func(size uint32) { sizes[n] = size; n++ }
	for s := uint32(8); s <= 128; s += 8 {
		add(s)
	}
	for low := uint32(128); low < 4096; low *= 2 {
		for i := uint32(1); i <= 8; i++ {
			add(low + i*low/8)
		}
	}
	for k := uint32(15); k >= 2; k-- {
		add(unitSize / k &^ (coarseStep - 1))
	}
	if n != numClasses {
		panic("BUG: numClasses is not the number of classes")
	}
	return sizes
}

// makeIndex tabulates the smallest class that holds i*step bytes.
func makeIndex[T [fineLimit/8 + 1]uint8 | [maxSmall/coarseStep + 1]uint8](step int) (index T) {
	c := 0
	for i := 0; i < len(index); i++ {
		for int(classSize[c]) < i*step {
			c++
		}
		index[i] = uint8(c)
	}
	return index
}

// classOf wants 0 <= n <= maxSmall.
func classOf(n int) uint8 {
	if n <= fineLimit {
		return fine[(n+7)>>3]
	}
	return coarse[(n+coarseStep-1)/coarseStep]
}

// ClassSize is what Alloc(n) really takes, in bytes.
func ClassSize(n int) int {
	if n > maxSmall {
		return pages(n)
	}
	return int(classSize[classOf(n)])
}

// SameClass tells whether objects of n and m bytes can replace one another in
// place.
func SameClass(n, m int) bool {
	return ClassSize(n) == ClassSize(m)
}

// pages rounds n up to whole pages.
func pages(n int) int {
	return (n + pageSize - 1) &^ (pageSize - 1)
}
