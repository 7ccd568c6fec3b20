package certs

import (
	"errors"
	"io"
	"os"
)

// largestFile is what a file of certificates or keys may have: the certificates of all public authorities take a tenth of it.
const largestFile = 4 << 20

var errNotAFile, errTooLarge = errors.New("it is not a regular file"), errors.New("it is too large for certificates or a key")

// readFile is os.ReadFile for what is a file, and of a size that it may have: a pipe would never end.
func readFile(name string) ([]byte, error) {
	if info, err := os.Stat(name); err != nil {
		return nil, err
	} else if !info.Mode().IsRegular() {
		return nil, &os.PathError{Op: "read", Path: name, Err: errNotAFile}
	}
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, largestFile+1))
	if len(data) > largestFile {
		return nil, &os.PathError{Op: "read", Path: name, Err: errTooLarge}
	}
	return data, err
}
