package harness

import (
	"runtime"
	"testing/synctest"
	"time"

	"github.com/harkgo/hark/pkg/proc"
)

// Settle returns when nobody has anything left to do: all are blocked, if only
// until a timer fires.
func (w *World) Settle() {
	w.Helper()
	if w.Bubble {
		w.settle()
		return
	}
	w.Eventually("all goroutines are blocked", AllBlocked)
}

// settle is Settle where time is virtual.
func (w *World) settle() {
	if w.Sim != nil {
		w.Sim.Settle()
	} else {
		synctest.Wait()
	}
}

// Arrive waits until all that has been sent has arrived. Only a simulation has anything
// under way; elsewhere it is there when the send returns.
func (w *World) Arrive() {
	if w.queued {
		w.Sim.Settle()
	}
}

// Sleep lets time pass.
func (w *World) Sleep(d time.Duration) {
	if w.Sim != nil {
		w.Sim.Sleep(d)
	} else {
		time.Sleep(d)
	}
}

// GiveWay lets others run.
func (w *World) GiveWay() {
	if w.Sim != nil {
		w.Sim.Sleep(0)
	} else {
		runtime.Gosched()
	}
}

// Go runs f on a goroutine of its own, beside the test.
func (w *World) Go(f func()) {
	if w.Sim != nil {
		w.Sim.Go(f)
	} else {
		go f()
	}
}

// Eventually polls until cond holds, and fails the test if it never does.
func (w *World) Eventually(what string, cond func() bool) {
	w.Helper()
	for i := 0; ; i++ {
		if cond() {
			return
		}
		if w.Bubble {
			if i > 0 {
				w.Sleep(time.Second) // virtual
			}
			w.settle()
		} else {
			time.Sleep(50 * time.Microsecond << min(i, 8))
		}
		if i > 4000 { // most of a minute
			w.Fatalf("never: %s\n%s", what, Stacks())
		}
	}
}

// Value waits for something that the test is told. Where time is virtual it fails when
// nothing at all happens any more, which the bubble or the simulator notices, or after
// years.
func Value[T any](w *World, from <-chan T) T {
	w.Helper()
	if w.Sim != nil {
		return <-from
	}
	limit := 4 * time.Minute // the race detector on a machine with much to do
	if w.Bubble {
		limit = 24 * 365 * 50 * time.Hour
	}
	timer := time.NewTimer(limit)
	defer timer.Stop()
	select {
	case v := <-from:
		return v
	case <-timer.C:
		w.Fatalf("the test waited in vain\n%s\n%s", Stacks(), w.Logs.String())
		panic("unreachable")
	}
}

// Async runs f on a goroutine of its own, and passes on what it returns.
func Async[T any](w *World, f func() T) <-chan T {
	got := make(chan T, 1)
	w.Go(func() { got <- f() })
	return got
}

// Pending demands that nothing has been told yet.
func Pending[T any](w *World, from <-chan T, what string) {
	w.Helper()
	w.Settle()
	select {
	case v := <-from:
		w.Fatalf("%s is over already: %v", what, v)
	default:
	}
}

// Ended waits until id has ended, and all have been told, and returns its reason.
func Ended(w *World, id proc.ID) proc.ShutdownReason {
	w.Helper()
	Value(w, id.Done())
	return id.Reason()
}
