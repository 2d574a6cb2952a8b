package docs

import (
	"go/ast"
	"go/constant"
	"go/parser"
	"go/token"
	"go/types"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"
)

// A row of testing-limits.md has its value, and behind it in a comment where the code has
// that: a package, or a file, and a constant, a variable or the field of a literal.
var (
	limitRow  = regexp.MustCompile(`^\| (.+) \| (?:(.+) <!-- (\S+) (\S+) -->|none) \| ?(.*) \|$`)
	quantity  = regexp.MustCompile(`^(?:1/|1 in )?([0-9][0-9,]*)(m|s)?$`)
	settingIn = regexp.MustCompile("`([^`]+)`")
	isDefault = regexp.MustCompile(`^[dD]efault[A-Z]`)
)

// limited are the packages whose limits are all in the page.
var limited = []string{"pkg/sim", "pkg/linear", "pkg/probe"}

// Each limit is the one in the code, what changes it exists, and none is missing.
func TestLimits_AreThoseOfTheCode(t *testing.T) {
	doc := read(t, "testing-limits.md")
	told := make(map[string]bool)
	for i, line := range doc.lines {
		if !strings.HasPrefix(line, "|") || strings.HasPrefix(line, "|---") || strings.HasPrefix(line, "| What |") {
			continue
		}
		row := limitRow.FindStringSubmatch(line)
		if row == nil {
			t.Errorf("%s: this is no row of a limit: %s", doc.at(i), line)
			continue
		}
		value, where, name := row[2], row[3], row[4]
		for _, setting := range settingIn.FindAllStringSubmatch(row[5], -1) {
			if !settable(t, setting[1]) {
				t.Errorf("%s: there is no %s", doc.at(i), setting[1])
			}
		}
		if value == "" { // none
			continue
		}
		told[where+" "+name] = true
		code := limitsIn(t, where)[name]
		if len(code) == 0 {
			t.Errorf("%s: there is no %s in %s", doc.at(i), name, where)
		}
		for _, c := range code {
			if want := valueOf(t, c); parsed(t, value) != want {
				t.Errorf("%s: %s is %s, not %s", doc.at(i), name, c, value)
			}
		}
	}
	for _, pkg := range limited {
		for name := range limitsIn(t, pkg) {
			if isDefault.MatchString(name) && !told[pkg+" "+name] {
				t.Errorf("testing-limits.md does not tell %s of %s", name, pkg)
			}
		}
	}
}

// parsed is the number, or the time in nanoseconds, that a cell has.
func parsed(t *testing.T, cell string) int64 {
	t.Helper()
	m := quantity.FindStringSubmatch(cell)
	if m == nil {
		t.Fatalf("testing-limits.md: %q is no number and no time", cell)
	}
	n, err := strconv.ParseInt(strings.ReplaceAll(m[1], ",", ""), 10, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n * int64(map[string]time.Duration{"": 1, "s": time.Second, "m": time.Minute}[m[2]])
}

// valueOf is the value of a constant expression, in which there may be units of time.
func valueOf(t *testing.T, expr string) int64 {
	t.Helper()
	expr = strings.NewReplacer("time.Second", "1_000_000_000", "time.Minute", "60_000_000_000").Replace(expr)
	got, err := types.Eval(token.NewFileSet(), nil, token.NoPos, expr)
	if err != nil {
		t.Fatal(err)
	}
	n, exact := constant.Int64Val(constant.ToInt(got.Value))
	if !exact {
		t.Fatalf("%s is no whole number", expr)
	}
	return n
}

// sources are the files of a package, without its tests; or the one file.
func sources(t *testing.T, where string) []string {
	t.Helper()
	path := filepath.Join(module, filepath.FromSlash(where))
	if strings.HasSuffix(where, ".go") {
		return []string{path}
	}
	all, err := filepath.Glob(filepath.Join(path, "*.go"))
	if err != nil || len(all) == 0 {
		t.Fatalf("%s: no package: %v", where, err)
	}
	return slices.DeleteFunc(all, func(file string) bool { return strings.HasSuffix(file, "_test.go") })
}

// limitsIn are the expressions that give package-level names, and fields in literals, their
// values.
func limitsIn(t *testing.T, where string) map[string][]string {
	t.Helper()
	found := make(map[string][]string)
	for _, file := range sources(t, where) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		parsed, err := parser.ParseFile(token.NewFileSet(), file, text, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		add := func(name ast.Expr, value ast.Expr) {
			if id, ok := name.(*ast.Ident); ok {
				found[id.Name] = append(found[id.Name], string(text[value.Pos()-1:value.End()-1]))
			}
		}
		ast.Inspect(parsed, func(n ast.Node) bool {
			switch n := n.(type) {
			case *ast.ValueSpec:
				for i, value := range n.Values {
					add(n.Names[i], value)
				}
			case *ast.KeyValueExpr:
				add(n.Key, n.Value)
			}
			return true
		})
	}
	return found
}

// settable reports whether there is an option or a value for one, pkg.Name, a method,
// pkg.Type.Method, or a flag, -pkg.name.
func settable(t *testing.T, setting string) bool {
	t.Helper()
	flag, isFlag := strings.CutPrefix(setting, "-")
	parts := strings.Split(flag, ".")
	for _, file := range sources(t, "pkg/"+parts[0]) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		declared := regexp.MustCompile(`(?m)^(?:func|const) ` + regexp.QuoteMeta(parts[len(parts)-1]) + `\b`)
		switch {
		case isFlag:
			declared = regexp.MustCompile(`flag\.\w+\("` + regexp.QuoteMeta(flag) + `"`)
		case len(parts) == 3:
			declared = regexp.MustCompile(`(?m)^func \(\w+ \*?` + parts[1] + `\b[^)]*\) ` + parts[2] + `\(`)
		}
		if declared.Match(text) {
			return true
		}
	}
	return false
}
