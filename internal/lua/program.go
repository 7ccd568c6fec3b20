package lua

import (
	"errors"
	"strings"

	glua "github.com/yuin/gopher-lua"
	"github.com/yuin/gopher-lua/parse"
)

// chunkName is what positions in errors are told by.
const chunkName = "user_script"

// Program is a compiled script. It does not change.
type Program struct{ proto *glua.FunctionProto }

// Compile compiles a script; the error tells line and cause.
func Compile(body string) (*Program, error) {
	proto, err := compile(body, chunkName)
	if err != nil {
		return nil, err
	}
	proto.IsVarArg &^= glua.VarArgNeedsArg // a table of no arguments, made for every run
	return &Program{proto}, nil
}

// compile compiles a text that positions call by a name.
func compile(body, name string) (*glua.FunctionProto, error) {
	chunk, err := parse.Parse(strings.NewReader(body), name)
	if err != nil {
		return nil, compileError(body, name, err)
	}
	proto, err := glua.Compile(adapt(chunk), name)
	if err != nil {
		return nil, compileError(body, name, err)
	}
	return proto, nil
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
