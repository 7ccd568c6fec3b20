package main

import (
	"fmt"
	"os"
	"os/signal"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"time"

	"sigrun/internal/log"
	"sigrun/internal/version"
	"sigrun/node"
)

// catchCrashes logs a report when somebody sends the process a signal that kills it (crash-log-enabled), and, going on, what all goroutines do at
// SIGALRM. Faults that are met in commands and in background work come by crashed. What else goes wrong in the program is not caught: Go says it on
// standard error.
func (p *process) catchCrashes() {
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGABRT, syscall.SIGSEGV, syscall.SIGBUS, syscall.SIGFPE, syscall.SIGILL, syscall.SIGALRM)
	go func() {
		for s := range signals {
			number := s.(syscall.Signal)
			if s == syscall.SIGALRM {
				p.log.Warn("Received SIGALRM")
				log.Raw(p.log, stacks())
				continue
			}
			p.crashed(p.node.Load(), &node.Fault{Signal: int(number), Loop: -1})
		}
	}()
}

// crashWithin is how long a report may take: who waits for the end of the process waits no longer.
const crashWithin = 10 * time.Second

// crashing lets one report be written: a second fault waits for the end of the process.
var crashing sync.Mutex

// crashed writes the report and ends the process. n is nil before there is a node.
func (p *process) crashed(n *node.Node, f *node.Fault) {
	crashing.Lock()
	code := 128 + f.Signal
	if f.Signal == 0 {
		if code = 128 + int(syscall.SIGABRT); p.cfg.Value("use-exit-on-panic").Bool() {
			code = 1
		}
	}
	if f.Signal != 0 && !p.cfg.Value("crash-log-enabled").Bool() {
		os.Exit(code)
	}
	time.AfterFunc(crashWithin, func() { os.Exit(code) })
	log.Raw(p.log, "\n\n=== SIGRUN BUG REPORT START: Cut & paste starting from here ===\n")
	for _, line := range reason(n, f) {
		p.log.Warn(line)
	}
	if len(f.Stack) > 0 {
		log.Raw(p.log, "\n------ STACK TRACE OF THE FAULT ------\n"+string(f.Stack))
	}
	log.Raw(p.log, stacks())
	if n != nil && n.Control != nil {
		log.Raw(p.log, n.Control.Report(f))
	}
	log.Raw(p.log, "\n=== SIGRUN BUG REPORT END. Make sure to include from START to END. ===\n\n")
	os.Exit(code)
}

// reason says what the process ends of, and what it was doing.
func reason(n *node.Node, f *node.Fault) (lines []string) {
	switch {
	case f.Signal != 0:
		lines = append(lines, fmt.Sprintf("Sigrun %s crashed by signal: %d, si_code: 0", version.Sigrun, f.Signal))
	case f.Assert != "":
		lines = append(lines, "=== ASSERTION FAILED CLIENT CONTEXT ===")
		if n != nil && n.Control != nil {
			for _, line := range n.Control.CommandLines(f) {
				lines = append(lines, "client->"+strings.Replace(line, ": ", " = ", 1))
			}
		}
		lines = append(lines, "=== ASSERTION FAILED ===", fmt.Sprintf("==> '%s' is not true", f.Assert))
	default:
		lines = append(lines, "------------------------------------------------", fmt.Sprintf("!!! Software Failure: %v", f.Value))
	}
	if f.Command != nil && f.Command.Spec != nil {
		lines = append(lines, "The command that was running: "+f.Command.Spec.FullName()+", "+where(f))
	}
	return lines
}

// where is the shard in which a command ran.
func where(f *node.Fault) string {
	if shard := f.Shard(); shard >= 0 {
		return fmt.Sprintf("on shard %d, slot %d", shard, f.Command.Slot)
	}
	return "on no single shard"
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
