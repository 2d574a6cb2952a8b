package proc

import (
	"slices"
	"strconv"
	"sync"
	"time"
	"unsafe"

	"github.com/harkgo/hark/internal/seam"
	"github.com/harkgo/hark/pkg/proc/internal/mailbox"
	"github.com/harkgo/hark/pkg/sel"
)

// TimerRef is one timer. It is comparable.
type TimerRef struct {
	number uint64
	timer  unsafe.Pointer // of a *timer, kept from reflection
}

func (r TimerRef) String() string { return "timer " + strconv.FormatUint(r.number, 10) }

// TimerElapsed is the message of a timer that [StartTimer] has started.
type TimerElapsed struct{ Ref TimerRef }

// SelectTimer accepts the TimerElapsed of one timer.
func SelectTimer(ref TimerRef) sel.MessageSelector[TimerElapsed] {
	return sel.Message[TimerElapsed]().Where(func(t TimerElapsed) bool { return t.Ref == ref })
}

// timer is a timer of a process. Its lock is taken before that of a process.
type timer struct {
	owner *Process
	ref   TimerRef

	mu      sync.Mutex
	running seam.Timer
	over    bool // cancelled, ended with the process, or fired for the last time
	period  time.Duration
	due     time.Duration          // of a periodic one's next tick, in the scheduler's Elapsed
	route   func() (*Process, any) // where to, and what; user code
	lost    func(message any)      // route has found nobody
	runtime bool                   // a TimerElapsed
	queued  []tick                 // sent, and perhaps not received yet
}

// tick is one message of a timer.
type tick struct {
	to       *Process
	envelope *mailbox.Envelope
}

// StartTimer sends TimerElapsed to the process itself after d, at once if d <= 0.
// The timer ends with the process. It does not block. Receive the message with
// [SelectTimer]; Self.Receive leaves it in the mailbox, unless it is an M.
func StartTimer(p Receiver, d time.Duration) TimerRef {
	self := p.process()
	t := newTimer(self)
	t.runtime = true
	t.route = func() (*Process, any) { return self, TimerElapsed{Ref: t.ref} }
	return t.start(d)
}

// SendAfter sends m to a process after d, which is looked up then if it is a
// Named or Via pid. The timer ends with p.
func SendAfter[M any](p Receiver, d time.Duration, to Pid[M], m M) TimerRef {
	return sendLater(p, to, m).start(d)
}

// SendEvery sends m to a process after d and then again every d. Ticks that are
// late do not shift those that follow. Unlike those of a time.Ticker they all
// come: while the receiver is busy they queue. For work that may take longer
// than d, start a [SendAfter] when it is done. If M is an interface, m must be
// converted to it: SendEvery(self, d, pid, Message(tick{})). The timer ends with p. It panics if d is
// not positive.
func SendEvery[M any](p Receiver, d time.Duration, to Pid[M], m M) TimerRef {
	if d <= 0 {
		panic("proc: SendEvery needs a positive period, not " + d.String())
	}
	t := sendLater(p, to, m)
	t.period = d
	return t.start(d)
}

func sendLater[M any](p Receiver, to Pid[M], m M) *timer {
	self := p.process()
	t := newTimer(self)
	t.route = func() (*Process, any) { return to.route(m, 0) }
	t.lost = func(message any) {
		if s := to.host(); s != nil {
			s.deadLetter(to.ID, message, letterNobody)
		}
	}
	return t
}

func newTimer(p *Process) *timer {
	t := &timer{owner: p}
	t.ref = TimerRef{number: p.sys.refs.Add(1), timer: unsafe.Pointer(t)}
	return t
}

func (t *timer) start(d time.Duration) TimerRef {
	p := t.owner
	d = max(d, 0)
	t.mu.Lock()
	defer t.mu.Unlock()
	p.Lock()
	if p.phase.Load() >= phaseEnded { // killed: its timers have ended
		p.Unlock()
		t.over = true
		return t.ref
	}
	m := p.extra()
	if m.timers == nil {
		m.timers = make(map[*timer]struct{})
	}
	m.timers[t] = struct{}{}
	p.Unlock()
	return t.arm(d)
}

// arm starts the timer, whoever will end it. The lock must be held.
func (t *timer) arm(d time.Duration) TimerRef {
	p := t.owner
	t.due = later(p.sys.clock.elapsed(), d)
	t.running = p.sys.sched.AfterFunc(d, t.fire)
	return t.ref
}

