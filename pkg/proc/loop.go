package proc

import (
	"errors"
	"fmt"
	"time"
	"unsafe"

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
	of  sel.Type // the M
	run func(p *Process, in *inLoop) error
}

// NewLoop returns a Loop of turn. Turn is called when a process enters the loop
// and whenever it goes on after hibernation, always with the same state of that
// process. What it returns ends the process, as what a body returns does, but for
// [Hibernate], and for the Enter of another loop, or of its own with a new state.
func NewLoop[M, S any](turn func(self *Self[M], state *S) error) *Loop[M, S] {
	l := new(Loop[M, S])
	l.kind.of = sel.TypeFor[M]()
	l.kind.run = func(p *Process, in *inLoop) error {
		return turn((*Self[M])(unsafe.Pointer(p)), &(*looping[S])(unsafe.Pointer(in)).state)
	}
	return l
}

// Enter is what a body returns to go on with l, from state. The body itself has
// ended then, and its deferred functions have run.
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
	kind *loopKind
	warm *warmth // guarded by the lock of the process; nil: it may not keep its goroutine
}

func (*inLoop) Error() string { return "a loop is entered by returning it from the body of a process" }

// Hibernate is the error of [ReceiveOrHibernate] by which a process is asked to
// give up its goroutine. The function of the [Loop] returns it as it is.
var Hibernate = errors.New("the process is to hibernate: return this error from the function of its loop")

// rests are the flags of a process in a Loop.
type rests struct {
	resting bool // it has no goroutine
	lingers bool // it is parked where it could hibernate; guarded by the lock
	used    bool // it has received something since it went on; the process's own
	asked   bool // to hibernate; the process's own
}

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
		p.enterLoop(in)
		err := in.kind.run(p, in)
		for err == Hibernate && p.asked {
			if p.rest() {
				return hibernating{}
			}
			err = in.kind.run(p, in)
		}
		other, ok := err.(*inLoop)
		if !ok {
			return exitOf(err)
		}
		p.leaveLoop()
		in = other
	}
}

func (p *Process) enterLoop(in *inLoop) {
	p.Lock()
	p.in = in
	p.Unlock()
}

// leaveLoop forgets the loop and its state. The goroutine of p calls it.
func (p *Process) leaveLoop() {
	p.Lock()
	in := p.in
	p.in = nil
	p.Unlock()
	if in != nil && in.warm != nil {
		p.sys.warm.remove(in.warm)
	}
}

// rest makes p one that needs no goroutine to wait, and gives back what it does
// not need for that. It reports false if there is something for it already.
func (p *Process) rest() bool {
	p.Lock()
	defer p.Unlock()
	p.asked = false
	if p.ctl.Load() != 0 || p.full || !p.box.Nothing() {
		return false
	}
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
	p.resting, p.parked, p.direct = true, true, false
	if a := p.alarm; a != nil {
		if a.due = 0; a.resume.after > 0 {
			a.rise = p.rise
			p.setAlarm(&a.resume)
		} else {
			p.silence()
			p.alarm = nil
		}
	}
	return true
}

// ready lets the process go on that wake has reported true for.
func (p *Process) ready() {
	if p.resting {
		p.rise()
	} else {
		p.thread.ready()
	}
}

// rise gives p, which rests and has been woken, a goroutine.
func (p *Process) rise() {
	p.sys.sched.Go(&p.Waiter, func() { p.liveOn(markOf(p)) })
}

// liveOn is the life of a goroutine of a process that goes on after hibernation.
//
//go:noinline
func (p *Process) liveOn(_ mark) {
	var result ShutdownReason
	defer p.finish(&result)
	p.Lock()
	in := p.in
	p.resting = false
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
// hibernation counts, if the next ReceiveOrHibernate has the same d. Elsewhere
// than in a loop the error never is Hibernate.
//
// If own is not nil, it must be what s makes of any M: one that comes while the
// process waits then need not be made an any, which saves an allocation.
func ReceiveOrHibernate[M, T any](self *Self[M], d time.Duration, s sel.MessageSelector[T], own func(M) T) (T, error) {
	var none T
	p := &self.Process
	l := p.resumed(d)
	p.asked = false
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
				return v, nil
			}
			continue
		}
		p.Lock()
		if p.ctl.Load() != 0 || p.gather(&l) {
			p.Unlock()
			continue
		}
		p.want(one, many)
		if why := p.parkInLoop(&l, own != nil && p.boxes); why != nil {
			if why != Hibernate {
				p.endCursor(c)
			}
			return none, why
		}
	}
}

// parkInLoop parks p, or says why not: the limit has expired, or it may not keep
// its goroutine. The lock must be held; it is not when parkInLoop returns.
func (p *Process) parkInLoop(l *limit, direct bool) error {
	in := p.in
	switch {
	case l.expired:
		p.box.PutBack()
		p.Unlock()
		return TimeoutInterrupt{After: l.after}
	case in == nil:
	case !p.used:
		p.asked = true
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

// resumed is the limit of a receive: the one before the hibernation if there has
// been one for it.
func (p *Process) resumed(d time.Duration) limit {
	l := noLimit
	if d >= 0 {
		l = within(d)
	}
	if a := p.alarm; a != nil && a.resume.after > 0 {
		if a.resume.after == d {
			l = a.resume
		}
		a.resume = limit{}
	}
	return l
}
