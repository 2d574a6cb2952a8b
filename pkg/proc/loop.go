package proc

import (
	"fmt"
	"unsafe"

	"github.com/rs/zerolog"

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
	details func(in *inLoop) string             // nil: there are none
	crashed func(in *inLoop, to *zerolog.Event) // nil: there is nothing to tell
	timer   func(in *inLoop) TimerRef           // nil: there are none
	state   func(in *inLoop) any                // a pointer to the S
}

// NewLoop returns a Loop of turn. Turn is called when a process enters the loop
// and whenever it goes on after hibernation, always with the same state of that
// process; now and then nothing has come that it wants. What it returns ends the
// process, as what a body returns does, but for [Hibernate], and for the Enter of
// another loop, or of its own with a new state.
func NewLoop[M, S any](turn func(self *Self[M], state *S) error) *Loop[M, S] {
	l := new(Loop[M, S])
	l.kind.of = sel.TypeFor[M]()
	l.kind.begin = func(entered *inLoop) *inLoop {
		in := &looping[S]{state: (*looping[S])(unsafe.Pointer(entered)).state}
		in.kind = &l.kind
		return &in.inLoop
	}
	l.kind.state = func(in *inLoop) any { return &(*looping[S])(unsafe.Pointer(in)).state }
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

// Crashed sets what the line of the log about the crash of a process in l tells besides
// the reason: fields that f adds. The process itself calls f, when it has ended, unless
// it has been killed; f must not block. It is set before l is used. It returns l.
func (l *Loop[M, S]) Crashed(f func(state *S, to *zerolog.Event)) *Loop[M, S] {
	l.kind.crashed = func(in *inLoop, to *zerolog.Event) { f(&(*looping[S])(unsafe.Pointer(in)).state, to) }
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
// There are millions, beside the states of servers: what can be elsewhere is.
type inLoop struct{ kind *loopKind }

func (*inLoop) Error() string { return "a loop is entered by returning it from the body of a process" }

// Hibernate is the error of [ReceiveOrHibernate] by which a process is asked to
// give up its goroutine. The function of the [Loop] returns it as it is.
var Hibernate error = hibernate{}

type hibernate struct{}

func (hibernate) Error() string {
	return "the process is to hibernate: return this error from the function of its loop"
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
		p.Lock()
		p.in = in
		p.Unlock()
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

// leaveLoop ends what p does for its loop, but for what there is to be told about that
// if it was a crash. The goroutine of p calls it.
func (p *Process) leaveLoop() {
	p.Lock()
	warm := p.warm
	p.warm, p.asked = false, false
	p.beginLimit()
	p.Unlock()
	if warm {
		p.sys.warm.remove(p)
	}
	p.in.endTimer()
}

// rest makes p one that needs no goroutine to wait, and gives back what it does
// not need for that. It reports false if there is something for it already, or
// may be: another receive, since it was asked, may have gathered that.
func (p *Process) rest() bool {
	p.sys.touched() // it is a matter of others, whether their calls are still open
	p.Lock()
	defer p.Unlock()
	c := p.spare
	p.asked = false
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
		if m.log = nil; m.empty() {
			p.more.Store(nil)
		}
	}
	p.enter(Receiving)
	p.parked, p.direct = true, false
	p.resting = true
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
	p := (*Process)(unsafe.Add(unsafe.Pointer(t), -int(unsafe.Offsetof((*Process)(nil).thread))))
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
