package server

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"
)

// TestEveryEventHasAdvice: LATENCY DOCTOR has something to say of whatever may be behind an event.
func TestEveryEventHasAdvice(t *testing.T) {
	file, err := parser.ParseFile(token.NewFileSet(), "../../observe/latency.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	events := 0
	ast.Inspect(file, func(n ast.Node) bool {
		if v, is := n.(*ast.ValueSpec); is && strings.HasPrefix(v.Names[0].Name, "Event") {
			name, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
			if events++; err != nil || advice[name] == "" {
				t.Errorf("%s (%s): %v", v.Names[0].Name, name, err)
			}
		}
		return true
	})
	if events < 10 {
		t.Errorf("%d events were found", events)
	}
}
