package sup

import (
	"errors"
	"fmt"
	"sync"
	"time"

	"github.com/harkgo/hark/pkg/proc"
)

// child is a child in the hands of its supervisor: what it is, and where in its
// life. Its lives follow each other:
//
//	start   spawned; up at once, or when it says that it is ready; or it fails
//	stop    asked to end in up to three steps
//	down    its process has ended
//
// What follows from an end (a restart, the end of others) is for the policy to say.
type child struct {
	Child
	siblings
	path string // made when first needed

	state    ChildState
	id       proc.ID // zero if there is no process
	was      proc.ID // the last process that has ended
	last     proc.ShutdownReason
	restarts int
	row      attempts

	of    *supervisor
	alarm alarm // Starting: its limit; Stopping: that of the step; Restarting: the back-off
	step  stopStep
	wasUp bool // this life of it has been up
	late  bool // it is stopped because it was not ready in time

	plans      // of a tree
	member any // of a pool: the same child, as that knows it
}

func (s *supervisor) newChild(c Child) *child {
	made := &child{Child: c, of: s}
	made.opts = c.options()
	return made
}

// lives reports whether c has a process.
func (c *child) lives() bool { return c.id != proc.ID{} }

// start begins a life of c. It reports whether c is up: else its policy hears of
// that later, or that the start has failed.
func (s *supervisor) start(c *child) (up bool) {
	c.state, c.wasUp, c.late = Starting, false, false
	c.id, _ = c.Child.start(s, c)
	s.living[c.id] = c
	switch {
	case neverRan(c.id): // the ProcessDown that says so is in the mailbox
	case !c.ready:
		s.nowUp(c)
		return true
	case c.within > 0 && c.within != NoLimit:
		s.alarms.set(&c.alarm, later(s.now(), c.within), c)
	}
	return false
}

// neverRan reports whether a process that has just been spawned was dead from
// the beginning.
func neverRan(id proc.ID) bool {
	if id.Alive() {
		return false
	}
	_, never := id.Reason().(proc.ExitNotStarted)
	return never
}

// readiness is the function by which a life of c says that it is ready.
func (s *supervisor) readiness(c *child, id proc.ID) func() {
	return sync.OnceFunc(func() { s.sendReady(c, id) })
}

func (s *supervisor) sendReady(c *child, id proc.ID) {
	// Where nobody listens any more it is nobody's loss, so no dead letter.
	_ = s.pid.TrySend(childReady{c, id})
}

// childReady says that a life of a child is ready.
type childReady struct {
	child *child
	id    proc.ID
}

func (m childReady) serve(s *supervisor) {
	if c := m.child; c.id == m.id && c.state == Starting {
		s.nowUp(c)
		s.policy.up(c)
	}
}

func (s *supervisor) nowUp(c *child) {
	s.alarms.cancel(&c.alarm)
	c.state, c.wasUp = Running, true
	c.row.up(s.now())
	s.tell(ChildStarted, c, c.id, nil)
}

// down is told that the process of a child has ended.
func (s *supervisor) down(d proc.ProcessDown) {
	c, ok := s.living[d.ID]
	if !ok {
		return
	}
	state := c.state
	s.gone(c, d.Reason)
	switch {
	case state == Starting, state == Stopping && c.late:
		s.policy.failed(c, c.failure())
	case state == Stopping:
		s.policy.stopped(c)
	default:
		s.policy.ended(c)
	}
}

// gone notes that c has no process any more.
func (s *supervisor) gone(c *child, reason proc.ShutdownReason) {
	delete(s.living, c.id)
	s.alarms.cancel(&c.alarm)
	c.was, c.id = c.id, proc.ID{}
	c.last, c.state, c.step = reason, Stopped, notAsked
	if c.wasUp {
		s.tell(ChildEnded, c, c.was, reason)
	} else {
		s.tell(ChildStartFailed, c, c.was, c.failure())
	}
}

// failure is why the last start of c has failed.
func (c *child) failure() proc.ShutdownReason {
	if c.late {
		return c.lateness()
	}
	return c.last
}

// lateness is what a child is shut down with that was not ready in time.
func (c *child) lateness() proc.ShutdownReason {
	return proc.ExitUnhandledError{Err: fmt.Errorf("was not ready in time: %w", proc.TimeoutInterrupt{After: c.within})}
}

// ---------------------------------------------------------------- stopping

// stopStep is how far the stop of a child is.
type stopStep int

const (
	notAsked stopStep = iota
	finishing
	cleaningUp
	killed
)

