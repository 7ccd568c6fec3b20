// Command sigrun-server is the server: a node alone in its process, with what a process
// has and a node has not. Here are arguments and the configuration file, the log, the
// background, supervisors, process id and title, signals and the way out.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"runtime"
	"strings"

	"sigrun/internal/config"
	"sigrun/internal/glob"
	"sigrun/internal/log"
	"sigrun/internal/version"
)

func main() {
	// Go's own strings lie where the process title will be written.
	for i, arg := range os.Args {
		os.Args[i] = strings.Clone(arg)
	}
	os.Exit(run(os.Args, os.Stdin, os.Stdout, os.Stderr))
}

// run is the whole program; its result is the exit code.
func run(argv []string, stdin io.Reader, stdout, stderr io.Writer) int {
	if name := filepath.Base(argv[0]); strings.HasSuffix(name, "-sentinel") || strings.Contains(name, "-check-") {
		fmt.Fprintln(stderr, "Called "+name+", which this program is not: it is the server, without Sentinel mode and without checks of files.")
		return 1
	}
	if len(argv) > 1 {
		if code, done := special(argv[1:], stdout, stderr); done {
			return code
		}
	}
	cfg := config.New(glob.Match)
	input := &tee{Reader: stdin}
	if err := load(cfg, argv[1:], input); err != nil {
		return refuse(err, stdout, stderr)
	}
	defer profile()()
	p := &process{cfg: cfg, argv: argv, input: input, stdout: stdout}
	return p.start()
}

// load reads the configuration and tries whether its log can be written.
func load(cfg *config.Registry, args []string, stdin io.Reader) error {
	if err := cfg.LoadArgs(config.ParseArgs(args), stdin); err != nil {
		return err
	}
	if name := cfg.Value("logfile").String(); name != "" {
		if _, err := log.File(cfg.Path(name)).Write(nil); err != nil {
			return &config.LoadError{Reason: "Can't open the log file: " + config.Reason(err)}
		}
	}
	return nil
}

// refuse says why the configuration cannot be used, in the words that tools look for.
func refuse(err error, stdout, stderr io.Writer) int {
	var unread *config.OpenError
	if errors.As(err, &unread) {
		log.New(log.Options{Out: stdout}).Warn(err.Error())
		return 1
	}
	fmt.Fprintf(stderr, "\n*** FATAL CONFIG FILE ERROR (Version %s) ***\n%v\n", version.Valkey, err)
	return 1
}

// special answers arguments that start no server.
func special(args []string, stdout, stderr io.Writer) (code int, done bool) {
	switch args[0] {
	case "--version", "-v":
		fmt.Fprintln(stdout, versionLine())
		return 0, true
	case "--help", "-h":
		fmt.Fprint(stderr, usage)
		return 1, true
	case "--test-memory":
		fmt.Fprintln(stderr, "This server does not test memory. A test that is worth its name runs without an operating system: memtest86+.")
		return 1, true
	case "--check-system":
		return checkSystem(stdout), true
	}
	return 0, false
}

func versionLine() string {
	return fmt.Sprintf("Sigrun server v=%s sigrun=%s %s bits=64", version.Valkey, version.Sigrun, runtime.Version())
}

const usage = `Usage: sigrun-server [/path/to/sigrun.conf] [options] [-]
       sigrun-server - (read the configuration from standard input)
       sigrun-server -v or --version
       sigrun-server -h or --help
       sigrun-server --check-system

Examples:
       sigrun-server (run the server with the defaults)
       echo 'maxmemory 128mb' | sigrun-server -
       sigrun-server /etc/sigrun/6379.conf
       sigrun-server --port 7777
       sigrun-server /etc/sigrun.conf --loglevel verbose -

A valkey.conf or redis.conf will do. Parameters are described in docs/config.md.
`
