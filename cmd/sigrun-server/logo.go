package main

import (
	"cmp"
	"fmt"
	"os"

	"golang.org/x/sys/unix"

	"sigrun/internal/log"
	"sigrun/internal/version"
)

// logo is a helmet with wings.
const logo = `
   __                     __
   \ \_      ____      _/ /      Sigrun %s, like Valkey %s
    \ \_\__ /    \ __/_/ /       Running in %s mode
     \_\_\_|  /\  |_/_/_/        Port: %d
        \__|  ||  |__/           PID: %d
           |__||__|
            \_  _/
              \/

`

// showLogo writes the logo where somebody looks at the log or asked for it, otherwise a
// line that says the same.
func (p *process) showLogo() {
	port := cmp.Or(p.cfg.Value("port").Int64(), p.cfg.Value("tls-port").Int64())
	if p.cfg.Value("always-show-logo").Bool() || p.watched() {
		log.Raw(p.log, fmt.Sprintf(logo, version.Sigrun, version.Valkey, p.mode(), port, os.Getpid()))
		return
	}
	p.log.Info(fmt.Sprintf("Running mode=%s, port=%d.", p.mode(), port))
}

// mode is how many servers work together.
func (p *process) mode() string {
	if p.cfg.Value("cluster-enabled").Bool() {
		return "cluster"
	}
	return "standalone"
}

// watched reports whether the log goes to a terminal and nowhere else.
func (p *process) watched() bool {
	file, ok := p.stdout.(*os.File)
	if !ok || p.cfg.Value("logfile").String() != "" || p.cfg.Value("syslog-enabled").Bool() {
		return false
	}
	_, err := unix.IoctlGetTermios(int(file.Fd()), unix.TCGETS)
	return err == nil
}
