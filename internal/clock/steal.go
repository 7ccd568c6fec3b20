package clock

import (
	"bytes"
	"os"
)

// Steal reads how long the hypervisor has kept this machine's cores from it. The CPU
// clocks of threads go on meanwhile, so that a reading across such a moment says too
// much. Not for several goroutines at once.
type Steal struct {
	file *os.File
	buf  [512]byte
}

// NewSteal makes a reader. Where the kernel does not tell, nothing is ever stolen.
func NewSteal() *Steal {
	f, _ := os.Open("/proc/stat")
	return &Steal{file: f}
}

// Ticks is the time stolen since the machine started, in hundredths of a second of all
// cores together.
func (s *Steal) Ticks() int64 {
	if s.file == nil {
		return 0
	}
	n, _ := s.file.ReadAt(s.buf[:], 0)
	return stealField(s.buf[:n])
}

// Close closes the file.
func (s *Steal) Close() {
	if s.file != nil {
		_ = s.file.Close()
	}
}

// stealField is the eighth number of the line "cpu  1 2 3 ...".
func stealField(stat []byte) (ticks int64) {
	line, _, _ := bytes.Cut(stat, []byte{'\n'})
	field := 0
	for i := 1; i < len(line); i++ {
		switch c := line[i]; {
		case c == ' ' && line[i-1] != ' ':
			field++
		case field == 8 && c >= '0' && c <= '9':
			ticks = ticks*10 + int64(c-'0')
		}
	}
	return ticks
}
