// Package docs keeps the documents beside it true: the tests that they name
// exist, no promise is without one, links lead somewhere, and snippets compile.
package docs

import (
	"context"
	"errors"
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"net/http"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"

	"github.com/harkgo/hark/pkg/event"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
	"github.com/harkgo/hark/pkg/server"
	"github.com/harkgo/hark/pkg/sup"
)

const module = ".." // its root, from here

// promises is how many there are of each kind: M1 to M6, and so on, in the order
// of their kinds in semantics.md.
var promises = []struct {
	kind string
	n    int
}{{"I", 9}, {"M", 6}, {"R", 6}, {"L", 9}, {"C", 7}, {"S", 6}, {"U", 10}, {"V", 16}, {"E", 11}}

// finePrint are the titles of the bullets in those chapters of semantics.md: one
// for each point that has been decided beyond the promises.
var finePrint = map[string][]string{
	"Fine print": {
		"Taken names", "Bounds", "ReceiveWithMonitor", "Nil and zero", "Names nobody has",
		"Links to oneself and to the past", "The last moments", "Owned, at its edges", "Registering", "PidOf", "PidFor",
		"Start", "Refuse", "The end of tasks as a message",
		"Nil arguments", "Killed early, panicking late", "Hooks", "Stop from within", "Ids of another system",
		"Via", "Nobody to send to", "AwaitEnd and Join", "Contexts that end", "Reflection", "Severity", "Main",
		"Options given twice", "What things are called", "Counters and lists", "Loops and hibernation",
	},
	"Fine print of supervisors": {
		"A start that fails", "Descriptions", "What errors say", "Contexts of operations", "How a supervisor ends",
		"Operations and the end", "Operations side by side", "StopChild of what is not up",
		"Starts while the system stops", "Who is no supervisor", "Options of supervisors",
		"Stops amid group restarts", "Group restarts", "Back-off", "Giving up", "Status.Restarts", "Events",
		"Adopted functions", "Stop and Wait", "Keys of pools", "Finding in pools", "GetOrSpawn",
		"StopChild of pools", "PerKey", "Lives of pools",
	},
}

// rows are those of comparison.md.
var rows = []string{
	"F1", "F2", "F3", "F4", "F5", "F6", "F7", "F8", "F9", "F10", "F11", "F12", "F13", "F14", "F15", "F16", "F17",
	"D1", "D2", "D3", "D4", "D5", "D6", "D7", "D8", "D9", "D10", "D11", "D12", "D13", "D14", "D15", "D16", "D17", "D18", "D19", "D20",
}

// erlang are the subjects of the table about Erlang in comparison.md.
var erlang = []string{
	"Monitors of the dead", "Monitors that are taken back", "Groups and normal ends", "Two deaths at once",
	"A restart that fails", "A group that fails at a later child", "A first start that fails",
	"Stopping a child that waits", "A child that unlinks itself", "Significant children", "Selective receive",
}

// ---------------------------------------------------------------- the tests

// Each bullet of semantics.md, but for definitions, names tests, and each
// promise has its bullet, once and in order.
func TestSemantics_EachLineIsHeldByATest(t *testing.T) {
	doc := read(t, "semantics.md")
	tests := testsOfModule(t)
	got := map[string][]string{} // titles by chapter
	var ids []string
	for _, b := range doc.bullets() {
		if b.chapter == "Words" {
			continue
		}
		if b.title == "" {
			t.Errorf("%s: the bullet has no **title**: %.60s", b.at, b.text)
		}
		named := namedTests(b.text)
		if len(named) == 0 {
			t.Errorf("%s: %q names no test", b.at, b.title)
		}
		checkTests(t, b.at, named, tests)
		if isPromise.MatchString(b.title) {
			ids = append(ids, b.title)
		} else {
			got[b.chapter] = append(got[b.chapter], b.title)
		}
	}
	var want []string
	for _, p := range promises {
		for i := range p.n {
			want = append(want, fmt.Sprint(p.kind, i+1))
		}
	}
	compare(t, "semantics.md: the promises", want, ids)
	for chapter, points := range finePrint {
		var titles []string
		for _, point := range points {
			titles = append(titles, point+".")
		}
		compare(t, "semantics.md: the bullets of "+chapter, titles, got[chapter])
		delete(got, chapter)
	}
	if len(got["Irregularities"]) == 0 {
		t.Error("semantics.md: there are no Irregularities")
	}
	delete(got, "Irregularities")
	for chapter, titles := range got {
		t.Errorf("semantics.md: in %q there are bullets that are no promises: %q", chapter, titles)
	}
}

