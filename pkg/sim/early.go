package sim

import "time"

// EarlyTimers lets, from now on, a timer fire though others could still go on, as if
// what they do took up to d. Otherwise whatever happens takes no time: a timer races
// only with what happens at the moment at which it is due, and a limit of a second is
// never reached by one who could be answered at once. The clock shows when a timer is
// due, also when it fires; only others come later. With d <= 0 timers are not early any
// more.
//
// Nothing waits for longer than d: neither what is under way until it arrives, nor a
// thread, from when it can go on to when it waits again. So a call has four times d to
// come through: the request, the server's work, the reply, and the caller. Choose a d as
// long as the limits that are to be reached though nobody is slow, and less than a quarter
// of those that are not. In between a limit is reached only if other timers fire
// before it. What a test says of how long something takes must leave room for d.
//
// When the body has returned, timers are not early any more. A check that is [Exhaustive]
// explores no early timers, and fails here.
func (s *Sim) EarlyTimers(d time.Duration) {
	s.s.enter()
	if s.s.explorer != nil {
		s.s.refuse(misused("EarlyTimers: what is early by chance is not explored. Leave out one of it and Exhaustive, or make limits and delays equal."))
		return
	}
	s.s.early = max(d, 0)
}

// earliest is the timer that may fire early; nil: there is none. It is the one that is
// due next, if no other one is due: timers fire in the order in which they are due.
func (s *scheduler) earliest() *timer {
	if s.early == 0 || s.fairly() {
		return nil
	}
	by := s.patience()
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.due) > 0 || len(s.timers) == 0 {
		return nil
	}
	if t := s.timers[0]; t.due <= by && !t.exact {
		return t
	}
	return nil
}

// patience is until when all that can happen may wait.
func (s *scheduler) patience() time.Duration {
	oldest := s.now
	for _, t := range s.ready {
		oldest = min(oldest, t.since)
	}
	for _, p := range s.under {
		oldest = min(oldest, p.queue[0].since)
	}
	if s.early > forever-oldest {
		return forever - 1
	}
	return oldest + s.early
}

// isEarly reports whether t, which is to fire, is not due yet.
func (s *scheduler) isEarly(t *timer) bool {
	if s.early == 0 {
		return false
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	return t.place == timerPending
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
