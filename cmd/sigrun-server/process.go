package main

import (
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/signal"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"sync/atomic"
	"syscall"
	"time"

	"sigrun/internal/config"
	"sigrun/internal/log"
	"sigrun/internal/version"
	"sigrun/node"
)

// process is the server as the system sees it. Its fields belong to the goroutine of
// main until the node runs, and then to the control goroutine, which runs the hooks.
type process struct {
	cfg    *config.Registry
	argv   []string
	input  *tee
	stdout io.Writer

	log   *slog.Logger
	node  atomic.Pointer[node.Node]
	style log.Style
	oom   oomScore
	title title
}

// start runs the server until it ends; its result is the exit code.
func (p *process) start() int {
	p.openLog()
	supervised, systemd := p.supervised()
	background := p.cfg.Value("daemonize").Bool() && !supervised
	if background && !detached() {
		return p.detach()
	}
	p.greet()
	if err := os.Chdir(p.cfg.Value("dir").String()); err != nil {
		p.log.Warn("Can't chdir to dir: " + config.Reason(err))
		return 1
	}
	defer p.keepPid(background)()
	p.hooks()
	p.setTitle()
	p.showLogo()
	p.checkBacklog()
	p.catchCrashes()
	p.askKernel()
	return p.serve(systemd)
}

// openLog makes the log that the configuration asks for.
func (p *process) openLog() {
	o := log.Options{Out: p.stdout, Style: &p.style}
	if name := p.cfg.Value("logfile").String(); name != "" {
		o.Out = log.File(p.cfg.Path(name))
	}
	if p.cfg.Value("syslog-enabled").Bool() {
		// Without the system's log the lines are still where logfile says.
		o.System, _ = log.OpenSystem(p.cfg.Value("syslog-facility").String(), p.cfg.Value("syslog-ident").String())
	}
	p.log = log.New(o)
	p.restyle()
}

func (p *process) restyle() {
	level, _ := log.Level(p.cfg.Value("loglevel").String())
	p.style.Level.Set(level)
	p.style.SetForm(p.cfg.Value("log-format").String())
	p.style.SetStamp(p.cfg.Value("log-timestamp-format").String())
}

// greet writes the first lines.
func (p *process) greet() {
	p.log.Info("Sigrun is starting")
	p.log.Info(fmt.Sprintf("Sigrun version=%s, like Valkey %s, bits=64, %s, pid=%d, just started", version.Sigrun, version.Valkey, runtime.Version(), os.Getpid()))
	if len(p.argv) == 1 {
		p.log.Warn("Warning: no config file specified, using the default config. In order to specify a config file use " + p.argv[0] + " /path/to/valkey.conf")
	} else {
		p.log.Info("Configuration loaded")
	}
	for _, line := range p.cfg.Warnings() {
		p.log.Warn(line)
	}
}

// hooks makes changes take effect that concern the process and not the node.
func (p *process) hooks() {
	restyle := func(*config.Value) error { p.restyle(); return nil }
	for _, name := range []string{"loglevel", "log-format", "log-timestamp-format"} {
		p.cfg.OnChange(name, restyle)
	}
	p.cfg.OnChange("dir", func(v *config.Value) error { return os.Chdir(v.String()) })
	p.cfg.OnChange("proc-title-template", func(*config.Value) error { p.setTitle(); return nil })
	score := func(*config.Value) error { return p.oom.apply(p.cfg, p.log) }
	p.cfg.OnChange("oom-score-adj", score)
	p.cfg.OnChange("oom-score-adj-values", score)
}

// serve runs a node until a signal or SHUTDOWN ends it.
func (p *process) serve(systemd supervisor) int {
	signal.Ignore(syscall.SIGHUP, syscall.SIGPIPE)
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	done := make(chan struct{})
	n, err := node.Start(node.Options{Config: p.cfg, Log: p.log, Loads: true, Cores: func(n int) { runtime.GOMAXPROCS(n) }, Moved: p.setTitle, Tidy: tuneCollector(), Stalled: p.stalled, Crashed: p.crashed, Heap: func(limit int64) { debug.SetMemoryLimit(limit) },
		Exit: func() { close(done) }, Listening: func() { p.log.Info("Server initialized") }})
	if err != nil {
		return p.failed(err)
	}
	p.node.Store(n)
	loaded, prepared := make(chan error, 1), make(chan bool, 1)
	go func() { loaded <- n.Load() }()
	for preparing := false; ; {
		select {
		case err := <-loaded:
			if err != nil {
				if !errors.As(err, new(node.Broken)) {
					p.log.Warn("Fatal error loading the DB, check server logs. Exiting.")
				}
				return 1
			}
			p.ready(systemd)
		case s := <-signals:
			switch {
			case !preparing:
				p.log.Warn("Received " + signalName(s) + " scheduling shutdown...")
				preparing = true
				go func() { prepared <- n.MayShutDown() && p.prepare(n, s) }()
			case s == syscall.SIGINT:
				return p.insist(n)
			}
		case preparing = <-prepared:
			if preparing {
				p.say(systemd, "STOPPING=1\n")
				return p.stop(n, signals)
			}
		case <-done:
			p.say(systemd, "STOPPING=1\n")
			return p.stop(n, signals)
		}
	}
}

