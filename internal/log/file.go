package log

import "os"

// File is a log file by name. It is opened for each line, so that others may move or empty it while the server runs.
type File string

// Write appends one line.
func (f File) Write(line []byte) (int, error) {
	file, err := os.OpenFile(string(f), os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		return 0, err
	}
	n, err := file.Write(line)
	if e := file.Close(); err == nil {
		err = e
	}
	return n, err
}
