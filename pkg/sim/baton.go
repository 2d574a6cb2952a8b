package sim

import (
	"cmp"
	"runtime"
	"slices"

	"github.com/harkgo/hark/internal/goroutine"
)

// enter returns the thread that calls, and waits for the baton if it has not got
// it: a goroutine that the scheduler has not started, or one that has been away.
func (s *scheduler) enter() *thread {
	g := goroutine.Current()
	if s.holder.Load() == g {
		return s.running
	}
	t := s.arrive(g, arrival{class: 2})
	if s.aborted {
		runtime.Goexit()
	}
	return t
}

// has reports whether the calling goroutine has the baton.
func (s *scheduler) has() bool { return s.holder.Load() == goroutine.Current() }

// arrive blocks the calling goroutine, which has not got the baton, until it has.
func (s *scheduler) arrive(g uintptr, a arrival) *thread {
	s.mu.Lock()
	t := s.away[g]
	if t == nil {
		t = s.newGuest(g)
	} else {
		delete(s.away, g)
		a.class, a.seq = 0, t.seq
	}
	a.thread = t
	t.gate.Lock()
	s.arrivesLocked(a)
	s.mu.Unlock()
	if a.parks != nil {
		a.parks.Unlock()
	}
	t.gate.Wait()
	return t
}

func (s *scheduler) newGuest(g uintptr) *thread {
	t := &thread{guest: true, g: g}
	t.gate.Init()
	t.party = &party{name: nameOfGuest(), opaque: true}
	return t
}

func (s *scheduler) arrives(a arrival) {
	s.mu.Lock()
	s.arrivesLocked(a)
	s.mu.Unlock()
}

func (s *scheduler) arrivesLocked(a arrival) {
	a.calm = s.asleep
	s.arrivals = append(s.arrivals, a)
	s.arrived.Store(true)
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// take sees to the arrivals.
func (s *scheduler) take() {
	if !s.arrived.Load() {
		return
	}
	s.mu.Lock()
	all := s.arrivals
	s.arrivals = nil
	s.arrived.Store(false)
	s.mu.Unlock()
	slices.SortStableFunc(all, func(a, b arrival) int {
		return cmp.Or(cmp.Compare(a.class, b.class), cmp.Compare(a.seq, b.seq))
	})
	if len(all) > 0 {
		s.touchEverything()
	}
	for _, a := range all {
		if !a.calm && !s.careful {
			s.surprise()
		}
		switch {
		case a.starts != nil:
			p := s.newParty("a context's function")
			p.opaque = true
			s.begin(p, a.starts)
		case a.ready != nil:
			s.makeReadyOn(a.ready)
		default:
			t := a.thread
			if t.guest && t.seq == 0 {
				t.party.id = s.newActor()
				s.list(t)
			}
			s.note(event{kind: eventReturns, a: t.party})
			if a.parks != nil {
				s.parkOn(t, a.parks)
			} else {
				s.makeReady(t)
			}
		}
	}
}

// surprise ends a run that would have had to be a careful one.
func (s *scheduler) surprise() { s.surprised, s.ended = true, true }

// pass gives the baton to next, or back to the root.
func (s *scheduler) pass(next *thread) {
	s.running = next
	switch {
	case next == nil:
		s.holder.Store(0)
	case next.g == 0:
		s.holder.Store(0) // until it knows its goroutine
		go s.main(next, markOf(next))
	default:
		s.holder.Store(next.g)
		next.gate.Lock() // had once it waits
		next.gate.Unlock()
		next.gate.Signal()
	}
}

// yield gives the baton away, and returns when t has it again.
func (s *scheduler) yield(t *thread) {
	if !s.careful {
		next := s.next()
		if next == t {
			return
		}
		t.gate.Lock()
		s.pass(next)
	} else {
		t.gate.Lock()
		s.pass(nil)
	}
	t.gate.Wait()
	if s.aborted {
		runtime.Goexit()
	}
}

// point is where others may run before t goes on.
func (s *scheduler) point(t *thread) {
	if s.effect != nil || s.aborted {
		return
	}
	s.makeReady(t)
	s.yield(t)
}
