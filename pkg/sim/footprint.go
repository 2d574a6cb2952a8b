package sim

import (
	"slices"

	"github.com/harkgo/hark/internal/seam"
)

// footprint is what a step has touched: read or changed, or asked whether it could
// be done. Two steps with nothing in common are independent: either order leads to
// the same state, and neither keeps the other from being taken.
//
// What is touched are parties, with all that belongs to them, timers, and what is
// under way between two parties: each has a number in common with the actors of a
// run. What else there is has a number of its own.
type footprint struct {
	everything bool
	words      []uint64
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
	clear(f.words)
}

func (f *footprint) add(n int) {
	for n/64 >= len(f.words) {
		f.words = append(f.words, 0)
	}
	f.words[n/64] |= 1 << (n % 64)
}

func (f *footprint) clone() footprint {
	return footprint{f.everything, slices.Clone(f.words)}
}

// conflicts reports whether two steps may depend on each other.
func (f *footprint) conflicts(other *footprint) bool {
	if f.everything || other.everything {
		return true
	}
	for i := range min(len(f.words), len(other.words)) {
		if f.words[i]&other.words[i] != 0 {
			return true
		}
	}
	return false
}

// ---------------------------------------------------------------- what leaves one

// touch says that the present step touches what has number n, one of those above.
func (s *scheduler) touch(n int) {
	if s.explorer != nil {
		s.explorer.now.add(n)
	}
}

func (s *scheduler) touchActor(id int) { s.touch(firstActor + id) }

// touchEverything says that nobody knows what the present step touches.
func (s *scheduler) touchEverything() {
	if s.explorer != nil {
		s.explorer.now.everything = true
	}
}

func (s *scheduler) touchParty(p *party) {
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

// touchCode says that code of the test runs in the present step, for t.
func (s *scheduler) touchCode() {
	if s.explorer != nil && (!s.explorer.isolated || len(s.invariants) > 0 || s.looks()) {
		s.touch(memory)
	}
}

// looks reports whether there are scenarios that look between the steps, as invariants
// do.
func (s *scheduler) looks() bool {
	return slices.ContainsFunc(s.scenarios, func(sc *scenario) bool { return sc.holds != nil })
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
