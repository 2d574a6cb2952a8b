package proc

import (
	"sync"
	"sync/atomic"
	"time"

	"github.com/harkgo/hark/pkg/proc/internal/seam"
)

// clock stamps changes of state. Reading the time at each would cost a receive
// a sixth of its speed, so a reading is used for a millisecond: a timer then
// declares it stale, and the next change reads anew. Whatever reads the time
// for another reason refreshes it, so that stamps are in order with that. A
// system in which nothing changes has no timer running.
type clock struct {
	sched seam.Scheduler
	start time.Time // when Elapsed was 0

	latest atomic.Int64 // a stamp that is good; 0: read the time
	mu     sync.Mutex
	timer  seam.Timer
	closed bool
}

const stampLifetime = time.Millisecond

// stamp is the time, at most stampLifetime ago: Elapsed in nanoseconds plus 1.
func (c *clock) stamp() int64 {
	if t := c.latest.Load(); t != 0 {
		return t
	}
	return c.read()
}

func (c *clock) read() int64 {
	t := int64(c.sched.Elapsed()) + 1
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.closed || c.latest.Load() != 0 {
		return t
	}
	c.latest.Store(t)
	if c.timer == nil {
		c.timer = c.sched.AfterFunc(stampLifetime, func() { c.latest.Store(0) })
	} else {
		c.timer.Reset(stampLifetime)
	}
	return t
}

// elapsed is the scheduler's Elapsed, read now.
func (c *clock) elapsed() time.Duration {
	t := c.sched.Elapsed()
	if latest := c.latest.Load(); latest != 0 && latest < int64(t) {
		c.latest.CompareAndSwap(latest, int64(t)+1)
	}
	return t
}

// close stops the timer: from now on each stamp reads the time.
func (c *clock) close() {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.closed = true
	c.latest.Store(0)
	if c.timer != nil {
		c.timer.Stop()
	}
}

// when is the time of a stamp.
func (c *clock) when(stamp int64) time.Time {
	return c.start.Add(time.Duration(stamp - 1))
}
