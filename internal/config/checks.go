package config

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"syscall"
)

// checkDir takes an existing folder and keeps its absolute path. The process does not change its working folder, since
// several nodes may live in it.
func checkDir(s State) (State, error) {
	if s.Text == "" {
		return s, errors.New("dir can't be empty")
	}
	abs, err := filepath.Abs(s.Text)
	if err != nil {
		return s, err
	}
	info, err := os.Stat(abs)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return s, errors.New("No such file or directory")
	case errors.Is(err, os.ErrPermission):
		return s, errors.New("Permission denied")
	case err != nil:
		var errno syscall.Errno
		errors.As(err, &errno)
		return s, errors.New(errno.Error())
	case !info.IsDir():
		return s, errors.New("Not a directory")
	}
	s.Text = abs
	return s, nil
}

// checkShutdown refuses what contradicts itself. Bits follow shutdownOptions.
func checkShutdown(s State) (State, error) {
	if s.Num&(ShutdownSave|ShutdownNoSave) == ShutdownSave|ShutdownNoSave {
		return s, errors.New("shutdown options SAVE and NOSAVE can't be used simultaneously")
	}
	return s, nil
}

// Bits of shutdown-on-sigint and shutdown-on-sigterm, as their Int64 gives them.
const (
	ShutdownSave int64 = 1 << iota
	ShutdownNoSave
	ShutdownNow
	ShutdownForce
)

func powerOfTwo(s State) (State, error) {
	if s.Num&(s.Num-1) != 0 {
		return s, errors.New("argument must be a power of two")
	}
	return s, nil
}

// clamp moves a number into bounds instead of refusing it.
func clamp(low, high int64) func(State) (State, error) {
	return func(s State) (State, error) {
		s.Num = min(max(s.Num, low), high)
		s.Text = strconv.FormatInt(s.Num, 10)
		return s, nil
	}
}

func maxWords(n int, text string) func(State) (State, error) {
	return func(s State) (State, error) {
		if len(s.Words) > n {
			return s, fmt.Errorf("%s", text)
		}
		return s, nil
	}
}