// stop begins to end the life of c, which has a process.
func (s *supervisor) stop(c *child) {
	c.state = Stopping
	s.nextStep(c, stopRequested)
}

func (s *supervisor) nextStep(c *child, reason proc.ShutdownReason) {
	s.alarms.cancel(&c.alarm)
	if wait := c.ask(reason); wait != NoLimit {
		s.alarms.set(&c.alarm, later(s.now(), wait), c)
	}
}

// overdue takes the next step with a child that has not ended in time. One that
// has ended after all needs none: its ProcessDown is on its way.
func (s *supervisor) overdue(c *child, reason proc.ShutdownReason) {
	if c.id.Alive() {
		s.logOverdue(c)
		s.nextStep(c, reason)
	}
}

// stopRequested is what a child is shut down with that has not finished.
var stopRequested = proc.ExitNormallyWith{Detail: "stopped by its supervisor"}

// ask takes the next step to end c, and returns how long to wait for it to do
// so. reason is what to shut it down with.
func (c *child) ask(reason proc.ShutdownReason) time.Duration {
	limits := c.stopLimits()
	if c.step == notAsked {
		if c.step = finishing; limits.Finish >= 0 {
			c.id.Interrupt(proc.NormalExitRequested{})
			return limits.Finish
		}
	}
	if c.step == finishing {
		if c.step = cleaningUp; limits.Cleanup >= 0 {
			c.id.Shutdown(reason)
			return limits.Cleanup
		}
	}
	c.step = killed
	c.id.Kill()
	return NoLimit
}

// ring is c's alarm.
func (c *child) ring() {
	s := c.of
	switch c.state {
	case Starting:
		c.late = true
		c.state, c.step = Stopping, finishing // what has not begun has nothing to finish
		s.nextStep(c, c.lateness())
	case Stopping:
		s.overdue(c, stopRequested)
	case Restarting:
		s.policy.waited(c)
	}
}

// hasten begins to end the life of c, if it has one, in a process that unwinds.
func (s *supervisor) hasten(c *child, w wind) {
	switch {
	case !c.lives():
		return
	case c.state != Stopping:
		c.state = Stopping
		if !w.finish {
			c.step = finishing
		}
	case w.finish || c.step != finishing:
		return // its stop goes on as it began
	}
	s.nextStep(c, w.reason)
}

// awaitEnd returns when a hastened child has ended. Meanwhile it goes on with all
// that are overdue.
func (s *supervisor) awaitEnd(c *child, w wind) {
	if !c.lives() {
		return
	}
	for !s.self.AwaitEnd(c.id, s.untilAlarm()) {
		s.asked = false
		for {
			of, ok := s.alarms.take(s.now())
			if !ok {
				break
			}
			if late, ok := of.(*child); ok && late.state == Stopping {
				s.overdue(late, w.reason)
			}
		}
	}
	s.asked = false
	s.gone(c, c.id.Reason())
}

// untilAlarm is the time to the next alarm, as AwaitEnd has it.
func (s *supervisor) untilAlarm() time.Duration {
	due, any := s.alarms.first()
	if !any || due == NoLimit {
		return -1
	}
	return max(0, due-s.now())
}

// later is t+d, or the end of time.
func later(t, d time.Duration) time.Duration {
	if sum := t + d; sum >= t {
		return sum
	}
	return NoLimit
}

// ---------------------------------------------------------------- reasons

// crashed reports whether reason is that of a crash. The reason of a child may
// be a nil pointer, which panics when it is asked.
func crashed(reason proc.ShutdownReason) (crash bool) {
	defer func() {
		if recover() != nil {
			crash = true
		}
	}()
	return reason.Severity() == proc.Crash
}

// systemStops reports whether c has not started, for why, because nothing starts
// any more.
func (s *supervisor) systemStops(c *child, why error) bool {
	if c.wasUp || !isStopping(why) {
		return false
	}
	// Its body may have said so, of another system.
	probe := proc.Spawn(s.self.System(), func(*proc.Self[done]) error { return nil })
	return isStopping(probe.Reason())
}

// isStopping reports whether why is that of a process that was not started
// because its system stops.
func isStopping(why error) bool {
	notStarted, ok := why.(proc.ExitNotStarted)
	return ok && errors.Is(notStarted.Err, proc.ErrStopping)
}

// lastExit is why c is not there; never nil.
func (c *child) lastExit() proc.ShutdownReason {
	if c.last == nil {
		return proc.ExitUnknown{} // it has not been there yet
	}
	return c.last
}
