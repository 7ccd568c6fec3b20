package hashtable

import "unsafe"

const (
	sizeofTable  = unsafe.Sizeof(Table{})
	sizeofPage   = unsafe.Sizeof(page{})
	directoryAt  = uint64(unsafe.Offsetof(Table{}.dir))
	sizeofBucket = unsafe.Sizeof(bucket{})
)
