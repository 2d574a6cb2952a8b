package proc

import (
	"time"

	"github.com/harkgo/hark/internal/seam"
)

// thread is something that parks: a process, or a caller from outside. Its
// fields are guarded by its lock.
type thread struct {
	seam.Waiter
	sys    *System
	alarm  *alarm // nil until something has a time limit
	stamp         // of the latest change of state
	parked bool
	cause  cause // of the latest wake

	choosing bool // it is a process, and runs code of a selector; its own

	// Of a process in a Loop.
	lingers bool // it is parked where it could hibernate
	warm    bool // it may keep its goroutine where it could hibernate
	asked   bool // it has been, and its spare cursor says what it then received; its own
	resting bool // it has no goroutine; who has woken it may look without the lock
}

// cause is why a parked thread goes on.
type cause uint8

const (
	byMessage cause = iota // there may be a message that it wants
	bySignal               // an interrupt, a shutdown or a kill
	byTimeout
	byEvent   // what it waits for, a reply or an end, has come
	byCooling // it may not keep its goroutine any more
)

// limit is the time limit of an operation.
type limit struct {
	after   time.Duration // how long the operation may take; 0: there is no limit
	due     time.Duration // when it ends, in Elapsed; 0: it has not begun; or dueUnknown
	expired bool
	over    bool // and all that was there then has been looked at
}

// noLimit is for operations that may take for ever.
var noLimit = limit{}

// within is a limit of d. It runs from when the thread first has to wait: an
// operation that need not wait does not read the clock. With d <= 0 it has
// expired.
func within(d time.Duration) limit {
	if d <= 0 {
		return limit{expired: true}
	}
	return limit{after: d}
}

// pass looks at the clock for a limit of an operation that does not park.
func (t *thread) pass(l *limit) {
	if l.after == 0 || l.expired {
		return
	}
	now := t.sys.clock.elapsed()
	t.begin(l, now)
	l.expired = now >= l.due
}

// begin settles when l is due, if it begins now, or has begun when nobody looked at
// the clock: then it ends a little late, and never early.
func (t *thread) begin(l *limit, now time.Duration) {
	switch {
	case l.due > 0:
		return
	case l.due == dueUnknown && t.alarm != nil && t.alarm.rang != 0:
		now = t.alarm.rang // which was after it had begun
	}
	l.due = later(now, l.after)
}

// park blocks the thread until it is woken, or the limit has expired. The lock
// must be held; it is not when park returns.
func (t *thread) park(l *limit) {
	t.parked = true
	if t.alarm != nil {
		t.alarm.due = 0
	}
	if l.after > 0 {
		t.setAlarm(l)
	}
	if t.sys.sched.Production {
		t.Wait()
	} else {
		t.sys.sched.Scheduler.Park(&t.Waiter)
	}
	if l.after == 0 {
		return
	}
	if t.cause == byTimeout {
		l.expired = true
	}
	if l.due == 0 {
		l.due = t.alarm.due // the limit goes on if the thread parks again
	}
}

// wake ends the park of a thread, if it is parked. The lock must be held; ready
// is called after it has been released, if wake reports true.
func (t *thread) wake(why cause) (ready bool) {
	if !t.parked {
		return false
	}
	t.parked, t.cause = false, why
	t.sys.clock.changed(&t.stamp)
	return true
}

// ready lets the thread go on that wake has reported true for.
func (t *thread) ready() {
	switch {
	case t.resting:
		t.rise()
	case t.sys.sched.Production:
		t.Signal()
	default:
		t.sys.sched.Scheduler.Ready(&t.Waiter)
	}
}

// alarm is the one timer of a thread. It stays armed from wait to wait: one
// that is due later finds a timer which rings early enough, and is then set
// again, so that a limit which is not reached costs a look at the clock.
type alarm struct {
	timer seam.Timer
	due   time.Duration // of the present wait; 0: none
	armed time.Duration // when timer rings; 0: it does not
	after time.Duration // if due is dueUnknown: the limit, from the next ring on
	rang  time.Duration // when it first did, since then, with nobody parked; 0: it has not

	// Of a process in a Loop.
	resume limit // for its next receive: that goes on with it
	past   limit // of the receive that has taken the latest message
}

// dueUnknown is when a wait is due whose begin nobody has looked at the clock
// for. It counts from the next ring.
const dueUnknown time.Duration = -1

// lateness is which part of a limit may be added to it, if the thread's state
// changes so often that to look at the clock each time would cost too much. It
// would cost more to be that exact for less than leastLateness.
const (
	lateness      = 64
	leastLateness = time.Millisecond
)

// setAlarm wakes the parked thread when l expires. The lock must be held.
func (t *thread) setAlarm(l *limit) {
	a := t.alarm
	if a == nil {
		a = new(alarm)
		t.alarm = a
	}
	soon := l.after / lateness
	hot := soon >= leastLateness && t.sys.clock.skips(&t.stamp)
	if hot && l.due == 0 && a.armed != 0 && a.armed-t.since <= soon {
		a.due, a.after, a.rang = dueUnknown, l.after, 0
		return
	}
	now := t.sys.clock.elapsed()
	t.begin(l, now)
	a.due = l.due
	ring := a.due
	if hot {
		ring = min(ring, now+soon) // so that the next waits need not look at the clock
	}
	if a.armed == 0 || a.armed > ring {
		t.arm(ring, now)
	}
}

func (t *thread) arm(at, now time.Duration) {
	a := t.alarm
	a.armed = at
	d := at - now
	if a.timer == nil {
		a.timer = t.sys.sched.AfterFunc(d, t.ring)
	} else {
		a.timer.Reset(d)
	}
}

// ring is the alarm's timer.
func (t *thread) ring() {
	t.touched()
	t.Lock()
	a := t.alarm
	if a == nil { // given up meanwhile
		t.Unlock()
		return
	}
	now := t.sys.clock.elapsed()
	ready := false
	switch {
	case a.armed == 0 || a.armed > now: // silenced, or set anew meanwhile
	case !t.parked || a.due == 0:
		a.armed, a.rang = 0, now
	case a.due == dueUnknown:
		a.due = later(now, a.after)
		t.arm(a.due, now)
	case a.due > now:
		t.arm(a.due, now)
	default:
		a.armed = 0
		ready = t.wake(byTimeout)
	}
	t.Unlock()
	if ready {
		t.ready()
	}
}

// silence ends the alarm for good. The lock must be held.
func (t *thread) silence() {
	if a := t.alarm; a != nil && a.timer != nil {
		a.armed = 0
		a.timer.Stop()
	}
}
