package hashtable

import "unsafe"

const (
	sizeofTable  = unsafe.Sizeof(Table{})
	sizeofBucket = unsafe.Sizeof(bucket{})
)
