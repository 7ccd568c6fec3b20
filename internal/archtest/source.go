package archtest

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
)

// File is one parsed source file; its Path is relative to the module's root.
type File struct {
	Path string
	Test bool
	AST  *ast.File
	set  *token.FileSet
}

// Package is a folder with Go files; its Path is relative to the module's root.
type Package struct {
	Path  string
	Files []File
}

// Load parses every package below the root of a module, whatever build tags its files carry.
func Load(root fs.FS) ([]Package, error) {
	found := map[string]*Package{}
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if d.IsDir() {
			return skipDir(name, d.Name())
		}
		if !strings.HasSuffix(name, ".go") {
			return nil
		}
		return addFile(root, found, name)
	})
	pkgs := make([]Package, 0, len(found))
	for _, p := range found {
		pkgs = append(pkgs, *p)
	}
	sort.Slice(pkgs, func(i, j int) bool { return pkgs[i].Path < pkgs[j].Path })
	return pkgs, err
}

// skipDir leaves out what the go tool leaves out too.
func skipDir(name, base string) error {
	if name != "." && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_") || base == "testdata" || base == "vendor") {
		return fs.SkipDir
	}
	return nil
}

func addFile(root fs.FS, found map[string]*Package, name string) error {
	src, err := fs.ReadFile(root, name)
	if err != nil {
		return err
	}
	set := token.NewFileSet()
	tree, err := parser.ParseFile(set, name, src, parser.ParseComments|parser.SkipObjectResolution)
	if err != nil {
		return err
	}
	dir := path.Dir(name)
	if found[dir] == nil {
		found[dir] = &Package{Path: dir}
	}
	f := File{Path: name, Test: strings.HasSuffix(name, "_test.go"), AST: tree, set: set}
	found[dir].Files = append(found[dir].Files, f)
	return nil
}

// Module returns the folder that holds go.mod, at or above the working directory.
func Module() (string, error) {
	dir, err := os.Getwd()
	for err == nil {
		if _, e := os.Stat(filepath.Join(dir, "go.mod")); e == nil {
			return dir, nil
		}
		if up := filepath.Dir(dir); up != dir {
			dir = up
		} else {
			err = os.ErrNotExist
		}
	}
	return "", err
}

// imports lists the import paths of a file.
func (f File) imports() []string {
	out := make([]string, 0, len(f.AST.Imports))
	for _, s := range f.AST.Imports {
		p, _ := strconv.Unquote(s.Path.Value)
		out = append(out, p)
	}
	return out
}

// at gives file:line of a node.
func (f File) at(n ast.Node) string {
	return f.Path + ":" + strconv.Itoa(f.set.Position(n.Pos()).Line)
}
