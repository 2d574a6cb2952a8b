package sim

import (
	"fmt"
	"sync"
	"time"
)

// stalled is how long, by the wall clock, a thread may have the baton before that is
// taken for the end: it computes for ever, or waits for a lock that another thread
// holds, which the bubble does not know to be waiting.
var stalled = 20 * time.Second

// onStall is what is done then. The goroutine cannot be ended, so the program is, as
// by the time limit of go test.
var onStall = func(what string) { panic(what) }

// watchdog watches over the runs of a check. It is not in their bubbles.
type watchdog struct {
	mu   sync.Mutex
	runs map[*scheduler]pace
}

// pace is how far a run had come, and since when it has not come further.
type pace struct {
	progress uint64
	since    time.Time
}

// over watches over s until stop is called.
func (w *watchdog) over(s *scheduler) (stop func()) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.runs == nil {
		w.runs = make(map[*scheduler]pace)
	}
	w.runs[s] = pace{} // it begins when it is looked at: here the clock is the bubble's
	return func() {
		w.mu.Lock()
		defer w.mu.Unlock()
		delete(w.runs, s)
	}
}

// look returns a run that has not come to a step for too long; nil: there is none.
func (w *watchdog) look(now time.Time) *scheduler {
	w.mu.Lock()
	defer w.mu.Unlock()
	for s, p := range w.runs {
		if progress := s.progress.Load(); p.since.IsZero() || progress != p.progress {
			w.runs[s] = pace{progress, now}
		} else if now.Sub(p.since) > stalled {
			return s
		}
	}
	return nil
}

// watch lets the watchdog look, until stop is called.
func (c *check) watch() (stop func()) {
	end := make(chan struct{})
	go func() {
		ticks := time.NewTicker(stalled / 10)
		defer ticks.Stop()
		for {
			select {
			case <-end:
				return
			case <-ticks.C:
			}
			if s := c.watchdog.look(time.Now()); s != nil {
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
		t.party, stalled, stacksNow().byMark().of(t))
}