// Each row of comparison.md is there, once and in order, and names tests; one with
// a number names a test of its own.
func TestComparison_EachRowIsHeldByATest(t *testing.T) {
	doc := read(t, "comparison.md")
	tests := testsOfModule(t)
	var numbered, subjects []string
	for i, line := range doc.lines {
		cells := strings.Split(line, "|")
		if len(cells) < 2 || isHead.MatchString(line) {
			continue
		}
		row, at := strings.TrimSpace(cells[1]), doc.at(i)
		if len(cells) != 6 { // four between the outer bars
			t.Errorf("%s: row %s has %d columns, not 4", at, row, len(cells)-2)
			continue
		}
		named := namedTests(cells[4])
		if len(named) == 0 {
			t.Errorf("%s: row %s names no test", at, row)
		}
		checkTests(t, at, named, tests)
		if !isRow.MatchString(row) {
			subjects = append(subjects, row)
			continue
		}
		numbered = append(numbered, row)
		if !slices.ContainsFunc(named, func(name string) bool { return strings.Contains(name, row+"_") }) {
			t.Errorf("%s: row %s names no test of its own, Test%s_…: %q", at, row, row, named)
		}
	}
	compare(t, "comparison.md: the rows", rows, numbered)
	compare(t, "comparison.md: the rows about Erlang", erlang, subjects)
}

// What the other documents say of tests is true, too.
func TestDocuments_NamedTestsExist(t *testing.T) {
	tests := testsOfModule(t)
	for _, doc := range documents(t) {
		for i, line := range doc.lines {
			checkTests(t, doc.at(i), namedTests(line), tests)
		}
	}
}

// Every relative link leads to a file, and to a heading where it has a fragment.
func TestDocuments_LinksLeadSomewhere(t *testing.T) {
	for _, doc := range documents(t) {
		for _, l := range doc.links() {
			target, fragment, _ := strings.Cut(l.target, "#")
			if target == "" {
				target = path.Base(doc.name)
			}
			file := path.Join(path.Dir(doc.name), target)
			if _, err := os.Stat(filepath.Join(module, file)); err != nil {
				t.Errorf("%s: the link %q leads to %s, which is not there", l.at, l.target, file)
				continue
			}
			if fragment == "" || !strings.HasSuffix(file, ".md") {
				continue
			}
			if anchors := read(t, file).anchors(); !slices.Contains(anchors, fragment) {
				t.Errorf("%s: the link %q leads to no heading of %s, which has %q", l.at, l.target, file, anchors)
			}
		}
	}
}

// The Go snippets of semantics.md are compiled: each is in this file.
func TestSemantics_SnippetsCompile(t *testing.T) {
	source, err := os.ReadFile("docs_test.go")
	if err != nil {
		t.Fatal(err)
	}
	code := unindented(string(source))
	for _, s := range read(t, "semantics.md").snippets() {
		if !strings.Contains(code, unindented(s.text)) {
			t.Errorf("%s: this snippet is not in docs_test.go, where it would be compiled:\n%s", s.at, s.text)
		}
	}
}

// ---------------------------------------------------------------- the snippets

type (
	Job     struct{}
	Balance struct {
		Account string
		Reply   proc.ReplyTo[int]
	}
	Payment struct{ Amount int }
)

func snippetInterrupts(self *proc.Self[Job], work func(Job), flush func() error) error {
	for job, err := range self.Messages() {
		if _, ok := errors.AsType[proc.NormalExitRequested](err); ok {
			return flush() // asked to end: finish the work
		}
		if err != nil {
			self.Log().Warn().Err(err).Msg("interrupted") // and carry on
			continue
		}
		work(job)
	}
	return nil
}

