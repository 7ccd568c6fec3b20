package host

import (
	"fmt"
	"io"
	"os"
)

// ReadFile reads a file that holds so many bytes at most. What has no end, such as a device, is read so far and refused.
func ReadFile(path string, most int64) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	large := fmt.Errorf("%s is too large: more than %d bytes", path, most)
	if info, err := f.Stat(); err == nil && info.Mode().IsRegular() && info.Size() > most {
		return nil, large
	}
	data, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(data)) > most {
		return nil, large
	}
	return data, err
}
