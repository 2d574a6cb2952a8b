package sim

import (
	"errors"
	"math"
	"time"

	"github.com/harkgo/hark/pkg/proc"
)

// Fault is something that goes wrong in some of the runs of a test. It is a
// description, which [Sim.Fault] puts to use; its methods return another one.
//
// A fault fires at one of its opportunities: the moments, to those whom it may happen
// to. Unless it is told otherwise it fires once in a run at most, and at an opportunity
// of chance. The opportunities at which faults have fired are part of a run's schedule:
// they are told in the report of its failure, and are the same when it is repeated.
type Fault struct {
	kind   faultKind
	who    Who
	on     Boundary
	reason error
	lasts  time.Duration
	when   Moment
	most   int     // in one run
	chance float64 // at each opportunity; 0: another one in each run
	nth    int     // opportunity, instead of by chance; 0: none
}

type faultKind uint8

const (
	faultNone faultKind = iota

	// To a process.
	faultKill
	faultCrash
	faultFailStart
	faultInterrupt
	faultShutdown
	faultPause

	// To a mailbox.
	faultFull

	// On the way.
	faultDelay
	faultDrop
	faultDuplicate
)

func (k faultKind) String() string {
	return [...]string{"no fault", "Kill", "Crash", "FailStart", "Interrupt", "Shutdown", "Pause", "Full", "Delay", "Drop", "Duplicate"}[k]
}

// onProcess reports whether it happens to a process, at its moments.
func (k faultKind) onProcess() bool { return k >= faultKill && k <= faultPause }

// ErrFault is why a process has crashed by a [Crash] or a [FailStart].
var ErrFault = errors.New("a fault of the test")

// Kill kills a process, as ID.Kill does: with ExitKilled, as if from outside. Its
// goroutine goes on to its next operation, as everywhere; to send is none.
func Kill(who Who) Fault { return Fault{kind: faultKill, who: who, most: 1} }

// Crash makes a process crash where it is: it panics with ErrFault where it next sends,
// replies or comes to a [Sim.Point], and ends with an ExitUnhandledError that holds
// ErrFault where it next waits. So, unlike a kill, it may come between two sends.
// Within the library's own packages a process does not panic.
func Crash(who Who) Fault { return Fault{kind: faultCrash, who: who, most: 1} }

// FailStart makes a process crash in the midst of its start. That lasts until it says
// that it is up, to whoever has started it (proc.Start, server.Start, the ready of a
// sup.WorkerReady, a message), or else until it waits for its first message; it does
// not come to that. Only processes have one that are spawned after [Sim.Fault].
func FailStart(who Who) Fault { return Fault{kind: faultFailStart, who: who, most: 1} }

// Interrupt interrupts a process, at once.
func Interrupt(who Who, reason proc.InterruptReason) Fault {
	return Fault{kind: faultInterrupt, who: who, reason: given("Interrupt", reason), most: 1}
}

// Shutdown shuts a process down, at once.
func Shutdown(who Who, reason proc.ShutdownReason) Fault {
	return Fault{kind: faultShutdown, who: who, reason: given("Shutdown", reason), most: 1}
}

// Pause keeps a process that could go on from doing so until d has passed. As the time
// stands still while anybody can go on, all others come as far as they can meanwhile.
func Pause(who Who, d time.Duration) Fault {
	return Fault{kind: faultPause, who: who, lasts: positive("Pause", d), most: 1}
}

// Full makes a bounded mailbox behave as a full one for d, from when something is about
// to come into it: one that rejects refuses everything, one that drops the oldest makes
// no room beyond what it has. Who waits in SendContext waits for the end of it.
func Full(who Who, d time.Duration) Fault {
	return Fault{kind: faultFull, who: who, lasts: positive("Full", d), most: 1}
}

// Delay holds up what one process has sent to another one: it, and all that is under
// way between these two after it, does not arrive before d has passed. What is told
// about the end of the sender is not held up: all comes before that. It may happen
// between any two, and to all that is delivered, interrupts and shutdowns included.
func Delay(between Boundary, d time.Duration) Fault {
	return Fault{kind: faultDelay, on: between, lasts: positive("Delay", d), most: 1}
}

// Drop makes something get lost that crosses a boundary. Nobody is told: it is no dead
// letter, and a call waits for what does not come.
func Drop(at Boundary) Fault { return Fault{kind: faultDrop, on: at, most: 1} }

// Duplicate makes something arrive twice, one right after the other, that crosses a
// boundary. Of a call's request both can be answered; the first reply counts.
func Duplicate(at Boundary) Fault { return Fault{kind: faultDuplicate, on: at, most: 1} }

// AtMost makes f fire n times in a run at most.
func (f Fault) AtMost(n int) Fault {
	if n < 1 {
		panic(misused("AtMost: a fault that fires %d times is none", n))
	}
	f.most = n
	return f
}

// Chance makes f fire at each opportunity with a probability of p. Otherwise that is
// another one in each run, from 1 down to 1/1000: some runs have a fault early, some
// late, and some none.
func (f Fault) Chance(p float64) Fault {
	if !(p > 0 && p <= 1) {
		panic(misused("Chance: a probability is above 0 and not above 1, not %v", p))
	}
	f.chance = p
	return f
}

// Nth makes f fire at its n-th opportunity in a run, counted from 1, and at no other.
func (f Fault) Nth(n int) Fault {
	if n < 1 {
		panic(misused("Nth: opportunities are counted from 1, not %d", n))
	}
	f.nth = n
	return f
}

// When makes f fire only at certain moments of the process. For a fault of what is
// under way, [Sends] and [Gets] say what that is, and there are no points.
func (f Fault) When(m Moment) Fault {
	if m.kind == momentPoint && !f.kind.onProcess() {
		panic(misused("When: nobody passes a point with what is under way, or comes into a mailbox"))
	}
	f.when = m
	return f
}

func positive(what string, d time.Duration) time.Duration {
	if d <= 0 {
		panic(misused("%s: the time is to be above 0, not %v", what, d))
	}
	return d
}

func given[E error](what string, reason E) error {
	if any(reason) == nil {
		panic(misused("%s: there is no reason", what))
	}
	return reason
}

// Unlimited, for AtMost, is no limit.
const Unlimited = math.MaxInt

// Fault lets faults happen from now on until the body returns. What is held up, paused
// or full then is not any more. A fault that has had no opportunity in any run, since
// nobody has that title for example, fails the check, as what [Sim.Sometimes] happens and
// never did; how often each has fired a check says with -v. A check that is [Exhaustive]
// explores no faults, and fails here.
func (s *Sim) Fault(faults ...Fault) {
	s.s.enter()
	if s.s.explorer != nil {
		s.s.refuse(misused("Fault: faults are not explored. Leave out Exhaustive, and faults come by chance; or do by hand what is to happen, as with Kill."))
		return
	}
	for _, f := range faults {
		if f.kind == faultNone {
			panic(misused("Fault: a fault of no kind, as Kill and the like make them"))
		}
		s.s.injector.add(f, placeHere())
	}
}

// Point is a place with a name in the code of a test, at which faults may happen to the
// process that comes there; see [Passes]. Others may run there, and a process that has
// been told to end does so, as in Yield.
func (s *Sim) Point(name string) {
	t := s.s.enter()
	if s.s.aborted {
		return
	}
	s.s.note(event{kind: eventPoint, a: t.party, text: name})
	if s.s.faulty() {
		s.s.moment(t.party, momentPoint, name, nil)
	}
	s.s.point(t)
	s.s.unwinds(t)
}
