// Package peer starts servers to be measured, ours or another's, as processes of their
// own, and reads from the kernel what they used. It knows nothing of what is measured.
package peer

import (
	"bytes"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// tick is the unit of CPU time in /proc/PID/stat.
const tick = 10 * time.Millisecond

// Server is a running server process.
type Server struct {
	Name string
	Port int
	cmd  *exec.Cmd
	dir  string
}

// Start runs command, in which {port} stands for the port, and waits until the server
// answers. cpus, when not empty, is a list for taskset.
func Start(name, command, cpus string, env ...string) (*Server, error) {
	port, err := FreePort()
	if err != nil {
		return nil, err
	}
	dir, err := os.MkdirTemp("", "bench-"+name+"-")
	if err != nil {
		return nil, err
	}
	argv := strings.Fields(strings.ReplaceAll(command, "{port}", strconv.Itoa(port)))
	for i := range argv {
		if argv[i] == `""` {
			argv[i] = ""
		}
	}
	if path, err := filepath.Abs(argv[0]); err == nil && strings.Contains(argv[0], "/") {
		argv[0] = path
	}
	if cpus != "" {
		argv = append([]string{"taskset", "-c", cpus}, argv...)
	}
	s := &Server{Name: name, Port: port, dir: dir}
	if err := s.begin(argv, append(os.Environ(), env...), 10*time.Second); err != nil {
		s.Stop()
		return nil, err
	}
	return s, nil
}

// begin starts the process, and waits until it answers.
func (s *Server) begin(argv, env []string, limit time.Duration) error {
	s.cmd = exec.Command(argv[0], argv[1:]...)
	s.cmd.Dir, s.cmd.Env = s.dir, env
	s.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := s.cmd.Start(); err != nil {
		return err
	}
	return s.await(limit)
}

// Restart kills the server and starts it again where its files are, and returns how long it takes until it answers: until its data is loaded.
func (s *Server) Restart() (time.Duration, error) {
	argv, env := s.cmd.Args, s.cmd.Env
	_ = s.cmd.Process.Kill()
	_ = s.cmd.Wait()
	since := time.Now()
	err := s.begin(argv, env, 2*time.Minute)
	return time.Since(since), err
}

func (s *Server) await(limit time.Duration) error {
	for end := time.Now().Add(limit); time.Now().Before(end); time.Sleep(5 * time.Millisecond) {
		c, err := net.Dial("tcp", s.Addr())
		if err != nil {
			continue
		}
		_, _ = c.Write([]byte("PING\r\n"))
		buf := make([]byte, 7)
		_ = c.SetReadDeadline(time.Now().Add(time.Second))
		n, _ := c.Read(buf)
		_ = c.Close()
		if bytes.HasPrefix(buf[:n], []byte("+PONG")) || bytes.HasPrefix(buf[:n], []byte("-NOAUTH")) { // it wants a password first
			return nil
		}
	}
	return fmt.Errorf("%s did not answer PING", s.Name)
}

// Addr is where the server listens.
func (s *Server) Addr() string { return "127.0.0.1:" + strconv.Itoa(s.Port) }

// Dir is where the server runs; it goes when the server is stopped.
func (s *Server) Dir() string { return s.dir }

// CPU is the user and system time that the server has used.
func (s *Server) CPU() time.Duration {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/stat", s.cmd.Process.Pid))
	f := strings.Fields(string(data[bytes.LastIndexByte(data, ')')+1:]))
	user, _ := strconv.Atoi(f[11])
	system, _ := strconv.Atoi(f[12])
	return time.Duration(user+system) * tick
}

// Resident is the server's resident memory in bytes.
func (s *Server) Resident() int64 {
	data, _ := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.cmd.Process.Pid))
	_, rest, _ := strings.Cut(string(data), "VmRSS:")
	kb, _ := strconv.ParseInt(strings.Fields(rest)[0], 10, 64)
	return kb << 10
}

// Stop ends the server, if it has begun.
func (s *Server) Stop() {
	if s.cmd.Process == nil {
		_ = os.RemoveAll(s.dir)
		return
	}
	_ = s.cmd.Process.Signal(syscall.SIGTERM)
	done := make(chan struct{})
	go func() { _ = s.cmd.Wait(); close(done) }()
	select {
	case <-done:
	case <-time.After(10 * time.Second):
		_ = s.cmd.Process.Kill()
		<-done
	}
	_ = os.RemoveAll(s.dir)
}

// FreePort is a port that nobody listens on.
func FreePort() (int, error) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.Addr().(*net.TCPAddr).Port, nil
}

// PID is the number of the server's process.
func (s *Server) PID() int { return s.cmd.Process.Pid }