// prepare saves what has to be saved before the end; false: it could not be, and the server goes on.
func (p *process) prepare(n *node.Node, s os.Signal) bool {
	if !n.Prepare(p.cfg.Value("shutdown-on-" + strings.ToLower(signalName(s))).Int64()) {
		p.log.Warn("Errors trying to shut down the server. Check the logs for more information.")
		return false
	}
	return true
}

// insist ends the process at once.
func (p *process) insist(n *node.Node) (code int) {
	p.log.Warn("You insist... exiting now.")
	n.Abandon()
	return 1
}

// failed tells why there is no node.
func (p *process) failed(err error) int {
	var at *config.LoadError
	if errors.As(err, &at) {
		return refuse(err, p.stdout, os.Stderr)
	}
	if !errors.As(err, new(node.Broken)) {
		p.log.Warn(err.Error())
	}
	return 1
}

// askKernel asks for CPUs and for mercy when memory runs out, before there are other threads and goroutines to ask.
func (p *process) askKernel() {
	if list := p.cfg.Value("server-cpulist").String(); list != "" {
		if err := runOn(list); err != nil {
			p.log.Warn("server-cpulist cannot be followed", "error", err)
		}
	}
	_ = p.oom.apply(p.cfg, p.log) // it has said why not
}

// ready says that clients may knock, and where.
func (p *process) ready(systemd supervisor) {
	if p.cfg.Value("port").Int64() > 0 {
		p.log.Info("Ready to accept connections tcp")
	}
	if p.cfg.Value("tls-port").Int64() > 0 {
		p.log.Info("Ready to accept connections tls")
	}
	if p.cfg.Value("unixsocket").String() != "" {
		p.log.Info("Ready to accept connections unix")
	}
	p.say(systemd, "STATUS=Ready to accept connections\nREADY=1\n")
	if most := p.cfg.Value("maxmemory").Int64(); most > 0 && most < 1<<20 {
		p.log.Warn(fmt.Sprintf("WARNING: You specified a maxmemory value that is less than 1MB (current value is %d bytes). Are you sure this is what you really want?", most))
	}
}

// stop closes the node. What does not end in time ends with the process, and so does
// everything at a second SIGINT.
func (p *process) stop(n *node.Node, signals <-chan os.Signal) int {
	start := time.Now()
	closed := make(chan error, 1)
	go func() { closed <- n.Close() }()
	for {
		select {
		case err := <-closed:
			if err != nil {
				p.log.Warn("not everything ended in time", "error", err, "waited", time.Since(start).Round(time.Millisecond))
			}
			p.log.Warn("Sigrun is now ready to exit, bye bye...")
			return 0
		case s := <-signals:
			if s == syscall.SIGINT {
				return p.insist(n)
			}
		}
	}
}

func signalName(s os.Signal) string {
	if s == syscall.SIGINT {
		return "SIGINT"
	}
	return "SIGTERM"
}

// keepPid writes the pidfile and returns what removes it. Without one the server still
// runs.
func (p *process) keepPid(background bool) (remove func()) {
	name := p.cfg.Value("pidfile").String()
	if name == "" && background {
		name = "/var/run/valkey.pid"
	}
	if name == "" {
		return func() {}
	}
	name, _ = filepath.Abs(name) // dir may change
	if err := os.WriteFile(name, fmt.Appendf(nil, "%d\n", os.Getpid()), 0o644); err != nil {
		p.log.Warn("Failed to write PID file: " + config.Reason(err))
		return func() {}
	}
	return func() { _ = os.Remove(name) } // in silence: the last line tells why the process ended
}
