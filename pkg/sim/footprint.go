package sim

import (
	"reflect"
	"slices"

	"github.com/harkgo/hark/internal/seam"
	"github.com/harkgo/hark/pkg/sel"
)

// footprint is what a step has touched: read or changed, or asked whether it could
// be done. Two steps with nothing in common are independent: either order leads to
// the same state, and neither keeps the other from being taken.
//
// What is touched are parties, with all that belongs to them but their mailboxes,
// timers, and what is under way between two parties: each has a number in common with
// the actors of a run. What else there is has a number of its own. Of a mailbox a step
// has to do with the messages of some classes, see mailboxes, or with all.
type footprint struct {
	everything bool
	things     set
	whole      set // mailboxes, by the actors whose they are,
	part       set // and those of which there is something in
	classes    set
}

// What belongs to no actor.
const (
	memory   = iota // the variables of the test: whatever its own code reads and changes
	spawning        // the numbers of processes
	chance          // the source of random numbers
	settling        // who waits in Settle
	firstActor
)

func (f *footprint) reset() {
	f.everything = false
	f.things.clear()
	f.whole.clear()
	f.part.clear()
	f.classes.clear()
}

func (f *footprint) clone() footprint {
	return footprint{f.everything, slices.Clone(f.things), slices.Clone(f.whole), slices.Clone(f.part), slices.Clone(f.classes)}
}

// conflicts reports whether two steps may depend on each other.
func (f *footprint) conflicts(other *footprint) bool {
	return f.everything || other.everything ||
		f.things.meets(other.things) || f.classes.meets(other.classes) ||
		f.whole.meets(other.whole) || f.whole.meets(other.part) || f.part.meets(other.whole)
}

// ---------------------------------------------------------------- what leaves one

// touch says that the present step touches what has number n, one of those above.
func (s *scheduler) touch(n int) {
	if s.explorer != nil {
		s.explorer.now.things.add(n)
	}
}

func (s *scheduler) touchActor(id int) { s.touch(firstActor + id) }

// touchEverything says that nobody knows what the present step touches.
func (s *scheduler) touchEverything() {
	if s.explorer != nil {
		s.explorer.now.everything = true
	}
}

// touchParty says that the present step touches p, and all of its mailbox.
func (s *scheduler) touchParty(p *party) {
	if s.explorer == nil {
		return
	}
	s.touchThread(p)
	s.explorer.now.whole.add(p.id)
}

// touchThread says that the present step touches p, but not its mailbox.
func (s *scheduler) touchThread(p *party) {
	if s.explorer == nil {
		return
	}
	s.touchActor(p.id)
	if p.stands != nil {
		s.touchParty(p.stands)
	} else if p.opaque {
		s.touchEverything()
	}
}

// touchMessage says that the present step puts a message into the mailbox of p, of
// that kind.
func (s *scheduler) touchMessage(p *party, kind seam.Kind, message any) {
	switch {
	case s.explorer == nil:
	case kind == seam.Message && !p.outside:
		s.explorer.touchClass(p, reflect.TypeOf(message))
	default:
		s.touchParty(p)
	}
}

// Looks is told by processes of what they receive.
func (s *scheduler) Looks(by *seam.Waiter, one sel.Pattern, many []sel.Pattern) {
	if s.explorer != nil && s.has() && !s.aborted {
		s.explorer.looks(s.partyOf(by), one, many)
	}
}

// touchCode says that code of the test runs in the present step, for t.
func (s *scheduler) touchCode() {
	if s.explorer != nil && (!s.explorer.isolated || s.looks()) {
		s.touch(memory)
	}
}

// looks reports whether anything looks at variables of the test between the steps. What
// somebody has waited for with Eventually might have come later, and others first.
func (s *scheduler) looks() bool {
	return len(s.invariants) > 0 || s.hasAwaited || slices.ContainsFunc(s.scenarios, func(sc *scenario) bool { return sc.holds != nil })
}

// Touch is told by processes of what they do without a Deliver.
func (s *scheduler) Touch(w *seam.Waiter) {
	e := s.explorer
	if e == nil || !s.has() || s.aborted {
		return
	}
	if e.checking {
		e.inspect()
		return
	}
	if w == nil {
		s.touchEverything()
		return
	}
	p := s.partyOf(w)
	if p.outside && p.stands == nil && s.effect == nil && s.running != nil {
		p.stands = s.running.party // it has just begun the operation
	}
	s.touchParty(p)
}
