package lua

import (
	"crypto/sha1"
	"encoding/hex"

	glua "github.com/yuin/gopher-lua"

	"sigrun/internal/num"
)

// serverTable is what scripts call `server`, and `redis`.
func (s *State) serverTable() *glua.LTable {
	t := s.vm.NewTable()
	for name, fn := range map[string]glua.LGFunction{
		"call":          func(vm *glua.LState) int { return s.call(vm, true) },
		"pcall":         func(vm *glua.LState) int { return s.call(vm, false) },
		"sha1hex":       sha1hex,
		"error_reply":   errorReply,
		"status_reply":  statusReply,
		"log":           s.log,
		"setresp":       s.setResp,
		"set_repl":      setRepl,
		"acl_check_cmd": s.aclCheck,
		// What is left of the debugger and of an older way to replicate.
		"breakpoint":         func(vm *glua.LState) int { vm.Push(glua.LFalse); return 1 },
		"debug":              func(*glua.LState) int { return 0 },
		"replicate_commands": func(vm *glua.LState) int { vm.Push(glua.LTrue); return 1 },
	} {
		t.RawSetString(name, s.vm.NewFunction(fn))
	}
	for name, n := range map[string]int{"LOG_DEBUG": 0, "LOG_VERBOSE": 1, "LOG_NOTICE": 2, "LOG_WARNING": 3,
		"REPL_NONE": 0, "REPL_AOF": 1, "REPL_SLAVE": 2, "REPL_REPLICA": 2, "REPL_ALL": 3,
		"REDIS_VERSION_NUM": compatibleNum, "VALKEY_VERSION_NUM": s.id.VersionNum} {
		t.RawSetString(name, glua.LNumber(n))
	}
	for name, v := range map[string]string{"REDIS_VERSION": compatible, "VALKEY_VERSION": s.id.Version, "SERVER_NAME": s.id.Name} {
		t.RawSetString(name, glua.LString(v))
	}
	return t
}

// The version that scripts written for Redis are told.
const (
	compatible    = "7.2.4"
	compatibleNum = 0x070204
)

// call is server.call and server.pcall: the first raises what the command answers as
// an error.
func (s *State) call(vm *glua.LState, raising bool) int {
	text := s.arguments(vm)
	if text == "" {
		reply, err := s.host.Call(s.args)
		if err != nil {
			s.stop.ask()
			throw(vm, "%s", err.Error())
		}
		if s.stop.asked() {
			throw(vm, "%s", errStopped.Error())
		}
		r := reader{reply}
		v := r.value()
		if raising && reply[0] == '-' {
			vm.Error(v, 1)
		}
		vm.Push(v)
		return 1
	}
	if raising {
		return raise(vm, text)
	}
	vm.Push(errorTable(text))
	return 1
}

// arguments collects a call's arguments as byte strings in s.args; text says what is
// wrong with them.
func (s *State) arguments(vm *glua.LState) (text string) {
	n := vm.GetTop()
	if n == 0 {
		return "Please specify at least one argument for this call"
	}
	s.args, s.text = s.args[:0], s.text[:0]
	for i := 1; i <= n; i++ {
		start := len(s.text)
		switch v := vm.Get(i).(type) {
		case glua.LString:
			s.text = append(s.text, v...)
		case glua.LNumber:
			s.text = num.AppendDouble(s.text, float64(v))
		default:
			return "ERR Command arguments must be strings or integers"
		}
		s.args = append(s.args, s.text[start:len(s.text):len(s.text)]) // an earlier buffer stays valid when text grows
	}
	return ""
}

func sha1hex(vm *glua.LState) int {
	if vm.GetTop() != 1 {
		return raise(vm, "wrong number of arguments")
	}
	text, _ := textOf(vm.Get(1))
	sum := sha1.Sum([]byte(text))
	vm.Push(glua.LString(hex.EncodeToString(sum[:])))
	return 1
}

func errorReply(vm *glua.LState) int {
	text, ok := vm.Get(1).(glua.LString)
	if !ok || vm.GetTop() != 1 {
		vm.Push(errorTable("wrong number or type of arguments"))
		return 1
	}
	if len(text) == 0 || text[0] != '-' {
		text = "-" + text
	}
	vm.Push(errorTable(string(text)))
	return 1
}

func statusReply(vm *glua.LState) int {
	text, ok := vm.Get(1).(glua.LString)
	if !ok || vm.GetTop() != 1 {
		vm.Push(errorTable("wrong number or type of arguments"))
		return 1
	}
	vm.Push(field("ok", text))
	return 1
}

func (s *State) log(vm *glua.LState) int {
	if vm.GetTop() < 2 {
		return raise(vm, "server.log() requires two arguments or more.")
	}
	n, ok := operand(vm.Get(1))
	if !ok {
		return raise(vm, "First argument must be a number (log level).")
	}
	level := int(truncate(float64(n)))
	if level < 0 || level > 3 {
		return raise(vm, "Invalid log level.")
	}
	text := ""
	for i := 2; i <= vm.GetTop(); i++ {
		if i > 2 {
			text += " "
		}
		one, _ := textOf(vm.Get(i))
		text += one
	}
	s.host.Log(level, text)
	return 0
}

func (s *State) setResp(vm *glua.LState) int {
	if vm.GetTop() != 1 {
		return raise(vm, "server.setresp() requires one argument.")
	}
	n, _ := operand(vm.Get(1))
	version := int(truncate(float64(n)))
	if version != 2 && version != 3 {
		return raise(vm, "RESP version must be 2 or 3.")
	}
	s.resp = version
	s.host.SetResp(version)
	return 0
}

// setRepl accepts what it is told: a script's effects are replicated as a whole.
func setRepl(vm *glua.LState) int {
	if vm.GetTop() != 1 {
		return raise(vm, "server.set_repl() requires one argument.")
	}
	if n, _ := operand(vm.Get(1)); truncate(float64(n))&^3 != 0 {
		return raise(vm, "Invalid replication flags. Use REPL_AOF, REPL_REPLICA, REPL_ALL or REPL_NONE.")
	}
	return 0
}

func (s *State) aclCheck(vm *glua.LState) int {
	if text := s.arguments(vm); text != "" {
		return raise(vm, text)
	}
	allowed, known := s.host.Allowed(s.args)
	if !known {
		return raise(vm, "ERR Invalid command passed to server.acl_check_cmd()")
	}
	vm.Push(glua.LBool(allowed))
	return 1
}
