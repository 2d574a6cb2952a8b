// Package seam is the one place where the runtime of processes meets the
// scheduler, the clock and chance. Everything that blocks, wakes, orders,
// reads the time or draws a random number goes through a [Scheduler], so that
// a simulator can take the place of goroutines and the wall clock.
//
// Where a goroutine parks or is made ready, [Runtime] asks whether there is a
// simulator, and in production goes on without an indirect call; see
// BenchmarkSeam.
package seam

import (
	"reflect"
	"sync"
	"time"

	"github.com/harkgo/hark/pkg/sel"
)

// Scheduler runs what processes are made of.
type Scheduler interface {
	// Go starts run as a thread of its own: the one of w, unless that is nil. It
	// never lets others run, so that it may be called with locks held.
	Go(w *Waiter, run func())
	// Park blocks the calling thread until Ready is called for w. w is locked
	// when Park is called, and not locked when it returns.
	Park(w *Waiter)
	// Ready lets the thread go on that is parked on w. It is called once for
	// each Park, by whoever has, under w's lock, decided that the wait is over.
	Ready(w *Waiter)
	// Yield lets others run.
	Yield()

	// Now is the clock.
	Now() time.Time
	// Elapsed is the monotonic time since the scheduler was made.
	Elapsed() time.Duration
	// AfterFunc calls f, on a thread of its own, after d.
	AfterFunc(d time.Duration, f func()) Timer

	// Seed is the start of a new source of random numbers.
	Seed() (uint64, uint64)

	// Steps is nil in production. Otherwise whatever one process does to
	// another one is handed to it.
	Steps() Stepper
}

// Runtime is a Scheduler that in production takes a short cut to what its
// hottest methods would do. Each frame on the stack of a goroutine that was
// parked costs a mispredicted return when it goes on, so on the way to
// production's Wait there is none of ours.
type Runtime struct {
	Scheduler
	Production bool
}

// RuntimeOf makes a Runtime of a Scheduler.
func RuntimeOf(s Scheduler) Runtime {
	_, production := s.(*Goroutines)
	return Runtime{s, production}
}

// Park is Scheduler.Park. Where it is hottest it is written out.
func (r *Runtime) Park(w *Waiter) {
	if r.Production {
		w.Wait()
	} else {
		r.Scheduler.Park(w)
	}
}

// Ready is Scheduler.Ready.
func (r *Runtime) Ready(w *Waiter) {
	if r.Production {
		w.Signal()
	} else {
		r.Scheduler.Ready(w)
	}
}

// Stepper makes the effects of processes on one another steps of their own. Its
// methods may let others run, unless they say that they do not: then the caller
// may hold locks.
type Stepper interface {
	// Known says what a thread that parks on w is. It lets nobody run.
	Known(w *Waiter, who Subject)
	// Step lets others run before something that is not delivered, but done at
	// once.
	Step()
	// Deliver performs effect, now or later, or at once if the kind says so, on
	// the thread of to. What one sender does to one target is performed in order.
	// The sender is the thread of from, or if that is nil the calling one. What is
	// the message, or whatever else comes. A Tick lets nobody run.
	Deliver(from, to *Waiter, kind Kind, what any, effect func())
	// Answer is Deliver of a reply by the calling thread to that of to. If it gets
	// lost on its way, lost is performed instead.
	Answer(to *Waiter, what any, effect, lost func())
	// Arrive performs all that is still to be performed of what the calling
	// thread has done to that of to, into whose mailbox it then puts what, itself. It
	// lets nobody run.
	Arrive(to *Waiter, what any)
	// Touch says that the calling thread has just read, or is about to change, what
	// belongs to that of w; or, with nil, what nobody knows the limits of. A Deliver,
	// an Answer and an Arrive say so themselves. It lets nobody run.
	Touch(w *Waiter)
	// Looks says that the thread of by has looked in its mailbox for messages of these
	// patterns: many, or if that is empty one. It has taken one of them, or found none
	// and is about to wait. It lets nobody run.
	Looks(by *Waiter, one sel.Pattern, many []sel.Pattern)
	// Received says that the thread of by has taken a message out of its mailbox. It
	// lets nobody run.
	Received(by *Waiter, message any)
	// Enter returns a function for a goroutine that the scheduler has not started:
	// it starts run as a thread. Of several that are called at the same time the
	// threads start in the order in which Enter was. It lets nobody run.
	Enter(run func()) (enter func())
	// Lost says that a message has become a dead letter, and why: one to the thread
	// of to, nil if there is none. It lets nobody run.
	Lost(to *Waiter, message any, why string)
}

// Subject is what a stepper is told about the thread of a Waiter.
type Subject interface {
	Name() string
	Waits() string // for what, while it is parked
	// InHand reports whether it has been given a message that is not in its mailbox.
	InHand() bool
	// Unread shows how many messages of each type it has not received. Nobody runs
	// meanwhile.
	Unread(see func(of reflect.Type, n int, byRuntime bool))
}

// Kind is what is delivered.
type Kind uint8

const (
	Message   Kind = iota // a message, from a process or from outside
	Signal                // an interrupt or a shutdown
	Reply                 // the answer to a call
	ExitFired             // a ProcessDown, or the interrupt of a link; at once
	Tick                  // of a timer; at once
)

// Timer is what AfterFunc has started.
type Timer interface {
	Stop() bool
	Reset(d time.Duration) bool
}

// Waiter is what a thread parks on, and the lock of the state that it waits
// for. It must be set up with Init and not be copied.
type Waiter struct {
	mu   sync.Mutex
	gate gate // production's
}

// Init makes w ready for use.
func (w *Waiter) Init() { w.gate.init(w) }

// Lock locks the state of w.
func (w *Waiter) Lock() { w.mu.Lock() }

// Unlock unlocks the state of w.
func (w *Waiter) Unlock() { w.mu.Unlock() }

// Wait is production's Park.
func (w *Waiter) Wait() { w.gate.wait(w) }

// Signal is production's Ready.
func (w *Waiter) Signal() { w.gate.signal() }

// MayWait reports false if no thread was in Wait a moment ago. It needs no lock,
// and is a hint of what it is worth to prepare for.
func (w *Waiter) MayWait() bool { return w.gate.mayWait() }
