package resp

import (
	"math"

	"sigrun/internal/num"
)

// Limits bounds what a connection may announce.
type Limits struct {
	MaxBulk         int64 // bytes of one argument: proto-max-bulk-len
	MaxMultibulk    int   // arguments of one command
	MaxInline       int   // bytes of an inline command or of a length's text
	Unauthenticated bool  // a client that must still AUTH: 10 arguments of 16 KiB
}

// What a client may announce before it has authenticated.
const (
	unauthenticatedCount = 10
	unauthenticatedBulk  = 16 << 10
)

// DefaultLimits are those of a server whose configuration says nothing.
func DefaultLimits() Limits {
	return Limits{MaxBulk: 512 << 20, MaxMultibulk: math.MaxInt32, MaxInline: 64 << 10}
}

// count checks the text of an announced number of arguments. Zero and less
// mean an empty command.
func (l *Limits) count(text []byte) (int, error) {
	n, ok := num.ParseInt(text)
	switch {
	case !ok || n > int64(l.MaxMultibulk):
		return 0, ErrCount
	case l.Unauthenticated && n > unauthenticatedCount:
		return 0, ErrUnauthCount
	}
	return int(max(n, 0)), nil
}

// bulk checks the text of an announced argument length.
func (l *Limits) bulk(text []byte) (int, error) {
	n, ok := num.ParseInt(text)
	switch {
	case !ok || n < 0 || n > l.MaxBulk:
		return 0, ErrBulkLength
	case l.Unauthenticated && n > unauthenticatedBulk:
		return 0, ErrUnauthBulk
	}
	return int(n), nil
}