func snippetEndInOrder(self *proc.Self[Job], children []proc.ID) {
	defer func() {
		for _, child := range slices.Backward(children) {
			child.Shutdown(proc.ExitNormally{})
			self.AwaitEnd(child, -1)
		}
	}()
}

func snippetContext(self *proc.Self[Job], url string) (*http.Request, error) {
	request, err := http.NewRequestWithContext(self, http.MethodGet, url, nil)
	return request, err
}

func snippetSelect(self *proc.Self[Job], ref proc.MonitorRef) (sel.Either[Job, proc.ProcessDown], error) {
	next, err := proc.Receive(self, sel.OneOf(sel.Message[Job](), proc.SelectDown(ref)))
	return next, err
}

func snippetCall(self *proc.Self[Job], ledger proc.Pid[Balance]) (int, error) {
	sum, err := proc.Call(self, ledger, func(reply proc.ReplyTo[int]) Balance {
		return Balance{Account: "rent", Reply: reply}
	})
	return sum, err
}

func snippetOrder(self *proc.Self[Job], ref proc.MonitorRef, work func(Job)) error {
	for {
		next, err := proc.Receive(self, sel.OneOf(sel.Message[Job](), proc.SelectDown(ref)))
		if err != nil {
			continue // the link's interrupt: what the peer sent before is still to come
		}
		if down, ok := next.Right(); ok {
			return down.Reason // and there is nothing more
		}
		job, _ := next.Left()
		work(job)
	}
}

func snippetStopping(down proc.ProcessDown) error {
	if errors.Is(down.Reason, proc.ErrStopping) {
		return nil // the child has not failed
	}
	return down.Reason
}

func snippetSpec(self *proc.Self[string], keepLedger func(*proc.Self[Balance], func()) error, ledgerName proc.Name[Balance], serve func(context.Context, func()) error) error {
	spec := sup.Spec{
		Strategy:  sup.RestForOne,
		Intensity: 5, Period: time.Minute,
		Backoff: sup.Backoff{First: 100 * time.Millisecond, Max: 10 * time.Second, Jitter: 0.2},
		Children: []sup.Child{
			sup.WorkerReady("ledger", 5*time.Second, keepLedger, proc.Registered(ledgerName)),
			sup.AdoptReady("web", 5*time.Second, serve),
		},
	}
	return sup.Run(self, spec)
}

func snippetEvents(self *proc.Self[Job], payments *event.Topic[Payment], request *http.Request, show func(Payment)) error {
	if err := payments.Observe(self); err != nil { // its events come as messages
		return err
	}
	queue := payments.Queue(100, event.DropOldest, event.Last(10)) // for who is no process
	defer queue.Close()
	for payment, err := range queue.Events(request.Context()) {
		if err != nil {
			return err
		}
		show(payment)
	}
	return nil
}

// Ledger is the state of the servers in the snippet.
type Ledger struct{}

func (*Ledger) open(*proc.Self[any], string) error                    { return nil }
func (*Ledger) book(*proc.Self[any], Job) error                       { return nil }
func (*Ledger) total(*proc.Self[any], *Total) (int, error)            { return 0, nil }
func (*Ledger) close(*proc.Self[any], proc.NormalExitRequested) error { return server.Stop }
func (*Ledger) flush(*proc.Self[any])                                 {}

// Total is a request.
type Total struct{ server.Request[int] }

func snippetServer() any {
	var ledgers = server.New((*Ledger).open,
		server.On((*Ledger).book),
		server.OnCall((*Ledger).total),
		server.OnInterrupt((*Ledger).close),
	).Finally((*Ledger).flush)
	return ledgers
}

// They are only compiled.
var _ = []any{
	snippetEvents,
	snippetInterrupts, snippetEndInOrder, snippetContext, snippetSelect, snippetCall, snippetOrder, snippetStopping, snippetSpec,
	snippetServer,
}

// ---------------------------------------------------------------- documents

