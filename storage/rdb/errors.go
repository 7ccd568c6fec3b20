package rdb

import (
	"errors"
	"fmt"
)

// What is wrong with the bytes that were read; errors.Is finds it in an Error.
var (
	// ErrShort: they end too soon.
	ErrShort = errors.New("unexpected end")
	// ErrCorrupt: they are no RDB.
	ErrCorrupt = errors.New("corrupt")
	// ErrVersion: they are of a version or kind that is not read.
	ErrVersion = errors.New("version not supported")
	// ErrType: they hold a value of a type that is not known, which makes them an ErrVersion, too.
	ErrType = fmt.Errorf("type: %w", ErrVersion)
	// ErrModule: they hold what only a module can read.
	ErrModule = errors.New("module data")
	// ErrChecksum: the checksum is not theirs.
	ErrChecksum = errors.New("checksum differs")
	// ErrEmpty: a value holds nothing. Old servers wrote such keys by mistake: skip the key and go on.
	ErrEmpty = errors.New("empty value")
)

// Error says what is wrong and where.
type Error struct {
	At    int64 // bytes read before
	Class error // one of the above, or an error of the source
	Text  string
}

func (e *Error) Error() string { return fmt.Sprintf("%s (offset %d)", e.Text, e.At) }

func (e *Error) Unwrap() error { return e.Class }
