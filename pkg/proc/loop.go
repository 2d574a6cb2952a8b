package proc

import (
	"errors"
	"fmt"
	"time"
	"unsafe"

	"github.com/harkgo/hark/pkg/proc/internal/mailbox"
	"github.com/harkgo/hark/pkg/sel"
)

// Loop is a function that a process can run without keeping a goroutine and its
// stack while it waits: what hibernation is in Erlang. All that must outlive a
// wait is in a state beside the process; what the function has on its stack when
// it waits in [ReceiveOrHibernate] may be given up, and it is then called again,
// from its beginning, once there is something for it.
//
//	var counting = proc.NewLoop(func(self *proc.Self[int], sum *int) error {
//		for {
//			n, err := proc.ReceiveOrHibernate(self, -1, sel.Message[int](), nil)
//			if err != nil {
//				return err // an interrupt, or proc.Hibernate
//			}
//			*sum += n
//		}
//	})
//
//	pid := proc.Spawn(host, func(self *proc.Self[int]) error {
//		return counting.Enter(0)
//	})
//
// A process in a Loop is a process like others: it may call, sleep, and receive
// with any receive; only in ReceiveOrHibernate does it give up its goroutine.
// Package server builds its servers on this.
type Loop[M, S any] struct{ kind loopKind }

// loopKind is what a process knows of its Loop.
type loopKind struct {
	of      sel.Type // the M
	begin   func(entered *inLoop) *inLoop
	run     func(p *Process, in *inLoop) error
	details func(in *inLoop) string // nil: there are none
}

// NewLoop returns a Loop of turn. Turn is called when a process enters the loop
// and whenever it goes on after hibernation, always with the same state of that
// process. What it returns ends the process, as what a body returns does, but for
// [Hibernate], and for the Enter of another loop, or of its own with a new state.
func NewLoop[M, S any](turn func(self *Self[M], state *S) error) *Loop[M, S] {
	l := new(Loop[M, S])
	l.kind.of = sel.TypeFor[M]()
	l.kind.begin = func(entered *inLoop) *inLoop {
		in := &looping[S]{state: (*looping[S])(unsafe.Pointer(entered)).state}
		in.kind = &l.kind
		return &in.inLoop
	}
	l.kind.run = func(p *Process, in *inLoop) error {
		return turn((*Self[M])(unsafe.Pointer(p)), &(*looping[S])(unsafe.Pointer(in)).state)
	}
	return l
}

// Details sets what [Info] tells as details of a process in l that has set none
// itself: f of its state. Whoever asks for an Info calls f, at any moment, with the
// process locked: f may only read what can be read meanwhile, and must not block. It
// is set before l is used. It returns l.
func (l *Loop[M, S]) Details(f func(state *S) string) *Loop[M, S] {
	l.kind.details = func(in *inLoop) string { return f(&(*looping[S])(unsafe.Pointer(in)).state) }
	return l
}

// Enter is what a body returns to go on with l, from state. The body itself has
// ended then, and its deferred functions have run. Each process that returns it
// goes on with a copy of state.
func (l *Loop[M, S]) Enter(state S) error {
	in := &looping[S]{state: state}
	in.kind = &l.kind
	return &in.inLoop
}

// looping is a process's state in a Loop.
type looping[S any] struct {
	inLoop // first: what a process has of this
	state  S
}

// inLoop is where a process is in its loop. As an error it is what Enter returns.
type inLoop struct {
	kind  *loopKind
	warm  *warmth         // guarded by the lock of the process; nil: it may not keep its goroutine
	asked *mailbox.Cursor // what it received when it was asked to hibernate; the process's own
}

func (*inLoop) Error() string { return "a loop is entered by returning it from the body of a process" }

// Hibernate is the error of [ReceiveOrHibernate] by which a process is asked to
// give up its goroutine. The function of the [Loop] returns it as it is.
var Hibernate = errors.New("the process is to hibernate: return this error from the function of its loop")

// hibernating is in the place of an exit reason where the goroutine ends and the
// process does not.
type hibernating struct{ ShutdownReason }

