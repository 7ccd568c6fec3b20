package main

import (
	"bytes"
	"os"
	"strconv"

	"sigrun/internal/config"
)

// title is the place where the system looks for the arguments of this process, and what
// lies behind it: the environment, of which Go has its own copy.
type title struct {
	start, end  int64 // arguments
	environment int64 // end of the environment, which follows them
}

// setTitle shows proc-title-template in the list of processes, where that is wanted and
// possible.
func (p *process) setTitle() {
	if !p.cfg.Value("set-proc-title").Bool() {
		return
	}
	text, ok := config.ExpandTitle(p.cfg.Value("proc-title-template").String(), p.titleValue)
	if ok {
		p.title.write(text)
	}
}

func (p *process) titleValue(name string) (string, bool) {
	value := func(name string) string { return p.cfg.Value(name).String() }
	switch name {
	case "title":
		return p.argv[0], true
	case "listen-addr":
		port := value("port")
		if port == "0" {
			port = value("tls-port")
		}
		if port == "0" {
			return "unixsocket:" + value("unixsocket"), true
		}
		host := "*"
		if hosts := p.cfg.Value("bind").Words(); len(hosts) > 0 {
			host = hosts[0]
		}
		return host + ":" + port, true
	case "server-mode":
		if p.mode() == "cluster" {
			return "[cluster]", true
		}
		return "", true
	case "config-file":
		if p.cfg.File() == "" {
			return "-", true
		}
		return p.cfg.File(), true
	case "port", "tls-port", "unixsocket":
		return value(name), true
	}
	return "", false
}

// write puts text where the arguments were. The kernel takes it for a title of its own,
// which may go on where the environment was, when the last byte of the arguments is not 0.
func (t *title) write(text string) {
	if t.start == 0 && !t.find() {
		return
	}
	room, most := t.end-t.start, t.environment-t.start
	if int64(len(text)) >= most {
		text = text[:most-1]
	}
	b := make([]byte, max(room, int64(len(text))+1))
	copy(b, text)
	memory, err := os.OpenFile("/proc/self/mem", os.O_WRONLY, 0)
	if err != nil {
		return
	}
	defer memory.Close()
	_, _ = memory.WriteAt(b, t.start)
}

// find asks the system where the arguments lie: fields 48 to 51 of proc_pid_stat(5).
func (t *title) find() bool {
	stat, err := os.ReadFile("/proc/self/stat")
	if err != nil {
		return false
	}
	fields := bytes.Fields(stat[bytes.LastIndexByte(stat, ')')+1:]) // the first of them is field 3
	if len(fields) < 49 {
		return false
	}
	var at [4]int64
	for i := range at {
		if at[i], err = strconv.ParseInt(string(fields[48-3+i]), 10, 64); err != nil {
			return false
		}
	}
	if at[0] == 0 || at[1] <= at[0] || at[2] != at[1] || at[3] < at[2] {
		return false
	}
	t.start, t.end, t.environment = at[0], at[1], at[3]
	return true
}
