package sim

import (
	"testing/synctest"
	"time"

	"github.com/harkgo/hark/internal/goroutine"
)

// root runs the threads until the run is over.
func (s *scheduler) root() {
	for {
		synctest.Wait() // nobody can go on
		s.takeOver()
		if s.running != nil {
			s.leftAway(s.running)
		}
		s.running = nil
		s.holder.Store(goroutine.Current())
		next := s.leap()
		if next == nil {
			next = s.next()
		}
		if s.ended {
			break
		}
		if next != nil {
			s.pass(next)
		} else if s.leaps == nil && !s.letTimePass() {
			s.fail(failureDeadlock, "nobody can go on:%s", s.waiting())
			break
		}
	}
	if s.failure != nil {
		s.unread = s.unreceived()
	}
	s.abort()
}

// leftAway notes that t, which has the baton, blocks in something that the
// scheduler does not know of.
func (s *scheduler) leftAway(t *thread) {
	s.careful = true // from here on there is somebody who may come back at any moment
	t.state = threadAway
	t.party.opaque = true // it goes on beside others
	s.touchEverything()
	s.mu.Lock()
	s.away[t.g] = t
	s.mu.Unlock()
	s.note(event{kind: eventAway, a: t.party})
}

// forever is how long the root waits for something to happen in the bubble when
// the scheduler itself waits for nothing.
const forever = 100 * 365 * 24 * time.Hour

// letTimePass lets the time go on to when something is due, or a goroutine that
// waits for a Go timer wants the baton. It reports false if nothing ever happens.
func (s *scheduler) letTimePass() bool {
	d, pending := forever, false
	s.mu.Lock()
	if len(s.timers) > 0 && s.timers[0].due < forever {
		d, pending = s.timers[0].due-s.Elapsed(), true
	}
	s.asleep = true
	s.mu.Unlock()
	before := s.Elapsed()
	s.holder.Store(0)
	timer := time.NewTimer(d)
	select {
	case <-s.wake:
	case <-timer.C:
	}
	timer.Stop()
	synctest.Wait()
	s.mu.Lock()
	s.asleep = false
	s.mu.Unlock()
	s.holder.Store(goroutine.Current())
	if !pending && !s.arrived.Load() && s.Elapsed()-before >= forever {
		return false
	}
	if s.now = s.Elapsed(); s.now > before {
		s.note(event{kind: eventTime})
	}
	return true
}

// abort makes every thread unwind, one after the other.
func (s *scheduler) abort() {
	s.aborted = true
	s.running = nil
	for {
		s.holder.Store(goroutine.Current())
		s.take()
		var next *thread
		for _, t := range s.threads {
			if t.state == threadReady || t.state == threadParked || t.state == threadRunning {
				next = t
				break
			}
		}
		if next == nil {
			// Whoever is away may still come back, and then unwinds.
			if s.gone() || !s.letTimePass() || !s.arrived.Load() {
				return
			}
			continue
		}
		s.forget(next)
		if next.g == 0 { // it has not begun
			continue
		}
		s.pass(next)
		synctest.Wait()
		s.takeOver()
		if s.running != nil { // it blocks outside in a deferred function
			s.running = nil
			s.mu.Lock()
			s.away[next.g] = next
			s.mu.Unlock()
		}
	}
}

// gone reports whether nobody is away.
func (s *scheduler) gone() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.away) == 0
}
