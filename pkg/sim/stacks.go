package sim

import (
	"regexp"
	"runtime"
	"strings"

	"github.com/harkgo/hark/internal/literal"
)

// stacks is a dump of all goroutines.
type stacks []string

func stacksNow() stacks {
	for size := 1 << 18; ; size *= 4 {
		buf := make([]byte, size)
		if n := runtime.Stack(buf, true); n < size || size >= 1<<26 {
			return strings.Split(string(buf[:n]), "\n\n")
		}
	}
}

// marks are the stacks that have a mark, by that.
type marks map[string]string

var aMark = regexp.MustCompile(`\{0x[0-9a-f]+, 0x[0-9a-f]+\}`)

func (all stacks) byMark() marks {
	found := make(marks)
	for _, stack := range all {
		for _, m := range aMark.FindAllString(stack, -1) {
			found[m] = stack
		}
	}
	return found
}

// of is the stack of t, "" if it is not found.
func (m marks) of(t *thread) string { return m[markOf(t).String()] }

// place is where t is: file and line of the innermost function that is neither the
// library's nor Go's own.
func (m marks) place(t *thread) string {
	lines := strings.Split(m.of(t), "\n")
	return placeIn(lines[1:])
}

// placeIn is the place in the lines of a stack, two for each function.
func placeIn(lines []string) string {
	for i := 0; i+1 < len(lines); i += 2 {
		if at := placeOf(lines[i+1]); strings.Contains(at, "_test.go:") || !internalTo(lines[i]) && !ours(strings.TrimSpace(lines[i+1])) {
			return at
		}
	}
	return ""
}

// internalTo reports whether a function, as in a stack dump, is one that a user does
// not want to hear of.
func internalTo(function string) bool {
	for _, prefix := range []string{
		"runtime.", "sync.", "context.", "testing", "internal/", "time.", "panic(", "created by ",
		literal.Module + "pkg/proc.", literal.Module + "pkg/sup.", literal.Module + "pkg/server.", literal.Module + "pkg/event.", literal.Module + "pkg/sim.", literal.Module + "internal/",
	} {
		if strings.HasPrefix(function, prefix) {
			return true
		}
	}
	return false
}

// source is the directory of the library's source, as it was when it was compiled.
var source = func() string {
	_, file, _, _ := runtime.Caller(0)
	return strings.TrimSuffix(file, "pkg/sim/stacks.go")
}()

// ours reports whether a file is one of the packages that a user does not want to hear
// of. A function of theirs that is inlined into one of the user's, as the body of an
// iterator is, has a name of the user's.
func ours(file string) bool {
	in, ok := strings.CutPrefix(file, source)
	if !ok {
		return false
	}
	for _, prefix := range []string{"pkg/proc/", "pkg/sup/", "pkg/server/", "pkg/event/", "pkg/sim/", "internal/"} {
		if strings.HasPrefix(in, prefix) {
			return true
		}
	}
	return false
}

// placeOf is the file and line in a line of a stack dump.
func placeOf(line string) string {
	line = strings.TrimSpace(line)
	line, _, _ = strings.Cut(line, " +0x")
	if i := strings.LastIndexByte(line, '/'); i >= 0 {
		line = line[i+1:]
	}
	return line
}

// nameOfGuest names the calling goroutine by where it was created.
func nameOfGuest() string {
	buf := make([]byte, 1<<14)
	text := string(buf[:runtime.Stack(buf, false)])
	if i := strings.LastIndex(text, "created by "); i >= 0 {
		if _, line, ok := strings.Cut(text[i:], "\n"); ok {
			return "a goroutine of " + placeOf(firstLine(line))
		}
	}
	return "a goroutine"
}
