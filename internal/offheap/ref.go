package offheap

import "unsafe"

// Ref is the absolute address of off-heap memory; 0 is nil. Refs handed out
// by this package are 8-aligned and below 1<<47.
type Ref uint64

// pointer is the one place where an address becomes a pointer. Reinterpreting
// the word, instead of converting it, keeps vet's unsafeptr rule meaningful
// for the rest of the code; the memory is not the collector's, so none of the
// dangers that rule guards against exist here.
func (r Ref) pointer() unsafe.Pointer {
	return *(*unsafe.Pointer)(unsafe.Pointer(&r))
}

// Bytes is a view of n bytes at r. It is valid as long as the memory is not
// freed; whoever asks knows how long that is.
func (r Ref) Bytes(n int) []byte {
	return unsafe.Slice((*byte)(r.pointer()), n)
}

// Of is the address of a view that At gave. Of anything else it is an address that nothing of this package has.
func Of[T any](v *T) Ref { return Ref(uintptr(unsafe.Pointer(v))) }

// At is a typed view of the memory at r. T must be free of Go pointers and
// must fit what was allocated.
func At[T any](r Ref) *T {
	return (*T)(r.pointer())
}
