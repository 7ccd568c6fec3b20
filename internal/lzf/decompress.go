package lzf

// Decompress fills dst with what src holds, or answers ErrCorrupt; then dst holds anything. The two must not overlap.
func Decompress(dst, src []byte) error {
	out, in := 0, 0
	for in < len(src) {
		control := int(src[in])
		in++
		if control < maxLiterals {
			n := control + 1
			if n > len(src)-in || n > len(dst)-out {
				return ErrCorrupt
			}
			copy(dst[out:], src[in:in+n])
			in, out = in+n, out+n
			continue
		}
		n := control >> 5
		if n == 7 {
			if in == len(src) {
				return ErrCorrupt
			}
			n += int(src[in])
			in++
		}
		n += 2
		if in == len(src) {
			return ErrCorrupt
		}
		distance := (control&0x1f)<<8 + int(src[in]) + 1
		in++
		if distance > out || n > len(dst)-out {
			return ErrCorrupt
		}
		again(dst[:out+n], out, distance)
		out += n
	}
	if out != len(dst) {
		return ErrCorrupt
	}
	return nil
}

// again fills dst from out on with the bytes from distance before on.
func again(dst []byte, out, distance int) {
	from := out - distance
	for out < len(dst) {
		// What was just copied is there to be copied: a short distance doubles with each round.
		out += copy(dst[out:], dst[from:out])
	}
}
