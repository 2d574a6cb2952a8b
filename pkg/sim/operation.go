package sim

import (
	"slices"

	"github.com/harkgo/hark/internal/literal"
	"github.com/harkgo/hark/internal/seam"
)

// The operations of clients that pkg/linear records are in the trace, with the clients
// that perform them, so that what is said of a history can be found there.

var _ seam.Tracer = (*scheduler)(nil)

// TraceOperation tells what the value is in a run that is shown only. Nobody else changes
// it: who has a history keep it has given it away. The history is shared, and looked at in the
// end, also by a test that is Isolated.
func (s *scheduler) TraceOperation(how seam.Progress, what any) (step int, ok bool) {
	if !s.has() || s.aborted {
		return 0, false
	}
	s.touch(memory)
	text := ""
	if s.showing {
		text = literal.Of(what, s.shared)
	}
	kinds := [...]eventKind{seam.Called: eventCalled, seam.Returned: eventReturned, seam.Failed: eventUnknown}
	s.note(event{kind: kinds[how], a: s.actor(), what: typeOf(what), text: text})
	return s.steps, true
}

// isOf reports whether e is of an operation that a failure is about.
func (e *event) isOf(f *failure) bool {
	switch e.kind {
	case eventCalled, eventReturned, eventUnknown:
		return slices.Contains(f.about, e.step)
	}
	return false
}

// stepsIn are the steps that a failure is about, as the first of args knows that says so.
func stepsIn(args []any) []int {
	if a, ok := firstOf[interface{ Steps() []int }](args); ok {
		return a.Steps()
	}
	return nil
}