// fire sends the timer's message.
func (t *timer) fire() {
	t.mu.Lock()
	if t.over {
		t.mu.Unlock()
		return
	}
	route := t.route
	t.mu.Unlock()
	// Looking the target up runs the program's code: without the lock.
	to, message := t.find(route)

	// What the program hears of it, it hears without the lock.
	t.send(to, message)()
}

// send sends one message of the timer. What is to be told about it is told by
// what send returns.
func (t *timer) send(to *Process, message any) (tell func()) {
	tell = func() {}
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.over {
		return tell
	}
	if t.period == 0 {
		t.over = true
		// Not before it has been sent: the end of the process waits for the
		// timers that it knows of.
		defer t.forget()
	}
	if to != nil {
		tell = t.sendTo(to, message)
	} else if lost := t.lost; lost != nil {
		tell = func() { lost(message) }
	}
	if t.period > 0 {
		t.due += t.period
		t.running.Reset(max(0, t.due-t.owner.sys.clock.elapsed()))
	}
	return tell
}

// find runs the program's code; a panic in it is nobody's but the timer's.
func (t *timer) find(route func() (*Process, any)) (to *Process, message any) {
	defer func() {
		if r := recover(); r != nil {
			t.owner.logTimerPanic(r)
		}
	}()
	return route()
}

// sendTo puts a tick into the mailbox of to. The lock must be held.
func (t *timer) sendTo(to *Process, message any) (tell func()) {
	k := tick{to, &mailbox.Envelope{Message: message, Of: t, Runtime: t.runtime}}
	if len(t.queued) == cap(t.queued) {
		// Those that have been received are forgotten where the list would grow.
		t.queued = slices.DeleteFunc(t.queued, func(k tick) bool { return !k.waits() })
		if 2*len(t.queued) > cap(t.queued) { // or it would be searched too often
			t.queued = slices.Grow(t.queued, cap(t.queued)+1)
		}
	}
	t.queued = append(t.queued, k)
	if to.sys.steps != nil {
		to.sys.steps.Deliver(nil, &to.Waiter, seam.Tick, message, func() { tell = to.putTick(k.envelope) })
		return tell
	}
	return to.putTick(k.envelope)
}

func (k tick) waits() bool {
	k.to.touched()
	k.to.Lock()
	defer k.to.Unlock()
	return k.to.box.Waits(k.envelope)
}

// putTick is put for the message of a timer. What is to be told about it is
// told by what putTick returns.
func (p *Process) putTick(e *mailbox.Envelope) (tell func()) {
	message := e.Message
	p.Lock()
	why, lost := letterNotRunning, p.phase.Load() >= phaseUnwinding
	var dropped []any
	if !lost && p.bounded() && !e.Runtime {
		var ok bool
		if dropped, ok = p.makeRoom(); !ok {
			why, lost = letterFull, true
		}
	}
	if lost {
		p.Unlock()
		return func() {
			if !e.Runtime {
				p.sys.deadLetter(p.ID(), message, why)
			}
		}
	}
	p.enqueue(e)
	return func() { p.messagesDropped(dropped) }
}

// forget removes the timer from those of its process. The lock of the timer
// must be held.
func (t *timer) forget() {
	t.owner.Lock()
	defer t.owner.Unlock()
	if m := t.owner.more.Load(); m != nil {
		delete(m.timers, t)
	}
}

// end ends the timer with its process. What it has sent has been sent.
func (t *timer) end() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.over = true
	if t.running != nil {
		t.running.Stop()
	}
	t.route, t.lost, t.queued = nil, nil, nil
}

// CancelTimer ends a timer of p for good. True means that nothing of it will be
// received: it had not fired, or its messages were still queued and have been
// taken back. False means that the message of a one-shot timer has been
// received, or that the timer was cancelled before.
func CancelTimer(p Receiver, ref TimerRef) bool {
	t := (*timer)(ref.timer)
	if t == nil || t.owner != p.process() {
		return false
	}
	t.owner.sys.step()
	return t.cancel()
}

func (t *timer) cancel() bool {
	t.mu.Lock()
	defer t.mu.Unlock()
	active := !t.over
	if active {
		t.over = true
		t.running.Stop()
		t.forget()
	}
	takenBack := false
	for _, k := range t.queued {
		k.to.touched()
		k.to.Lock()
		if k.to.box.Withdraw(k.envelope) {
			takenBack = true
			if k.to == t.owner {
				k.to.box.Sweep()
			}
		}
		k.to.Unlock()
		if k.to.bounded() {
			k.to.admit()
		}
	}
	t.route, t.lost, t.queued = nil, nil, nil
	return active || takenBack
}
