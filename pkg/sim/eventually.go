package sim

import (
	"fmt"
	"time"
)

// Within limits for how long [Sim.Eventually] waits.
type Within func(*awaited)

// WithinSteps limits the steps: unless set, a tenth of the [StepLimit]. The strategy
// takes so many. If that was not enough everybody takes turns for as many again: what
// only waits for a strategy that lets others go first is not late.
func WithinSteps(n int) Within { return func(a *awaited) { a.steps = n } }

// WithinTime limits the time that passes, which is virtual: a minute unless set.
func WithinTime(d time.Duration) Within { return func(a *awaited) { a.time = d } }

const defaultPatience = time.Minute

// awaited is what a thread waits for with Eventually.
type awaited struct {
	holds func() bool
	steps int
	time  time.Duration

	thread *thread
	from   int // the step at which the waiting began
	held   bool
}

// Eventually waits until holds is true between two steps, and makes the run fail if
// that takes too long. Holds may look at all that the test and its processes have, as
// an invariant does, but not wait. What has held need not hold any more when
// Eventually returns, if others go on.
func (s *Sim) Eventually(what string, holds func() bool, within ...Within) {
	t := s.s.enter()
	if s.s.aborted {
		return
	}
	s.s.touchEverything()
	a := &awaited{holds: holds, steps: s.s.fair, time: defaultPatience, thread: t, from: s.s.steps}
	for _, limits := range within {
		limits(a)
	}
	limit := s.s.newTimer()
	limit.wakes, limit.exact = t, true
	limit.Reset(a.time)
	s.s.awaited, s.s.hasAwaited = append(s.s.awaited, a), true
	s.s.parkFor(t, "waits until eventually "+what)
	s.s.forgetAwaited(a)
	inTime := limit.Stop()
	if a.held || holds() {
		return
	}
	bound := fmt.Sprintf("%v of virtual time", a.time)
	if inTime {
		bound = fmt.Sprintf("%d steps, and as many in which all took turns", a.steps)
	}
	s.s.failLike(failureEventually, what, "eventually %s: not within %s%s", what, bound, s.s.waiting())
	s.s.parkFor(t, "has failed")
}

// checkAwaited makes those ready who have waited for what holds now, or for too long.
func (s *scheduler) checkAwaited() {
	for i := 0; i < len(s.awaited); {
		a := s.awaited[i]
		held, err := a.check()
		if err != nil {
			s.fail(failurePanic, "%s: %v", a.thread.why, err)
			return
		}
		// Who is ready already has found its time over.
		if a.thread.state != threadParked || !held && s.steps-a.from < 2*a.steps {
			i++
			continue
		}
		a.held = held
		s.forgetAwaited(a)
		s.makeReady(a.thread)
		if !held {
			a.thread.cause = everything
		}
	}
}

func (a *awaited) check() (held bool, err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("panic: %v\n%s", value, stackOfPanic())
		}
	}()
	return a.holds(), nil
}

func (s *scheduler) forgetAwaited(a *awaited) {
	for i, other := range s.awaited {
		if other == a {
			s.awaited = append(s.awaited[:i], s.awaited[i+1:]...)
			return
		}
	}
}

// fairly reports whether everybody takes turns: the run is long, or somebody has
// waited for long.
func (s *scheduler) fairly() bool {
	if s.steps > s.fair {
		return true
	}
	for _, a := range s.awaited {
		if s.steps-a.from > a.steps {
			return true
		}
	}
	return false
}
