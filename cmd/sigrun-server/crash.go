package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"syscall"

	"sigrun/internal/log"
	"sigrun/internal/version"
)

// catchCrashes logs what all goroutines do when somebody sends the process a signal that
// kills it (crash-log-enabled), and, going on, at SIGALRM. What goes wrong in the program
// itself is not caught: Go says it on standard error.
func (p *process) catchCrashes() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGABRT, syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGILL, syscall.SIGALRM)
	go func() {
		for s := range signals {
			number := s.(syscall.Signal)
			switch {
			case s == syscall.SIGALRM:
				p.log.Warn("Received SIGALRM")
				log.Raw(p.log, stacks())
				continue
			case p.cfg.Value("crash-log-enabled").Bool():
				log.Raw(p.log, "\n=== SIGRUN BUG REPORT START: from here to its end ===\n")
				p.log.Warn(fmt.Sprintf("Sigrun %s crashed by signal: %d, si_code: 0", version.Sigrun, number))
				log.Raw(p.log, stacks()+"=== SIGRUN BUG REPORT END ===\n")
			}
			os.Exit(128 + int(number))
		}
	}()
}

// stalled logs that a loop stands still, and what all goroutines do.
func (p *process) stalled(text string) {
	p.log.Warn(text)
	log.Raw(p.log, stacks())
}

// stacks is what all goroutines do now.
func stacks() string {
	b := make([]byte, 1<<20)
	b = b[:runtime.Stack(b, true)]
	return fmt.Sprintf("\n------ STACK TRACE ------\n%s\n------ STACK TRACE DONE ------\n", b)
}