var (
	isPromise = regexp.MustCompile(`^[A-Z][0-9]+$`)
	isRow     = regexp.MustCompile(`^[FD][0-9]+$`)
	isHead    = regexp.MustCompile(`^\|(?:---\|)+$|\| Held by \|$`)
	isTest    = regexp.MustCompile("`((?:Test|Benchmark|Fuzz|Example)[A-Z0-9_][A-Za-z0-9_]*)`")
	title     = regexp.MustCompile(`^\*\*([^*]+)\*\*`)
	inline    = regexp.MustCompile(`\]\(([^()\s]+)(?:\s+"[^"]*")?\)`)
	reference = regexp.MustCompile(`^\[[^\]]+\]:\s+(\S+)`)
	scheme    = regexp.MustCompile(`^[a-z][a-z0-9+.-]*:`)
	codeSpan  = regexp.MustCompile("`[^`]*`")
)

// document is a Markdown file. What it has in code blocks is blank in lines.
type document struct {
	name  string // from the root of the module, with slashes
	lines []string
	raw   []string
}

// read reads a document; a name without a folder is one of this folder.
func read(t *testing.T, name string) document {
	t.Helper()
	if !strings.Contains(name, "/") && name != "README.md" {
		name = "docs/" + name
	}
	text, err := os.ReadFile(filepath.Join(module, filepath.FromSlash(name)))
	if err != nil {
		t.Fatal(err)
	}
	doc := document{name: name, raw: strings.Split(string(text), "\n")}
	fenced := false
	for _, line := range doc.raw {
		if fence := strings.HasPrefix(strings.TrimSpace(line), "```"); fence || fenced {
			if fence {
				fenced = !fenced
			}
			line = ""
		}
		doc.lines = append(doc.lines, line)
	}
	if fenced {
		t.Errorf("%s: a code block is not closed", name)
	}
	return doc
}

// documents are those whose links and tests are looked at.
func documents(t *testing.T) []document {
	t.Helper()
	var all []document
	for _, pattern := range []string{"README.md", "docs/*.md", "docs/guide/*.md", "examples/*/README.md"} {
		files, err := filepath.Glob(filepath.Join(module, filepath.FromSlash(pattern)))
		if err != nil {
			t.Fatal(err)
		}
		for _, file := range files {
			name, err := filepath.Rel(module, file)
			if err != nil {
				t.Fatal(err)
			}
			all = append(all, read(t, filepath.ToSlash(name)))
		}
	}
	return all
}

// at is the place of a line, counted from 0.
func (d document) at(line int) string { return fmt.Sprintf("%s:%d", d.name, line+1) }

// bullet is one item of a list that is not inside another one.
type bullet struct {
	at, chapter, title, text string
}

func (d document) bullets() []bullet {
	var all []bullet
	chapter, open := "", false
	for i, line := range d.lines {
		switch {
		case strings.HasPrefix(line, "## "):
			chapter, open = strings.TrimPrefix(line, "## "), false
		case strings.HasPrefix(line, "- "):
			all = append(all, bullet{at: d.at(i), chapter: chapter, text: line[2:]})
			open = true
		case open && strings.HasPrefix(line, "  "):
			all[len(all)-1].text += " " + strings.TrimSpace(line)
		default:
			open = false
		}
	}
	for i := range all {
		if m := title.FindStringSubmatch(all[i].text); m != nil {
			all[i].title = m[1]
		}
	}
	return all
}

type link struct{ at, target string }

// links are the relative ones.
func (d document) links() []link {
	var all []link
	for i, line := range d.lines {
		line = codeSpan.ReplaceAllStringFunc(line, func(span string) string { return strings.Repeat("x", len(span)) })
		for _, m := range append(inline.FindAllStringSubmatch(line, -1), reference.FindAllStringSubmatch(line, -1)...) {
			if !scheme.MatchString(m[1]) && !strings.HasPrefix(m[1], "//") {
				all = append(all, link{d.at(i), m[1]})
			}
		}
	}
	return all
}

