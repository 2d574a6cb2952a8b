package sim

import (
	"fmt"
	"time"
)

// stalled is how long, by the wall clock, a thread may have the baton before that is
// taken for the end: it computes for ever, or waits for a lock that another thread
// holds, which the bubble does not know to be waiting.
var stalled = 20 * time.Second

// onStall is what is done then. The goroutine cannot be ended, so the program is, as
// by the time limit of go test.
var onStall = func(what string) { panic(what) }

// watch watches over the runs of c until stop is called. It is not in their bubbles.
func (c *check) watch() (stop func()) {
	end := make(chan struct{})
	go func() {
		ticks := time.NewTicker(stalled / 10)
		defer ticks.Stop()
		var of *scheduler
		var progress uint64
		since := time.Now()
		for {
			select {
			case <-end:
				return
			case <-ticks.C:
			}
			s := c.watched.Load()
			if s == nil || s != of || s.progress.Load() != progress {
				of, since = s, time.Now()
				if s != nil {
					progress = s.progress.Load()
				}
				continue
			}
			if time.Since(since) > stalled {
				onStall(s.stalled())
				return
			}
		}
	}()
	return func() { close(end) }
}

// stalled says who has the baton and does not come to a step. It is called without
// the baton, when nobody moves.
func (s *scheduler) stalled() string {
	t := s.running
	if t == nil {
		return "sim: a goroutine of the test computes, or waits for a lock or for a channel that is not of this run, and nobody can go on"
	}
	return fmt.Sprintf("sim: %s has not come to a step for %v: it computes, or waits for a lock that somebody else holds, or for a channel that is not of this run\n%s",
		t.party, stalled, stacksByMark().of(t))
}
