package main

import (
	"io"
	"os"
	"os/exec"
	"strings"
	"syscall"

	"sigrun/internal/config"
)

// A Go process cannot fork. To go on in the background the program starts itself once
// more, without a terminal and with a mark in its environment, and ends.
const detachedMark = "SIGRUN_DETACHED"

// detached reports whether this is the process in the background.
func detached() bool { return os.Getenv(detachedMark) != "" }

// detach starts the process in the background. What came by standard input is passed on.
func (p *process) detach() int {
	program, err := exec.LookPath(p.argv[0])
	if err != nil {
		program, err = os.Executable()
	}
	if err == nil {
		cmd := &exec.Cmd{Path: program, Args: p.argv, Env: append(os.Environ(), detachedMark+"=1"), SysProcAttr: &syscall.SysProcAttr{Setsid: true}}
		err = startWith(cmd, p.input.text.String())
	}
	if err != nil {
		p.log.Warn("Can't go on in the background: " + config.Reason(err))
		return 1
	}
	return 0
}

// startWith starts a command that finds text on its standard input, in a file that has
// no name any more, since nobody will be there to feed a pipe.
func startWith(cmd *exec.Cmd, text string) error {
	if text == "" {
		return cmd.Start()
	}
	f, err := os.CreateTemp("", "sigrun")
	if err != nil {
		return err
	}
	defer f.Close()
	_ = os.Remove(f.Name())
	if _, err = f.WriteString(text); err == nil {
		_, err = f.Seek(0, io.SeekStart)
	}
	if err != nil {
		return err
	}
	cmd.Stdin = f
	return cmd.Start()
}

// tee keeps what was read.
type tee struct {
	io.Reader
	text strings.Builder
}

func (t *tee) Read(b []byte) (int, error) {
	n, err := t.Reader.Read(b)
	t.text.Write(b[:n])
	return n, err
}
