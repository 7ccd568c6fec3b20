package lua

import (
	"reflect"

	glua "github.com/yuin/gopher-lua"
)

// Errors about a value say by which name the script knows it: a local, a global, a field, a method or an upvalue. The
// name is found as Lua finds it, by looking in the compiled function for what brought the value into its register.

// instruction is one of a compiled function.
type instruction uint32

func (i instruction) op() int { return int(i >> 26) }
func (i instruction) a() int  { return int(i>>18) & 0xff }
func (i instruction) b() int  { return int(i) & 0x1ff }
func (i instruction) c() int  { return int(i>>9) & 0x1ff }
func (i instruction) bx() int { return int(i) & 0x3ffff }

// constantBit marks operands that are constants.
const constantBit = 1 << 8

// wrong is an error about a value that cannot be used so: "attempt to index field 'x' (a nil value)". register picks
// its register from the instruction under way, -1 if it has none.
func wrong(vm *glua.LState, verb string, v glua.LValue, register func(instruction) int) {
	kind, name := variable(vm, register)
	if kind == "" {
		throw(vm, "attempt to %s a %s value", verb, v.Type())
	}
	throw(vm, "attempt to %s %s '%s' (a %s value)", verb, kind, name, v.Type())
}

// variable is the name of the value in a register of the function that called this one.
func variable(vm *glua.LState, register func(instruction) int) (kind, name string) {
	caller, ok := vm.GetStack(1)
	if !ok {
		return "", ""
	}
	v, err := vm.GetInfo("f", caller, glua.LNil)
	fn, ok := v.(*glua.LFunction)
	if err != nil || !ok || fn.IsG {
		return "", ""
	}
	// The interpreter does not tell where a function stands but by its line.
	pc := int(reflect.ValueOf(caller).Elem().FieldByName("frame").Elem().FieldByName("Pc").Int()) - 1
	if pc < 0 || pc >= len(fn.Proto.Code) {
		return "", ""
	}
	r := register(instruction(fn.Proto.Code[pc]))
	if r < 0 || r >= constantBit {
		return "", ""
	}
	return named(fn, pc, r)
}

// named is the name of what register r holds before instruction pc.
func named(fn *glua.LFunction, pc, r int) (kind, name string) {
	p, before := fn.Proto, r
	for _, local := range p.DbgLocals {
		if local.StartPc <= pc && pc <= local.EndPc {
			if before == 0 {
				return "local", local.Name
			}
			before--
		}
	}
	for pc--; pc >= 0; pc-- {
		i := instruction(p.Code[pc])
		switch {
		case i.op() == glua.OP_CALL && i.a() <= r:
			return "", ""
		case i.a() != r:
			continue
		}
		switch i.op() {
		case glua.OP_GETGLOBAL:
			return "global", p.Constants[i.bx()].String()
		case glua.OP_MOVE, glua.OP_MOVEN:
			if i.b() < i.a() {
				return named(fn, pc, i.b())
			}
			return "", ""
		case glua.OP_GETTABLE, glua.OP_GETTABLEKS:
			return "field", constantName(p, i.c())
		case glua.OP_SELF:
			return "method", constantName(p, i.c())
		case glua.OP_GETUPVAL:
			if i.b() < len(p.DbgUpvalues) {
				return "upvalue", p.DbgUpvalues[i.b()]
			}
			return "", ""
		case glua.OP_SETGLOBAL, glua.OP_SETUPVAL, glua.OP_SETTABLE, glua.OP_SETTABLEKS, glua.OP_EQ, glua.OP_LT, glua.OP_LE, glua.OP_TEST,
			glua.OP_RETURN, glua.OP_SETLIST, glua.OP_CLOSE, glua.OP_JMP, glua.OP_NOP: // these write no register
			continue
		}
		return "", ""
	}
	return "", ""
}

// constantName is a key that is a text, "?" if it is none.
func constantName(p *glua.FunctionProto, operand int) string {
	if operand&constantBit != 0 && operand&^constantBit < len(p.Constants) {
		if text, ok := p.Constants[operand&^constantBit].(glua.LString); ok {
			return string(text)
		}
	}
	return "?"
}

// Where the instructions have the value that an operator does not take.
func called(i instruction) int {
	if i.op() == glua.OP_CALL || i.op() == glua.OP_TAILCALL {
		return i.a()
	}
	return -1
}

func indexed(i instruction) int {
	switch i.op() {
	case glua.OP_SETTABLE, glua.OP_SETTABLEKS:
		return i.a()
	case glua.OP_GETTABLE, glua.OP_GETTABLEKS, glua.OP_SELF:
		return i.b()
	}
	return -1
}

func measured(i instruction) int {
	if i.op() == glua.OP_CALL {
		return i.a() + 1
	}
	return i.b()
}

// operandOf is the left or the right operand, which may be an argument of a function that stands for the operator.
func operandOf(right bool) func(instruction) int {
	return func(i instruction) int {
		switch {
		case i.op() == glua.OP_CALL && right:
			return i.a() + 2
		case i.op() == glua.OP_CALL:
			return i.a() + 1
		case right && i.op() != glua.OP_UNM:
			return i.c()
		}
		return i.b()
	}
}

// argument is an argument of a call.
func argument(n int) func(instruction) int {
	return func(i instruction) int {
		if i.op() != glua.OP_CALL {
			return -1
		}
		return i.a() + n
	}
}
