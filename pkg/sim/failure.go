package sim

import (
	"fmt"
	"slices"
	"strings"
)

// failure is why a run has failed.
type failure struct {
	kind  failureKind
	step  int
	what  string
	like  string // what failures that are the same have in common; "": what
	about []int  // the steps of the operations that it is about
	from  []int  // events that have led to it, beside those of who has noticed
}

// more reports whether there is more to be told of it after a run that is thorough: who has
// changed a message, or which goroutines are left. That is part of what has failed.
func (f *failure) more() bool { return f.kind == failureChanged || f.kind == failureLeak }

// alone reports whether it has nothing to do with how the run went: it is told, and
// nothing else.
func (f *failure) alone() bool { return f.kind == failureUsage || f.kind == failureUnexplored }

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
	failureUsage                               // of this package, which makes no sense
	failureUnexplored                          // there are more schedules
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
	s.note(event{kind: eventFails, a: s.actor(), text: s.failure.what})
}

// failLike is fail, with what it has in common with failures that are the same.
func (s *scheduler) failLike(kind failureKind, like, format string, args ...any) {
	if s.failure == nil {
		s.fail(kind, format, args...)
		s.failure.like = like
	}
}

// headline is a text in a line: the first of it, and two more if it ends in a colon, as
// what is expected and what there is do.
func headline(text string) string {
	line, rest, _ := strings.Cut(text, "\n")
	if !strings.HasSuffix(line, ":") {
		return line
	}
	for _, next := range strings.SplitN(rest, "\n", 3)[:min(2, strings.Count(rest, "\n")+1)] {
		line += " " + strings.Join(strings.Fields(next), " ")
	}
	return strings.TrimSpace(line)
}

func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// waiting lists who waits for what, one line each.
func (s *scheduler) waiting() string {
	stacks := stacksNow().byMark()
	all := slices.Clone(s.threads)
	slices.SortStableFunc(all, func(a, b *thread) int { return a.party.id - b.party.id })
	lines := make([]string, len(all))
	for i, t := range all {
		lines[i] = fmt.Sprintf("%s %s", t.party, s.waits(t))
		if place := stacks.place(t); place != "" {
			lines[i] += ", at " + place
		}
	}
	return listed(lines)
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