// loop runs p in a loop until it ends or hibernates. It returns its reason, or a
// hibernating.
func (p *Process) loop(in *inLoop) ShutdownReason {
	for {
		if in.kind.of != p.of {
			return ExitUnhandledError{Err: fmt.Errorf(
				"the loop is one of processes for messages of type %v, the process is for %v", in.kind.of, p.of)}
		}
		p.Lock()
		p.in = in
		p.Unlock()
		err := in.kind.run(p, in)
		for err == Hibernate && in.asked != nil {
			if p.rest(in) {
				return hibernating{}
			}
			err = in.kind.run(p, in)
		}
		other, ok := err.(*inLoop)
		if !ok {
			return exitOf(err)
		}
		p.leaveLoop()
		in = other.begin()
	}
}

// begin is where a process begins that has returned what Enter returns.
func (in *inLoop) begin() *inLoop {
	if in.kind.begin == nil { // of a Loop that NewLoop has not made
		return in
	}
	return in.kind.begin(in)
}

// leaveLoop forgets the loop and its state. The goroutine of p calls it.
func (p *Process) leaveLoop() {
	p.Lock()
	in := p.in
	p.in = nil
	if a := p.alarm; a != nil {
		a.resume = limit{}
	}
	p.Unlock()
	if in != nil && in.warm != nil {
		p.sys.warm.remove(in.warm)
	}
}

// rest makes p one that needs no goroutine to wait, and gives back what it does
// not need for that. It reports false if there is something for it already, or
// may be: another receive, since it was asked, may have gathered that.
func (p *Process) rest(in *inLoop) bool {
	p.Lock()
	defer p.Unlock()
	c := in.asked
	in.asked = nil
	if p.ctl.Load() != 0 || p.full || !p.box.Nothing() {
		return false
	}
	one, many, ok := c.Left()
	if !ok {
		return false
	}
	p.want(one, many)
	p.box.Shrink()
	p.hand, p.spare = hand{}, nil
	if p.calls != nil {
		if p.calls.forgetClosed(); len(p.calls.calls) == 0 {
			p.calls = nil
		}
	}
	if m := p.more.Load(); m != nil {
		m.log = nil
	}
	p.enter(Receiving)
	p.parked, p.direct = true, false
	p.resting.Store(true)
	if a := p.alarm; a != nil {
		if a.due = 0; a.resume.after > 0 {
			p.setAlarm(&a.resume)
		} else {
			p.silence()
			p.alarm = nil
		}
	}
	return true
}

// rise gives the process of t, which rests and has been woken, a goroutine.
func (t *thread) rise() {
	var p *Process
	p = (*Process)(unsafe.Add(unsafe.Pointer(t), -int(unsafe.Offsetof(p.thread))))
	p.sys.sched.Go(func() { p.liveOn(markOf(p)) })
}

// liveOn is the life of a goroutine of a process that goes on after hibernation.
//
//go:noinline
func (p *Process) liveOn(_ mark) {
	var result ShutdownReason
	defer p.finish(&result)
	p.Lock()
	in := p.in
	p.resting.Store(false)
	if a := p.alarm; a != nil && p.cause == byTimeout {
		a.resume.expired = true
	}
	killed := p.phase.Load() >= phaseEnded
	p.Unlock()
	if !killed {
		result = p.loop(in)
	}
}

