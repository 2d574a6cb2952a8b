package sim

import (
	"fmt"
	"time"
)

// EarlyTimers lets a timer fire up to d before all that can be done until then has been
// done, as if some of that had taken so long. Otherwise whatever happens takes no time:
// a timer races only with what happens at the moment at which it is due, and a limit of
// a second is never reached by one who could be answered at once. The clock shows when a
// timer is due, also when it fires; only others come later. With a d about as long as
// the limits of a test, races of reply and timeout are explored without the test making
// replies take just as long; what a test says of how long something takes is then not
// true any more.
//
// When the body has returned, timers are not early any more. A check that is [Exhaustive]
// explores no early timers, and fails.
func EarlyTimers(d time.Duration) Option {
	if d <= 0 {
		panic(fmt.Sprintf("sim: EarlyTimers: by a positive duration, not %v", d))
	}
	return func(c *check) { c.early = d }
}

// earliest is the timer that may fire early; nil: there is none. It is the one that is
// due next, if no other one is due: timers fire in the order in which they are due.
func (s *scheduler) earliest() *timer {
	if s.early == 0 || s.fairly() {
		return nil
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.due) > 0 || len(s.timers) == 0 {
		return nil
	}
	if t := s.timers[0]; t.due < forever && t.due-s.now <= s.early {
		return t
	}
	return nil
}

// leap lets the time go on to when the timer is due that has been chosen to fire
// early, if one has, and fires it. Only the root can do that. It returns the thread
// that is to run, if there is one.
func (s *scheduler) leap() *thread {
	t := s.leaps
	if t == nil {
		return nil
	}
	s.leaps = nil
	s.mu.Lock()
	next := len(s.timers) > 0 && s.timers[0] == t
	s.mu.Unlock()
	if !next { // stopped by a goroutine without the baton
		return nil
	}
	s.letTimePass()
	s.takeDue()
	return s.fire(t)
}