// anchors are the fragments of the headings, as GitHub makes them.
func (d document) anchors() []string {
	var all []string
	seen := map[string]int{}
	for _, line := range d.lines {
		heading := strings.TrimLeft(line, "#")
		if heading == line || !strings.HasPrefix(heading, " ") {
			continue
		}
		anchor := strings.Map(func(r rune) rune {
			switch {
			case r == ' ':
				return '-'
			case r == '-' || r == '_' || unicode.IsLetter(r) || unicode.IsDigit(r):
				return unicode.ToLower(r)
			}
			return -1
		}, strings.TrimSpace(heading))
		seen[anchor]++
		if n := seen[anchor]; n > 1 {
			anchor = fmt.Sprintf("%s-%d", anchor, n-1)
		}
		all = append(all, anchor)
	}
	return all
}

type snippet struct{ at, text string }

// snippets are the blocks of Go code.
func (d document) snippets() []snippet {
	var all []snippet
	in := false
	for i, line := range d.raw {
		switch {
		case in && strings.HasPrefix(line, "```"):
			in = false
		case in:
			all[len(all)-1].text += line + "\n"
		case strings.HasPrefix(line, "```go"):
			in = true
			all = append(all, snippet{at: d.at(i)})
		}
	}
	return all
}

// unindented is code without the indentation of its lines.
func unindented(code string) string {
	var b strings.Builder
	for line := range strings.Lines(code) {
		b.WriteString(strings.TrimSpace(line) + "\n")
	}
	return b.String()
}

// ---------------------------------------------------------------- tests

// namedTests are the tests named in a text, as `TestI3_ShutdownIsSticky`.
func namedTests(text string) []string {
	var all []string
	for _, m := range isTest.FindAllStringSubmatch(text, -1) {
		all = append(all, m[1])
	}
	return all
}

// checkTests complains about named tests that are not in tests.
func checkTests(t *testing.T, at string, named []string, tests map[string]string) {
	t.Helper()
	for i, name := range named {
		if _, ok := tests[name]; !ok {
			t.Errorf("%s: there is no %s%s", at, name, nearest(name, tests))
		}
		if slices.Contains(named[:i], name) {
			t.Errorf("%s: %s is named twice", at, name)
		}
	}
}

// nearest suggests what may have been meant: tests that begin as name does.
func nearest(name string, tests map[string]string) string {
	of, _, _ := strings.Cut(name, "_")
	var like []string
	for test := range tests {
		if begin, _, _ := strings.Cut(test, "_"); begin == of {
			like = append(like, test)
		}
	}
	if len(like) == 0 || len(like) > 20 {
		return ""
	}
	slices.Sort(like)
	return "; there are " + strings.Join(like, ", ")
}

// testsOfModule are the names of all tests, benchmarks, fuzz tests and examples
// in the module, and where they are.
func testsOfModule(t *testing.T) map[string]string {
	t.Helper()
	tests := map[string]string{}
	fset := token.NewFileSet()
	err := filepath.WalkDir(module, func(file string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && file != module:
			_, err := os.Stat(filepath.Join(file, "go.mod")) // a module of its own
			if err == nil || strings.HasPrefix(d.Name(), ".") || d.Name() == "testdata" {
				return fs.SkipDir
			}
			return nil
		case !strings.HasSuffix(file, "_test.go"):
			return nil
		}
		parsed, err := parser.ParseFile(fset, file, nil, parser.SkipObjectResolution)
		if err != nil {
			return err
		}
		for _, decl := range parsed.Decls {
			f, ok := decl.(*ast.FuncDecl)
			if ok && f.Recv == nil && isTest.MatchString("`"+f.Name.Name+"`") {
				tests[f.Name.Name] = file
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return tests
}

// compare complains about what is missing, what is too much, and a wrong order.
func compare(t *testing.T, what string, want, got []string) {
	t.Helper()
	wrong := false
	for _, w := range want {
		if !slices.Contains(got, w) {
			t.Errorf("%s: %s is missing", what, w)
			wrong = true
		}
	}
	for i, g := range got {
		if !slices.Contains(want, g) {
			t.Errorf("%s: %s should not be there", what, g)
			wrong = true
		}
		if slices.Contains(got[:i], g) {
			t.Errorf("%s: %s is there twice", what, g)
			wrong = true
		}
	}
	if !wrong && !slices.Equal(want, got) {
		t.Errorf("%s are not in order: %v", what, got)
	}
}
