package sim

import (
	"fmt"
	"runtime"
	"slices"
	"strings"
)

// failure is why a run has failed.
type failure struct {
	kind failureKind
	step int
	what string
	like string // what failures that are the same have in common; "": what
	from []int  // events that have led to it, beside those of who has noticed
}

type failureKind uint8

const (
	failureTest             failureKind = iota // the body says so
	failurePanic                               // in the body, or where nobody else recovers
	failureInvariant                           //
	failureDeadlock                            // nobody can go on, and the body waits
	failureEndless                             // too many steps
	failureLeak                                // something is left after the systems have stopped
	failureMisuse                              // of what the simulator can run
	failureNondeterministic                    // a run could not be repeated
	failureOutside                             // the body has failed the test, not the run
	failureUnexplored                          // there are more schedules, or what is no choice
	failureEventually                          // something has not come true in time
	failureUnread                              // messages are left over
	failureChanged                             // a message was changed after it was sent
)

// fail ends the run. The first failure counts.
func (s *scheduler) fail(kind failureKind, format string, args ...any) {
	s.ended = true
	if s.failure != nil {
		return
	}
	s.failure = &failure{kind: kind, step: s.steps, what: fmt.Sprintf(format, args...)}
	s.note(event{kind: eventFails, a: s.actor(), text: firstLine(s.failure.what)})
}

// failLike is fail, with what it has in common with failures that are the same.
func (s *scheduler) failLike(kind failureKind, like, format string, args ...any) {
	if s.failure == nil {
		s.fail(kind, format, args...)
		s.failure.like = like
	}
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// waiting lists who waits for what, one line each.
func (s *scheduler) waiting() string {
	stacks := stacksByMark()
	var b strings.Builder
	all := slices.Clone(s.threads)
	slices.SortStableFunc(all, func(a, b *thread) int { return a.party.id - b.party.id })
	for _, t := range all {
		fmt.Fprintf(&b, "\n    %s %s", t.party, s.waits(t))
		if place := stacks.place(t); place != "" {
			b.WriteString(", at " + place)
		}
	}
	return b.String()
}

// waits is what t waits for.
func (s *scheduler) waits(t *thread) string {
	switch {
	case t.state == threadAway:
		return "blocks outside of the scheduler"
	case t.state != threadParked:
		return "could go on"
	case t.why != "":
		return t.why
	case t.party.who != nil:
		return t.party.who.Waits()
	}
	return waits
}

// stacks is a dump of all goroutines.
type stacks []string

func stacksByMark() stacks {
	for size := 1 << 18; ; size *= 4 {
		buf := make([]byte, size)
		if n := runtime.Stack(buf, true); n < size || size >= 1<<26 {
			return strings.Split(string(buf[:n]), "\n\n")
		}
	}
}

// of is the stack of t, "" if it is not found.
func (all stacks) of(t *thread) string {
	m := markOf(t).String()
	for _, stack := range all {
		if strings.Contains(stack, m) {
			return stack
		}
	}
	return ""
}

// place is where t is: file and line of the innermost function that is neither the
// library's nor Go's own.
func (all stacks) place(t *thread) string {
	lines := strings.Split(all.of(t), "\n")
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
		module + "pkg/proc.", module + "pkg/sup.", module + "pkg/server.", module + "pkg/event.", module + "pkg/sim.", module + "internal/",
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
	return strings.TrimSuffix(file, "pkg/sim/failure.go")
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
