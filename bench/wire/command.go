package wire

// AppendCommand appends a command as clients send it.
func AppendCommand[T ~string | ~[]byte](b []byte, args ...T) []byte {
	b = AppendHeader(b, '*', len(args))
	for _, a := range args {
		b = AppendHeader(b, '$', len(a))
		b = append(b, a...)
		b = append(b, '\r', '\n')
	}
	return b
}

// AppendHeader appends the line that tells a size.
func AppendHeader(b []byte, kind byte, n int) []byte {
	b = append(b, kind)
	b = AppendNumber(b, uint64(n))
	return append(b, '\r', '\n')
}

// AppendNumber appends a number in decimal.
func AppendNumber(b []byte, n uint64) []byte {
	var digits [20]byte
	at := len(digits)
	for {
		at--
		digits[at] = byte('0' + n%10)
		if n /= 10; n == 0 {
			return append(b, digits[at:]...)
		}
	}
}

// Digits is how many digits a number has.
func Digits(n uint64) int {
	d := 1
	for ; n >= 10; n /= 10 {
		d++
	}
	return d
}

// AppendPadded appends a number with zeros before it, so that it has width digits; what is longer loses its first ones.
func AppendPadded(b []byte, n uint64, width int) []byte {
	at := len(b)
	for range width {
		b = append(b, '0')
	}
	for i := at + width - 1; i >= at && n > 0; i-- {
		b[i] = byte('0' + n%10)
		n /= 10
	}
	return b
}
