package host

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// Facts are what a measurement depends on and nobody sees in its figures.
type Facts struct {
	Name        string            `json:"host"`
	Processor   string            `json:"processor"`
	Cores       int               `json:"cores"` // that this process may use
	Siblings    [][]int           `json:"smt_siblings,omitempty"`
	Nodes       []string          `json:"numa_nodes,omitempty"` // their cores
	Memory      int64             `json:"memory"`
	Kernel      string            `json:"kernel"`
	Governor    string            `json:"governor,omitempty"`
	HugePages   string            `json:"transparent_hugepage,omitempty"`
	Hypervisor  bool              `json:"hypervisor"`
	Quota       string            `json:"cgroup_cpu_max,omitempty"`
	Mitigations map[string]string `json:"mitigations,omitempty"`
	Somaxconn   string            `json:"somaxconn,omitempty"`
	Go          string            `json:"go"`
	Load        string            `json:"load_average"` // before the run
}

// Look gathers the facts of this machine.
func Look() Facts {
	f := Facts{Cores: runtime.NumCPU(), Go: runtime.Version(), Mitigations: map[string]string{}}
	f.Name, _ = os.Hostname()
	info := read("/proc/cpuinfo")
	f.Processor = field(info, "model name")
	f.Hypervisor = strings.Contains(field(info, "flags"), " hypervisor")
	f.Memory = number([]byte(read("/proc/meminfo")), "MemTotal:") << 10
	var name unix.Utsname
	if unix.Uname(&name) == nil {
		f.Kernel = unix.ByteSliceToString(name.Release[:]) + " " + unix.ByteSliceToString(name.Machine[:])
	}
	f.Governor = read("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
	f.HugePages = read("/sys/kernel/mm/transparent_hugepage/enabled")
	f.Quota = read("/sys/fs/cgroup/cpu.max")
	f.Somaxconn = read("/proc/sys/net/core/somaxconn")
	f.Load = read("/proc/loadavg")
	f.topology()
	holes, _ := filepath.Glob("/sys/devices/system/cpu/vulnerabilities/*")
	for _, h := range holes {
		if text := read(h); text != "Not affected" {
			f.Mitigations[filepath.Base(h)] = text
		}
	}
	return f
}

func (f *Facts) topology() {
	nodes, _ := filepath.Glob("/sys/devices/system/node/node[0-9]*/cpulist")
	for _, n := range nodes {
		f.Nodes = append(f.Nodes, read(n))
	}
	groups, _ := filepath.Glob("/sys/devices/system/cpu/cpu[0-9]*/topology/thread_siblings_list")
	seen := map[string]bool{}
	for _, g := range groups {
		text := read(g)
		if list, err := CPUs(text); err == nil && len(list) > 1 && !seen[text] {
			seen[text] = true
			f.Siblings = append(f.Siblings, list)
		}
	}
	slices.SortFunc(f.Siblings, func(a, b []int) int { return a[0] - b[0] })
}

func read(path string) string {
	data, _ := os.ReadFile(path)
	return strings.TrimSpace(string(data))
}

// field is what stands behind a name and a colon.
func field(text, name string) string {
	_, rest, _ := strings.Cut(text, name)
	line, _, _ := strings.Cut(rest, "\n")
	return strings.Trim(line, "\t :")
}

// CPUs reads a list of cores such as 0-3,8.
func CPUs(list string) (out []int, err error) {
	for _, part := range strings.Split(list, ",") {
		a, b, two := strings.Cut(strings.TrimSpace(part), "-")
		if !two {
			b = a
		}
		from, err := strconv.Atoi(a)
		to, err2 := strconv.Atoi(b)
		if err != nil || err2 != nil || from < 0 || to > 4095 || from > to {
			return nil, fmt.Errorf("%.40q is no list of cores such as 4-7,12", list)
		}
		for n := from; n <= to; n++ {
			out = append(out, n)
		}
	}
	return out, nil
}
