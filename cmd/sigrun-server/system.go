package main

import (
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// somaxconn is the most connections that the kernel lets wait, 0 when it does not say.
func somaxconn() int64 {
	text, _ := os.ReadFile("/proc/sys/net/core/somaxconn")
	n, _ := strconv.ParseInt(strings.TrimSpace(string(text)), 10, 64)
	return n
}

// checkBacklog warns when the kernel allows fewer waiting connections than asked for.
func (p *process) checkBacklog() {
	if most, want := somaxconn(), p.cfg.Value("tcp-backlog").Int64(); most > 0 && most < want {
		p.log.Warn(fmt.Sprintf("WARNING: The TCP backlog setting of %d cannot be enforced because /proc/sys/net/core/somaxconn is set to the lower value of %d.", want, most))
	}
}

// checkSystem prints what this machine could do better for a server with the defaults
// (argument --check-system). Overcommitting memory and huge pages, which trouble servers
// that fork, do not matter here. The result is the exit code.
func checkSystem(out io.Writer) (code int) {
	for _, check := range []struct {
		name string
		wish string
	}{{"somaxconn", tooFewWaiting()}, {"open-files", tooFewFiles()}, {"clocksource", slowClock()}} {
		if check.wish == "" {
			fmt.Fprintf(out, "[%s]...OK\n", check.name)
			continue
		}
		fmt.Fprintf(out, "[%s]...WARNING:\n%s\n", check.name, check.wish)
		code = 1
	}
	return code
}

func tooFewWaiting() string {
	if n := somaxconn(); n > 0 && n < 511 {
		return fmt.Sprintf("net.core.somaxconn is %d, less than the default tcp-backlog of 511.", n)
	}
	return ""
}

func tooFewFiles() string {
	var limit unix.Rlimit
	if unix.Getrlimit(unix.RLIMIT_NOFILE, &limit) == nil && limit.Max < 10032 {
		return fmt.Sprintf("The process may open %d files, not enough for the default maxclients of 10000.", limit.Max)
	}
	return ""
}

func slowClock() string {
	text, err := os.ReadFile("/sys/devices/system/clocksource/clocksource0/current_clocksource")
	name := strings.TrimSpace(string(text))
	if err == nil && (name == "xen" || name == "hpet" || name == "acpi_pm" || name == "jiffies") {
		return "The clock source is " + name + ", which is slow to read; tsc is better where it is stable."
	}
	return ""
}
