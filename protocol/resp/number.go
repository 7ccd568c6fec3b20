package resp

import "sigrun/internal/num"

// ParseInt reads an argument that must be an int64, strictly: see num.ParseInt.
func ParseInt(b []byte) (n int64, ok bool) { return num.ParseInt(b) }

// ParseDouble reads an argument that must be a floating point number: see
// num.ParseDouble.
func ParseDouble(b []byte) (d float64, ok bool) { return num.ParseDouble(b) }

// AppendInt appends the decimal text of n to b.
func AppendInt(b []byte, n int64) []byte { return num.AppendInt(b, n) }

// AppendDouble appends the text that replies use for d.
func AppendDouble(b []byte, d float64) []byte { return num.AppendDouble(b, d) }
