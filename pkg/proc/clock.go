package proc

import (
	"math"
	"sync/atomic"
	"time"

	"github.com/harkgo/hark/internal/seam"
)

// clock reads the time, and tells since when a process has been in its state.
// Reading the time at each change of state would cost a message a sixth of its
// speed, and a timer that keeps a coarse time costs as much, for with a timer
// pending the Go scheduler reads the clock itself each time it switches. So a
// process whose state changes all the time goes without for a few changes, as
// long as nobody in its system has seen a new millisecond begin, and nobody is
// looking.
type clock struct {
	sched    seam.Scheduler
	start    time.Time     // when Elapsed was 0
	latest   atomic.Uint32 // the millisecond of the latest reading
	observed atomic.Int64  // until when every change is stamped, in Elapsed; 0: not
}

const (
	// observedTime is how long after each look at a process its whole system
	// stamps every change.
	observedTime = time.Minute
	// Changes that follow each other within hotTime make a process hot, once
	// there have been hotChanges of them; then coldChanges may go without.
	hotTime     = 50 * time.Microsecond
	hotChanges  = 64
	coldChanges = 15
)

// elapsed is the scheduler's Elapsed.
func (c *clock) elapsed() time.Duration {
	now := c.sched.Elapsed()
	if ms := uint32(now / time.Millisecond); ms != c.latest.Load() {
		c.latest.Store(ms)
	}
	return now
}

// stamp says since when a thread has been in its state.
type stamp struct {
	since time.Duration // in Elapsed
	at    uint32        // the clock's latest millisecond then
	hot   uint8         // changes in a row that came soon
	skip  uint8         // changes that may go without a stamp
}

// skips reports whether the latest change of state, or the next one, goes without
// a stamp: s is at most some of these changes and a millisecond old.
func (c *clock) skips(s *stamp) bool { return s.skip > 0 && s.at == c.latest.Load() }

// changed notes a change of state.
func (c *clock) changed(s *stamp) {
	if c.skips(s) {
		s.skip--
	} else {
		c.stamp(s)
	}
}

//go:noinline
func (c *clock) stamp(s *stamp) {
	now := c.elapsed()
	s.skip = 0
	switch gap := now - s.since; {
	case gap > hotTime || gap == 0: // 0: the time is virtual
		s.hot = 0
	case s.hot < hotChanges:
		s.hot++
	default:
		until := c.observed.Load()
		if until != 0 && int64(now) > until {
			c.observed.CompareAndSwap(until, 0)
			until = 0
		}
		if until == 0 {
			s.skip = coldChanges
		}
	}
	s.since, s.at = now, c.latest.Load()
}

// observe makes every change stamped for a while: somebody is looking.
func (c *clock) observe() { c.observed.Store(int64(c.elapsed() + observedTime)) }

// when is the time of a stamp.
func (c *clock) when(s stamp) time.Time { return c.start.Add(s.since) }

// later is d after now, or the latest time there is.
func later(now, d time.Duration) time.Duration {
	if at := now + d; at >= now {
		return at
	}
	return math.MaxInt64
}