// ReceiveOrHibernate is [Receive], with a limit if d is not negative, for the
// function of a [Loop]. When nothing has come for a moment, or too many others of
// the system wait as well, its error is [Hibernate], and the function is to
// return that. It is then called again once there is a message of a type that s
// can accept, an interrupt, a shutdown, or the end of d: the time of the
// hibernation counts, if the next ReceiveOrHibernate has the same d, and so does
// the time before a message that is given up by [Refuse]. Elsewhere than in a loop
// the error never is Hibernate.
//
// If own is not nil, it must be what s makes of any M: one that comes while the
// process waits then need not be made an any, which saves an allocation.
func ReceiveOrHibernate[M, T any](self *Self[M], d time.Duration, s sel.MessageSelector[T], own func(M) T) (T, error) {
	var none T
	p := &self.Process
	l := p.resumed(d)
	if in := p.in; in != nil && in.asked != nil { // and it has not done that
		in.asked, p.used = nil, true
	}
	one, many := s.Index()
	pattern := sel.Pattern{Type: p.of, Kind: sel.Exactly, Certain: true}
	if p.iface {
		pattern.Kind = sel.NilOr
	}
	if own == nil {
		p.emptyHand()
	}
	// As long as nothing has been gathered no cursor is needed to wait, and where
	// the process parks there are few frames.
	for p.box.Unstocked() {
		if why := p.attend(); why != nil {
			return none, why
		}
		if p.full {
			p.used = true
			return own(takeHand[M](p)), nil
		}
		if own != nil {
			if message, ok := p.box.Take(pattern); ok {
				p.used = true
				p.taken()
				m, _ := message.(M) // a nil message is a nil M
				return own(m), nil
			}
		}
		if p.box.Holds() {
			break
		}
		p.Lock()
		if p.ctl.Load() != 0 || !p.box.Nothing() && p.box.Gather() {
			p.Unlock()
			continue
		}
		if in := p.in; in == nil || in.warm == nil || !p.used || l.expired {
			p.Unlock()
			break
		}
		p.want(one, many)
		p.lingers, p.direct = true, own != nil && p.boxes
		p.enter(Receiving)
		p.park(&l)
		if p.cause == byCooling {
			p.used = false
		}
	}
	c := p.cursor()
	c.Begin(&p.box, one, many)
	refused := false // something that after hibernation would be looked at again
	for {
		if why := p.attend(); why != nil {
			p.endCursor(c)
			return none, why
		}
		if p.full {
			p.used = true
			p.endCursor(c)
			return own(takeHand[M](p)), nil
		}
		if message, ok := c.Next(); ok {
			if v, ok := accept(p, &s, c, len(many), message); ok {
				p.used = true
				p.endCursor(c)
				if a := p.alarm; a != nil {
					a.past = l
				}
				return v, nil
			}
			refused = true
			continue
		}
		p.Lock()
		if p.ctl.Load() != 0 || p.gather(&l) {
			p.Unlock()
			continue
		}
		p.want(one, many)
		if why := p.parkInLoop(&l, c, own != nil && p.boxes, refused); why != nil {
			if why != Hibernate {
				p.endCursor(c)
			}
			return none, why
		}
	}
}

// parkInLoop parks p, or says why not: the limit has expired, or it may not keep
// its goroutine. It does keep that if the receive has refused something. The lock
// must be held; it is not when parkInLoop returns.
func (p *Process) parkInLoop(l *limit, c *mailbox.Cursor, direct, refused bool) error {
	in := p.in
	switch {
	case l.expired:
		p.box.PutBack()
		p.Unlock()
		return TimeoutInterrupt{After: l.after}
	case in == nil || refused:
	case !p.used:
		c.Leave()
		in.asked = c
		if l.after > 0 {
			p.keepLimit(l)
		}
		p.Unlock()
		return Hibernate
	case in.warm == nil:
		p.Unlock()
		p.sys.warm.add(p, in)
		return nil // look again, before it parks
	default:
		p.lingers = true
	}
	p.direct = direct
	p.parkWithin(Receiving, l)
	if p.cause == byCooling {
		p.used = false
	}
	return nil
}

// keepLimit keeps the limit of a receive over a hibernation. The lock must be held.
func (p *Process) keepLimit(l *limit) {
	if p.alarm == nil {
		p.alarm = new(alarm)
	}
	if l.due == 0 {
		l.due = later(p.sys.clock.elapsed(), l.after)
	}
	p.alarm.resume = *l
}

// resumed is the limit of a receive: the one before the hibernation, or before what
// has been refused, if there has been one for it.
func (p *Process) resumed(d time.Duration) limit {
	l := noLimit
	if d >= 0 {
		l = within(d)
	}
	if a := p.alarm; a != nil {
		if a.resume.after > 0 && a.resume.after == d {
			l = a.resume
		}
		a.resume, a.past = limit{}, limit{}
	}
	return l
}
