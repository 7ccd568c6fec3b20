package hll

import "strconv"

// AppendRuns appends the runs of a sparse string as text: z:length, Z:length, v:value,length.
func AppendRuns(text, b []byte) ([]byte, error) {
	mark := len(text)
	for at := headerSize; at < len(b); {
		r, ok := readRun(b, at)
		if !ok {
			return text, ErrCorrupt
		}
		switch r.kind {
		case val:
			text = strconv.AppendInt(append(text, "v:"...), int64(r.value), 10)
			text = append(text, ',')
		case xzero:
			text = append(text, "Z:"...)
		default:
			text = append(text, "z:"...)
		}
		text = append(strconv.AppendInt(text, int64(r.n), 10), ' ')
		at = r.end()
	}
	return text[:max(mark, len(text)-1)], nil
}
