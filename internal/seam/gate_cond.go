//go:build !gc || !go1.26 || go1.27 || race || hark_cond

package seam

import "sync"

// gate parks on a sync.Cond. It parks and wakes one goroutine without an
// allocation, and testing/synctest knows it.
type gate struct{ cond sync.Cond }

func (g *gate) init(w *Waiter) { g.cond.L = &w.mu }

// wait unlocks w and parks until signal is called.
func (g *gate) wait(w *Waiter) {
	g.cond.Wait()
	w.mu.Unlock()
}

func (g *gate) mayWait() bool { return true }

// signal ends the one wait that is under way. It has the lock, so that for the race
// detector, too, what was done before it was done before the wait ended.
func (g *gate) signal() {
	g.cond.L.Lock()
	defer g.cond.L.Unlock()
	g.cond.Signal()
}
