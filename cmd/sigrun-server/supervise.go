package main

import (
	"net"
	"os"
	"syscall"

	"sigrun/internal/config"
)

// supervisor is systemd's socket for messages; nil where there is none.
type supervisor *net.UnixConn

// say sends a message of sd_notify(3).
func (p *process) say(s supervisor, message string) {
	if s == nil {
		return
	}
	if _, err := (*net.UnixConn)(s).Write([]byte(message)); err != nil {
		p.log.Warn("systemd supervision error: " + config.Reason(err))
	}
}

// supervised finds out whether the server is supervised, as the parameter of that name
// says, and begins to be.
func (p *process) supervised() (is bool, s supervisor) {
	mode := p.cfg.Value("supervised").String()
	if mode == "auto" {
		switch {
		case os.Getenv("UPSTART_JOB") != "":
			mode = "upstart"
		case os.Getenv("NOTIFY_SOCKET") != "":
			mode = "systemd"
		}
	}
	switch mode {
	case "upstart":
		return p.underUpstart(), nil
	case "systemd":
		s = p.underSystemd()
		return s != nil, s
	}
	return false, nil
}

// underUpstart stops the process, which is how upstart learns that it is ready.
func (p *process) underUpstart() bool {
	if os.Getenv("UPSTART_JOB") == "" {
		p.log.Warn("upstart supervision requested, but UPSTART_JOB not found!")
		return false
	}
	p.log.Info("supervised by upstart, will stop to signal readiness.")
	_ = syscall.Kill(os.Getpid(), syscall.SIGSTOP)
	_ = os.Unsetenv("UPSTART_JOB")
	return true
}

// underSystemd connects to the socket that systemd named.
func (p *process) underSystemd() supervisor {
	name := os.Getenv("NOTIFY_SOCKET")
	if name == "" {
		p.log.Warn("systemd supervision requested or auto-detected, but NOTIFY_SOCKET not found!")
		return nil
	}
	c, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		p.log.Warn("systemd supervision error: " + config.Reason(err))
		return nil
	}
	p.say(c, "STATUS=Sigrun is loading...\n")
	p.log.Info("Supervised by systemd. TimeoutStartSec and TimeoutStopSec of the service should leave room for loading and saving.")
	return c
}
