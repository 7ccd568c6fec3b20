package lua

import (
	"time"

	glua "github.com/yuin/gopher-lua"
)

// furnish makes what scripts find: the libraries, behind tables that refuse to be changed.
func (s *State) furnish() {
	vm := s.vm
	s.bare = nil
	s.fronts, s.readOnly = map[*glua.LTable]*glua.LTable{}, vm.NewFunction(readOnly)
	s.handler, s.nextIndex = vm.NewFunction(located), vm.NewFunction(nextIndex)
	s.own, s.env = s.basicLibrary(), vm.NewTable()
	s.own.RawSetString("_VERSION", glua.LString("Lua 5.1"))
	s.own.RawSetString("_G", s.env)
	s.libraries()
	s.operators()
	beyond := vm.NewTable()
	missing := vm.NewFunction(s.missing)
	beyond.RawSetString("__index", missing)
	s.own.Metatable = beyond
	s.seal(s.env, s.own)
	ofGlobals := vm.NewTable()
	ofGlobals.RawSetString("__index", missing)
	s.ofGlobals = s.sealed(ofGlobals)
	vm.G.Global, vm.Env = s.env, s.env
}

// libraries puts the tables of functions among the globals.
func (s *State) libraries() {
	server := s.sealed(s.serverTable())
	for name, t := range map[string]*glua.LTable{
		"string": s.sealed(texts{s}.library()), "server": server, "redis": server,
		"table": s.sealed(tables{s}.library()), "math": s.sealed(s.mathLibrary()), "os": s.sealed(s.clockLibrary()),
		"coroutine": s.sealed(s.coroutineLibrary()), "cjson": s.sealed(s.jsonLibrary()), "bit": s.sealed(s.bitLibrary()),
		"struct": s.sealed(s.structLibrary()), "cmsgpack": s.sealed(packs{s}.library()),
	} {
		s.own.RawSetString(name, t)
	}
}

// began is when the process began, nearly.
var began = time.Now()

// clockLibrary is what is left of os.
func (s *State) clockLibrary() *glua.LTable {
	return s.library(map[string]glua.LGFunction{"clock": func(vm *glua.LState) int {
		vm.Push(glua.LNumber(time.Since(began).Seconds()))
		return 1
	}})
}
