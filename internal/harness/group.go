package harness

import "testing"

// Group is goroutines of a test, beside it, that it waits for. Unlike those of a
// sync.WaitGroup a simulator has them in its hands.
type Group struct {
	w   *World
	all []<-chan struct{}
}

// Group makes a group.
func (w *World) Group() *Group { return &Group{w: w} }

// Go runs f on a goroutine of its own.
func (g *Group) Go(f func()) {
	g.all = append(g.all, Async(g.w, func() (over struct{}) { f(); return }))
}

// Wait waits until all have ended.
func (g *Group) Wait() {
	g.w.Helper()
	for _, one := range g.all {
		Value(g.w, one)
	}
	g.all = nil
}

// Sized is how many of something a test has: in all, where that would take too long,
// and in a simulation, which counts schedules instead.
func (w *World) Sized(full, short, simulated int) int {
	switch {
	case w.Sim != nil:
		return simulated
	case testing.Short():
		return short
	}
	return full
}
