package lua

import (
	"strconv"

	glua "github.com/yuin/gopher-lua"
)

// Identity is what scripts can ask about the server that runs them.
type Identity struct {
	Name, Version string
	VersionNum    int
}

// State is an interpreter; see the package comment.
type State struct {
	id   Identity
	vm   *glua.LState
	env  *glua.LTable // the globals as a script sees them, a front
	own  *glua.LTable // the globals
	stop stop
	rand lrand
	host Host
	resp int // the dialect that the script chose by setresp

	json                *jsonCodec
	null                *glua.LUserData               // cjson.null
	fronts              map[*glua.LTable]*glua.LTable // see sandbox.go
	bare                []*glua.LTable                // the fronts, in order to look at
	ofTexts, ofGlobals  *glua.LTable                  // their metatables, as a script sees them
	readOnly, nextIndex *glua.LFunction
	helpers             map[string]*glua.LFunction // see adapt.go

	nesting int // of protected calls and coroutines
	spent   int // steps since stop was looked at (spend)
	handler *glua.LFunction
	args    [][]byte // scratch: of a call
	text    []byte
}

// The stacks of an interpreter grow up to these.
const (
	maxFrames    = 20000
	minRegisters = 1 << 10
	maxRegisters = 1 << 18
	moreRegister = 1 << 14
	coRegisters  = 1 << 7
)

// NewState makes an interpreter with all that scripts may use.
func NewState(id Identity) *State {
	s := &State{id: id}
	s.open()
	return s
}

func (s *State) open() {
	s.vm = glua.NewState(glua.Options{CallStackSize: maxFrames, RegistrySize: minRegisters, RegistryMaxSize: maxRegisters,
		RegistryGrowStep: moreRegister, SkipOpenLibs: true, MinimizeStackMemory: true})
	s.vm.Options.RegistrySize, s.vm.Options.RegistryGrowStep = coRegisters, minRegisters // of coroutines, which may be many
	s.furnish()
	s.vm.SetContext(&s.stop)
}

// Ready prepares for Run: what Abort asked for before does not count any more.
func (s *State) Ready() { s.stop.reset() }

// Run runs a program and writes what it returns. An error is an *Error; nothing was
// written then.
func (s *State) Run(p *Program, h Host, keys, argv [][]byte, out Reply) error {
	s.host, s.resp, s.nesting = h, 2, 0
	s.rand.start()
	s.json.jsonSettings = jsonDefaults
	s.own.RawSetString("KEYS", s.strings(keys))
	s.own.RawSetString("ARGV", s.strings(argv))
	fn := s.vm.NewFunctionFromProto(p.proto)
	fn.Env = s.env
	s.vm.Push(fn)
	err := s.vm.PCall(0, 1, s.handler)
	defer s.clean()
	if err != nil {
		e := describe(err)
		e.Stopped = s.stop.asked()
		return e
	}
	ret := s.vm.Get(-1)
	a := answer{out: out, resp: s.resp}
	a.value(ret, 0)
	return nil
}

// Abort ends the script that is running, from any goroutine. What the script does to
// catch errors does not help it.
func (s *State) Abort() { s.stop.ask() }

// clean makes the state as new; one that a script has tampered with is made again.
func (s *State) clean() {
	s.vm.SetTop(0)
	s.host = nil
	tampered := s.stop.asked()
	for _, front := range s.bare {
		if k, _ := front.Next(glua.LNil); k != glua.LNil {
			tampered = true
		}
	}
	s.own.RawSetString("KEYS", glua.LNil)
	s.own.RawSetString("ARGV", glua.LNil)
	if tampered {
		s.vm.Close()
		s.open()
	}
}

// Close gives the interpreter up.
func (s *State) Close() { s.vm.Close() }

func (s *State) strings(list [][]byte) *glua.LTable {
	t := s.vm.CreateTable(len(list), 0)
	for _, v := range list {
		t.Append(glua.LString(v))
	}
	return t
}

func itoa(n int) string { return strconv.Itoa(n) }
