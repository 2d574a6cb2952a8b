//go:build race

package sim

import (
	"time"

	"github.com/harkgo/hark/internal/seam"
	"github.com/harkgo/hark/pkg/sel"
)

// The race detector sees the baton go from thread to thread by the locks of their
// gates. When a thread blocks outside of the scheduler it gives nothing away: the root
// finds out, from synctest.Wait, which the detector knows to come after all that the
// thread has done, unless it blocks in something that hides from the detector, as the
// Wait of a sync.WaitGroup does. So with the detector a thread says, whenever it leaves
// the scheduler, that it has done with it (letGo), and the root, when it wakes, that it
// comes after that (takeOver).
func (s *scheduler) letGo()    { s.progress.Add(0) }
func (s *scheduler) takeOver() { s.progress.Add(0) }

// seam is the scheduler as processes see it.
func (s *scheduler) seam() seam.Scheduler { return detected{s} }

// detected is a scheduler whose callers let go of it.
type detected struct{ s *scheduler }

func (d detected) Go(w *seam.Waiter, run func()) { defer d.s.letGo(); d.s.Go(w, run) }
func (d detected) Park(w *seam.Waiter)           { defer d.s.letGo(); d.s.Park(w) }
func (d detected) Ready(w *seam.Waiter)          { defer d.s.letGo(); d.s.Ready(w) }
func (d detected) Yield()                        { defer d.s.letGo(); d.s.Yield() }
func (d detected) Now() time.Time                { return d.s.Now() }
func (d detected) Elapsed() time.Duration        { return d.s.Elapsed() }
func (d detected) Seed() (uint64, uint64)        { defer d.s.letGo(); return d.s.Seed() }
func (d detected) Steps() seam.Stepper           { return d }
func (d detected) Step()                         { defer d.s.letGo(); d.s.Step() }
func (d detected) Touch(w *seam.Waiter)          { d.s.Touch(w) }
func (d detected) Enter(run func()) func()       { return d.s.Enter(run) }

func (d detected) AfterFunc(after time.Duration, f func()) seam.Timer {
	defer d.s.letGo()
	return d.s.AfterFunc(after, f)
}

func (d detected) Known(w *seam.Waiter, who seam.Subject) {
	defer d.s.letGo()
	d.s.Known(w, who)
}

func (d detected) Arrive(to *seam.Waiter, what any) {
	defer d.s.letGo()
	d.s.Arrive(to, what)
}

func (d detected) Answer(to *seam.Waiter, what any, effect, lost func()) {
	defer d.s.letGo()
	d.s.Answer(to, what, effect, lost)
}

func (d detected) Looks(by *seam.Waiter, one sel.Pattern, many []sel.Pattern) {
	d.s.Looks(by, one, many)
}

func (d detected) Received(by *seam.Waiter, message any) {
	defer d.s.letGo()
	d.s.Received(by, message)
}

func (d detected) Lost(to *seam.Waiter, message any, why string) {
	defer d.s.letGo()
	d.s.Lost(to, message, why)
}

func (d detected) Deliver(from, to *seam.Waiter, kind seam.Kind, what any, effect func()) {
	defer d.s.letGo()
	d.s.Deliver(from, to, kind, what, effect)
}
