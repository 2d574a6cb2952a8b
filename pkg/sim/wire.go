package sim

import (
	"fmt"

	"github.com/harkgo/hark/internal/seam"
)

// What faults do to what is under way, and to where it arrives.

// takes takes the opportunities of faults of a kind that something under way is, and
// returns the one that has fired; nil if none has.
func (s *scheduler) takes(kind faultKind, f flight, to *party) *rule {
	for _, r := range s.rules {
		if r.kind == kind && r.when.carries(f.what) && r.on.crossed(f.from, to) && s.fires(r) {
			return r
		}
	}
	return nil
}

// holdUp takes the opportunities of delays that the first of a pair is, and reports
// whether it is held up.
func (s *scheduler) holdUp(p *pair) bool {
	if s.delays(p.queue[0], p) {
		s.under = without(s.under, p)
		return true
	}
	return false
}

func (s *scheduler) delays(f flight, p *pair) bool {
	r := s.takes(faultDelay, f, p.to)
	if r == nil {
		return false
	}
	s.noteFault(p.from, p.to, "%s is delayed for %v", f.to(p.to), r.lasts)
	p.held = s.lasting(r.lasts, func() {
		s.note(event{kind: eventFaultEnds, a: p.from, b: p.to, text: fmt.Sprintf("what is under way from %s to %s may arrive", p.from, p.to)})
		p.held = nil
		s.under = append(s.under, p)
	})
	return true
}

// holdsBack reports whether something must be put under way though it could arrive at
// once: it is held up, or comes after what is.
func (s *scheduler) holdsBack(f flight, to *party) bool {
	if !s.faulty() {
		return false
	}
	p := s.pair(f.from, to)
	return len(p.queue) > 0 || s.delays(f, p)
}

// copies takes the opportunities that something is which is about to arrive, and
// returns how often it does.
func (s *scheduler) copies(f flight, to *party) int {
	if f.kind != seam.Message && f.kind != seam.Reply {
		return 1
	}
	n := 1
	switch {
	case s.takes(faultDrop, f, to) != nil:
		s.noteFault(f.from, to, "%s is lost", f.to(to))
		if n = 0; f.lost != nil {
			f.lost()
		}
	case s.takes(faultDuplicate, f, to) != nil:
		s.noteFault(f.from, to, "%s arrives twice", f.to(to))
		n = 2
	}
	if n > 0 && f.kind == seam.Message {
		s.fill(to, f.what)
	}
	return n
}

// landFaulty is the arrival of f, which perform performs: once, not at all, or twice.
func (s *scheduler) landFaulty(f flight, to *party, perform func()) {
	n := s.copies(f, to)
	s.sealComes(f.seal, n)
	for range n {
		s.noteArrival(f, to)
		s.sealArrives(f.seal)
		perform()
		s.sealHanded(f.seal, f.kind)
	}
	if n > 0 && (f.kind == seam.Message || f.kind == seam.Reply) {
		s.moment(to, momentGets, "", f.what)
	}
}

// fill takes the opportunities that something is which is about to come into the
// mailbox of a party.
func (s *scheduler) fill(to *party, what any) {
	who := to.process()
	if who == nil || to.full || !who.Bounded() || who.Ends() {
		return
	}
	for _, r := range s.rules {
		if r.kind == faultFull && r.when.carries(what) && r.who.includes(to) && s.fires(r) {
			s.noteFault(to, nil, "the mailbox of %s is full for %v", to, r.lasts)
			to.full = true
			empty := who.Fill()
			s.lasting(r.lasts, func() {
				s.note(event{kind: eventFaultEnds, a: to, text: fmt.Sprintf("the mailbox of %s has room again", to)})
				to.full = false
				empty()
			})
			return
		}
	}
}

// to names f on its way.
func (f flight) to(to *party) string {
	return fmt.Sprintf("%s from %s to %s", event{of: f.kind, what: typeOf(f.what)}.thing(), f.from, to)
}
