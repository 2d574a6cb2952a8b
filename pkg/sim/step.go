package sim

import (
	"fmt"
	"slices"
)

// next takes steps until one gives the baton to a thread, and returns that; nil if
// nothing can be done at this time, if the time is to go on, or if the run is over.
func (s *scheduler) next() *thread {
	for {
		s.take()
		if s.thorough {
			s.inspectSeals()
		}
		if s.steps > 0 && !s.ended {
			s.look()
		}
		if s.ended {
			return nil
		}
		if t := s.nextUrgent(); t != nil {
			return t
		}
		n := s.listOptions()
		if n == 0 {
			if s.faulty() && s.idle() {
				continue
			}
			if s.explorer != nil {
				s.explorer.rested = true
			}
			if len(s.settlers) == 0 {
				return nil
			}
			t := s.settlers[0]
			s.settlers = s.settlers[1:]
			s.makeReady(t)
			t.cause = everything
			continue
		}
		if s.steps++; s.steps > s.limit {
			s.failLike(failureEndless, "no end", "there is no end after %d steps:%s", s.limit, s.waiting())
			return nil
		}
		s.progress.Add(1)
		i := s.chooser.choose(s.options, s.fairly())
		if i < 0 {
			s.ended = true
			return nil
		}
		if t := s.do(i); t != nil {
			s.had = t
			return t
		}
		if s.leaps != nil {
			return nil
		}
	}
}

// listOptions sets the options of the next step: ready threads, what is under way,
// timers that are due, and one that may be early.
func (s *scheduler) listOptions() int {
	s.options = s.options[:0]
	for _, t := range s.ready {
		s.options = append(s.options, Step{Actor: t.party.id, Kind: GoesOn})
	}
	for _, p := range s.under {
		s.options = append(s.options, Step{Actor: p.actor, Kind: Arrives})
	}
	s.takeDue()
	if len(s.options)+len(s.firing) > 0 { // else the time passes anyway
		if t := s.earliest(); t != nil {
			s.firing = append(s.firing, t)
		}
	}
	for _, t := range s.firing {
		s.options = append(s.options, Step{Actor: t.actor, Kind: Fires})
	}
	return len(s.options)
}

// do takes the step of an option. It returns the thread that is to run, if that is
// what it is.
func (s *scheduler) do(i int) *thread {
	if i < len(s.ready) {
		t := s.ready[i]
		if s.faulty() && s.hinder(t) {
			return nil
		}
		s.ready = slices.Delete(s.ready, i, i+1)
		t.state = threadRunning
		s.touchThread(t.party)
		s.touchCode()
		s.noteRuns(t)
		s.opens(t.party)
		return t
	}
	if i -= len(s.ready); i < len(s.under) {
		if p := s.under[i]; !s.faulty() || !s.holdUp(p) {
			s.arrival(p)
		}
		return nil
	}
	t := s.firing[i-len(s.under)]
	if s.isEarly(t) {
		s.leaps = t
		return nil
	}
	return s.fire(t)
}

// look lets the test look, between two steps, at what it has asked to.
func (s *scheduler) look() {
	if s.explorer != nil {
		s.explorer.checking = true
		defer func() { s.explorer.checking = false }()
	}
	if s.failure != nil { // the body goes on, after an Errorf
		s.checkAwaited()
		return
	}
	s.checkInvariants()
	s.checkAwaited()
	s.checkScenarios()
	if s.failure != nil {
		s.ended = true // also if it was by Errorf, or each further step would say the same
	}
}

func (s *scheduler) checkInvariants() {
	for _, i := range s.invariants {
		if err := i.check(); err != nil {
			s.fail(failureInvariant, "%s: %v", i.name, err)
			return
		}
	}
}

func (i invariant) check() (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("panic: %v\n%s", value, stackOfPanic())
		}
	}()
	return i.holds()
}
