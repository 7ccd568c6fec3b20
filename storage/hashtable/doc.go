// Package hashtable is the table that finds an entry from the hash of its key:
// linear hashing over pages of 64-byte buckets, in off-heap memory.
//
//	Table (128 bytes)  keys | volatile | pages | width, widest | directory
//	directory          16 bytes per page: its address, that of its stash;
//	                   up to six in the Table itself, else in an array
//	page               | bucket 0 | ... | bucket 7 |
//	stash              | bucket 8 | ...
//	bucket (64 bytes)  | meta | word 0 | ... | word 6 |
//	meta               byte 0: bit i = word i is taken, bit 7 = overflowed
//	                   byte 1+i: tag of word i, the hash's upper 8 bits
//	word               ref>>3 (44) | TTL (1) | the hash's lower 19 bits
//
// Probing. Hash bits 0-2 choose the bucket in a page, the bits from 3 on the
// page. A bucket that is full sets its overflowed bit and puts what comes into
// the stash its page's buckets share. Sharing is what allows a fill of 7.5 a
// bucket at 12 bytes a key: a chain of its own behind each bucket would
// be mostly air. A probe compares tags (eight at once), then the 19 bits, so
// that an entry of another key is read once in 2^27 comparisons. The stash has
// holes in its last bucket only; deletion pulls an entry from there.
//
// Growth. There is no second table and no moment of rehashing. With P pages,
// 2^k < P <= 2^(k+1), page P-2^k is split in two when the keys exceed 60 a
// page, and the last page is merged back into the one it came from when they
// fall below 36. So one insertion or deletion moves the words of one page, the
// fill is the same at every size, and memory follows the keys down too. A
// table that fits one page widens it instead: 1, 2, 4, 8 buckets. Words carry
// hash bits enough for 2^16 pages; beyond, a split asks for the entries' hashes.
//
// Scanning. Let the bits of a page hash be mirrored, as a binary fraction. A
// page with the low d bits b holds exactly the interval of length 2^-d at
// mirror(b), and splitting and merging only cut and join such intervals. A
// cursor is a point of [0,1): all keys below it have been returned. A step
// returns the page whose interval contains the cursor and moves to the end of
// it; whatever was split or merged meanwhile, this skips nothing, and returns
// twice at most what lies in a page merged around the cursor. So each key
// present during the whole scan is returned.
//
// A Table has no owner of its own: whoever may touch its memory may call its
// methods. It never reads the entries it refers to.
package hashtable
