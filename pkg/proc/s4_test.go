package proc_test

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// s4Package is the source of one package, its test files left out.
type s4Package struct {
	files []*ast.File
	types map[string]ast.Expr // by name
	funcs map[string]*ast.FuncDecl
}

// s4Parse reads all packages under dir.
func s4Parse(t *testing.T, fset *token.FileSet, dir string) map[string]*s4Package {
	t.Helper()
	packages := map[string]*s4Package{}
	require.NoError(t, filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
			return err
		}
		file, err := parser.ParseFile(fset, path, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		p := packages[filepath.Dir(path)]
		if p == nil {
			p = &s4Package{types: map[string]ast.Expr{}, funcs: map[string]*ast.FuncDecl{}}
			packages[filepath.Dir(path)] = p
		}
		p.files = append(p.files, file)
		for _, decl := range file.Decls {
			switch decl := decl.(type) {
			case *ast.FuncDecl:
				if decl.Recv == nil {
					p.funcs[decl.Name.Name] = decl
				}
			case *ast.GenDecl:
				for _, spec := range decl.Specs {
					if typ, ok := spec.(*ast.TypeSpec); ok {
						p.types[typ.Name.Name] = typ.Type
					}
				}
			}
		}
		return nil
	}))
	return packages
}

// s4Shared are packages whose types hold what goroutines share.
var s4Shared = map[string]bool{"sync": true, "sync/atomic": true, "time.Timer": true, "time.Ticker": true}

// s4Imports are the import paths of a file by the names they have in it.
func s4Imports(file *ast.File) map[string]string {
	paths := map[string]string{}
	for _, spec := range file.Imports {
		path := strings.Trim(spec.Path.Value, `"`)
		name := path[strings.LastIndex(path, "/")+1:]
		if spec.Name != nil {
			name = spec.Name.Name
		}
		paths[name] = path
	}
	return paths
}

// s4Finder looks for what makes a variable shared state.
type s4Finder struct {
	p       *s4Package
	imports map[string]string
	seen    map[string]bool
}

// typ says why values of type e are shared state, or "".
func (f s4Finder) typ(e ast.Expr) string {
	switch e := e.(type) {
	case *ast.ChanType:
		return "a channel"
	case *ast.MapType:
		return "a map"
	case *ast.StarExpr:
		return f.typ(e.X)
	case *ast.ParenExpr:
		return f.typ(e.X)
	case *ast.ArrayType:
		return f.typ(e.Elt)
	case *ast.IndexExpr:
		return f.typ(e.X)
	case *ast.IndexListExpr:
		return f.typ(e.X)
	case *ast.SelectorExpr:
		if name, ok := e.X.(*ast.Ident); ok {
			path := f.imports[name.Name]
			if s4Shared[path] || s4Shared[path+"."+e.Sel.Name] {
				return name.Name + "." + e.Sel.Name
			}
		}
	case *ast.StructType:
		for _, field := range e.Fields.List {
			if why := f.typ(field.Type); why != "" {
				return why
			}
		}
	case *ast.Ident:
		if under, ok := f.p.types[e.Name]; ok && !f.seen[e.Name] {
			f.seen[e.Name] = true
			return f.typ(under)
		}
	}
	return ""
}

// value says why the value of e is shared state, or "".
func (f s4Finder) value(e ast.Expr) (why string) {
	ast.Inspect(e, func(n ast.Node) bool {
		switch n := n.(type) {
		case *ast.FuncLit:
			return false // what it makes when called is its caller's
		case *ast.CompositeLit:
			if n.Type != nil && why == "" {
				why = f.typ(n.Type)
			}
		case *ast.CallExpr:
			if why == "" {
				why = f.call(n)
			}
		}
		return why == ""
	})
	return why
}

// call says why the result of a call is shared state, or "".
func (f s4Finder) call(call *ast.CallExpr) string {
	switch fun := call.Fun.(type) {
	case *ast.Ident:
		if (fun.Name == "make" || fun.Name == "new") && len(call.Args) > 0 {
			return f.typ(call.Args[0])
		}
		if decl, ok := f.p.funcs[fun.Name]; ok && decl.Type.Results != nil {
			for _, result := range decl.Type.Results.List {
				if why := f.typ(result.Type); why != "" {
					return why
				}
			}
		}
	case *ast.FuncLit:
		return "made by a function that runs when the program starts"
	case *ast.SelectorExpr:
		name, ok := fun.X.(*ast.Ident)
		if !ok {
			return ""
		}
		switch path := f.imports[name.Name]; {
		case path == "sync":
			return "sync." + fun.Sel.Name
		case path == "time" && strings.Contains("NewTimer NewTicker After AfterFunc Tick", fun.Sel.Name):
			return "time." + fun.Sel.Name
		}
	}
	return ""
}

// s4Findings lists the package-level state of the packages under dir.
func s4Findings(t *testing.T, dir string) (found []string, files int) {
	t.Helper()
	fset := token.NewFileSet()
	for _, p := range s4Parse(t, fset, dir) {
		for _, file := range p.files {
			files++
			imports := s4Imports(file)
			for _, decl := range file.Decls {
				switch decl := decl.(type) {
				case *ast.GenDecl:
					if decl.Tok != token.VAR {
						continue
					}
					for _, spec := range decl.Specs {
						vars := spec.(*ast.ValueSpec)
						finder := func() s4Finder { return s4Finder{p, imports, map[string]bool{}} }
						why := ""
						if vars.Type != nil {
							why = finder().typ(vars.Type)
						}
						for _, v := range vars.Values {
							if why == "" {
								why = finder().value(v)
							}
						}
						if why != "" {
							found = append(found, fmt.Sprintf("%s: var %s: %s", fset.Position(vars.Pos()), vars.Names[0], why))
						}
					}
				case *ast.FuncDecl:
					if decl.Recv == nil && decl.Name.Name == "init" {
						found = append(found, fmt.Sprintf("%s: func init", fset.Position(decl.Pos())))
					}
				}
			}
		}
	}
	return found, files
}

// S4: nothing is package-level: the source of proc, its internal packages and
// sel have no package variable that holds a channel, map, lock, pool, atomic or
// timer, and no init function that could start something.
func TestS4_NothingIsPackageLevel(t *testing.T) {
	for _, dir := range []string{".", filepath.Join("..", "sel")} {
		found, files := s4Findings(t, dir)
		require.Empty(t, found, strings.Join(found, "\n"))
		require.Positive(t, files, "nothing to look at in %s", dir)
	}
}
