// Command sigrun-server is the server.
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
	"syscall"
	"time"

	"sigrun/internal/config"
	"sigrun/internal/glob"
	"sigrun/internal/log"
	"sigrun/internal/version"
	"sigrun/node"
)

func main() { os.Exit(run(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) }

// run is the whole program; its result is the exit code.
func run(args []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if len(args) == 1 {
		switch args[0] {
		case "--version", "-v":
			fmt.Fprintln(stdout, versionLine())
			return 0
		case "--help", "-h":
			fmt.Fprint(stdout, usage)
			return 0
		}
	}
	level := &slog.LevelVar{}
	out := &switchable{Writer: stdout}
	logger := log.New(log.Options{Out: out, Level: level})
	cfg := config.New(glob.Match, logger)
	if err := cfg.LoadArgs(args, stdin); err != nil {
		fatalConfig(stderr, err)
		return 1
	}
	least, _ := log.Level(cfg.Value("loglevel").String())
	level.Set(least)
	if name := cfg.Value("logfile").String(); name != "" {
		out.Writer = log.File(name)
	}
	return serve(cfg, logger, level, configFile(args))
}

// switchable is where lines go: the configuration says so only after some were written.
type switchable struct{ io.Writer }

// serve runs a node until a signal or SHUTDOWN ends it.
func serve(cfg *config.Registry, logger *slog.Logger, level *slog.LevelVar, file string) int {
	logger.Warn("Sigrun is starting")
	logger.Info(fmt.Sprintf("%s PID: %d", versionLine(), os.Getpid()))
	if file == "" {
		logger.Warn("No config file given, the defaults are used. To name one: " + filepath.Base(os.Args[0]) + " /path/to/sigrun.conf")
	}
	signals := make(chan os.Signal, 1)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGINT)
	done := make(chan struct{})
	n, err := node.Start(node.Options{Config: cfg, Log: logger, Level: level, ConfigFile: file,
		Cores: func(n int) { runtime.GOMAXPROCS(n) },
		Tidy:  tuneCollector(), Exit: func() { close(done) }, Listening: func() { logger.Info("Server initialized") }})
	if err != nil {
		logger.Error(err.Error())
		return 1
	}
	ready(cfg, logger)
	select {
	case s := <-signals:
		logger.Warn(fmt.Sprintf("Received %s scheduling shutdown...", signalName(s)))
	case <-done:
	}
	return stop(n, logger)
}

// ready says where clients may knock.
func ready(cfg *config.Registry, logger *slog.Logger) {
	if cfg.Value("port").Int64() > 0 {
		logger.Info("Ready to accept connections tcp")
	}
	if cfg.Value("unixsocket").String() != "" {
		logger.Info("Ready to accept connections unix")
	}
}

// stop closes the node. What does not end in time ends with the process.
func stop(n *node.Node, logger *slog.Logger) int {
	start := time.Now()
	if err := n.Close(); err != nil {
		logger.Warn("not everything ended in time", "error", err, "waited", time.Since(start).Round(time.Millisecond))
	}
	logger.Warn("Sigrun is now ready to exit, bye bye...")
	return 0
}

func signalName(s os.Signal) string {
	if s == syscall.SIGINT {
		return "SIGINT"
	}
	return "SIGTERM"
}

// fatalConfig reports a configuration that cannot be used, in the words that tools
// look for.
func fatalConfig(stderr io.Writer, err error) {
	var at *config.LoadError
	if !errors.As(err, &at) {
		fmt.Fprintf(stderr, "\n*** FATAL CONFIG FILE ERROR (Version %s) ***\n%v\n", version.Valkey, err)
		return
	}
	where := "Reading the configuration file, at line " + fmt.Sprint(at.Line)
	if at.Source == "command line" {
		where = "Reading the command line, option " + fmt.Sprint(at.Line)
	}
	fmt.Fprintf(stderr, "\n*** FATAL CONFIG FILE ERROR (Version %s) ***\n%s\n>>> '%s'\n%s\n", version.Valkey, where, at.Text, at.Reason)
}

// configFile is the absolute path of the file among the arguments, "" when none is.
func configFile(args []string) string {
	line, err := config.ParseArgs(args)
	if err != nil || line.File == "" {
		return ""
	}
	path, err := filepath.Abs(line.File)
	if err != nil {
		return line.File
	}
	return path
}

func versionLine() string {
	return fmt.Sprintf("Sigrun server v=%s valkey=%s %s bits=64", version.Sigrun, version.Valkey, runtime.Version())
}

const usage = `Usage: sigrun-server [/path/to/sigrun.conf] [options] [-]
       sigrun-server - (read the configuration from standard input)
       sigrun-server -v or --version
       sigrun-server -h or --help

Examples:
       sigrun-server (run the server with the defaults)
       echo 'maxmemory 128mb' | sigrun-server -
       sigrun-server /etc/sigrun/6379.conf
       sigrun-server --port 7777
       sigrun-server /etc/sigrun.conf --loglevel verbose -

Parameters are described in docs/config.md.
`
