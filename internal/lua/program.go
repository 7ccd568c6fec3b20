package lua

import (
	"errors"
	"slices"
	"strings"

	glua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"
)

// chunkName is what positions in errors are told by.
const chunkName = "user_script"

// Program is a compiled script. It does not change.
type Program struct {
	proto *glua.FunctionProto
	bytes int
}

// Bytes is the memory that the program takes.
func (p *Program) Bytes() int { return p.bytes }

// Compile compiles a script; the error tells line and cause.
func Compile(body string) (*Program, error) {
	proto, err := compile(body, chunkName)
	if err != nil {
		return nil, err
	}
	proto.IsVarArg &^= glua.VarArgNeedsArg // a table of no arguments, made for every run
	return &Program{proto, trim(proto)}, nil
}

// compile compiles a text that positions call by a name.
func compile(body, name string) (*glua.FunctionProto, error) {
	chunk, err := parse.Parse(strings.NewReader(body), name)
	if err != nil {
		return nil, compileError(body, name, err)
	}
	proto, err := glua.Compile(adapt(chunk, body), name)
	if err != nil {
		return nil, compileError(body, name, err)
	}
	return proto, nil
}

// trim cuts what the compiler left room for, kilobytes for every function, and tells what remains.
func trim(f *glua.FunctionProto) (bytes int) {
	f.Code, f.Constants, f.FunctionPrototypes = slices.Clone(f.Code), slices.Clone(f.Constants), slices.Clone(f.FunctionPrototypes)
	f.DbgSourcePositions, f.DbgLocals = slices.Clone(f.DbgSourcePositions), slices.Clone(f.DbgLocals)
	f.DbgCalls, f.DbgUpvalues = slices.Clone(f.DbgCalls), slices.Clone(f.DbgUpvalues)
	const function, constant, instruction, name = 512, 48, 12, 48
	bytes = function + instruction*len(f.Code) + constant*len(f.Constants) + name*(len(f.DbgLocals)+len(f.DbgCalls)+len(f.DbgUpvalues))
	for _, c := range f.Constants {
		if text, ok := c.(glua.LString); ok {
			bytes += len(text)
		}
	}
	for _, inner := range f.FunctionPrototypes {
		bytes += trim(inner)
	}
	return bytes
}

// compileError puts the interpreter's words into the form that clients know.
func compileError(body, name string, err error) error {
	var syntax *parse.Error
	if errors.As(err, &syntax) {
		near, line := "", syntax.Pos.Line
		if line < 0 { // the end of the script
			near, line = " near '<eof>'", strings.Count(body, "\n")+1
		} else if syntax.Token != "" {
			near = " near '" + syntax.Token + "'"
		}
		message := strings.TrimSpace(syntax.Message)
		if message == "" || message == "parse error" {
			message = "syntax error"
		}
		return errors.New(name + ":" + itoa(max(line, 1)) + ": " + message + near)
	}
	text := err.Error()
	if at := strings.Index(text, name); at >= 0 {
		text = text[at:]
	}
	return errors.New(strings.TrimSpace(text))
}
