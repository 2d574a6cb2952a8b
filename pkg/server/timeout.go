package server

import (
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// timeout is the limit of a phase.
type timeout[S, M any] struct {
	after func(*S, *proc.Self[M]) time.Duration
	handler[S, M]
}

// phaseElapsed is the message of the timeout of a phase. There is none but of the phase
// in which a server is: it is taken back when that is left.
type phaseElapsed struct{}

// OnTimeout calls f when a server has been in a phase for d, once for each time that it
// enters it. The time begins when the phase is entered, before its [OnEnter], whatever
// is handled meanwhile; a [To] the present phase is no entry, and changes nothing. The
// server may go on in the phase.
//
// The end of the time comes as a message does: f is called after what had come before
// it, and not while a handler is at work. When the phase is left, for another one, as
// another server or by the end, it is over, also if it waits in the mailbox by then: f
// is not called in a phase that has been left, nor for an earlier stay in it. What f
// returns is the fate of the server, as of any handler: [To], [Stop], nil.
//
// Outside [In] it is for each phase, and where there are no phases for the whole life
// of the server; the OnTimeout of a phase takes the place of that. d must be positive.
// A server that waits in such a phase needs no goroutine.
//
// A handler that receives messages of any type, or flushes the mailbox, takes the
// timeout as well, which then is lost.
func OnTimeout[S, M any](d time.Duration, f func(state *S, self *proc.Self[M]) error) Clause[S, M] {
	check(f == nil, "OnTimeout", "a function")
	check(d <= 0, "OnTimeout", "a positive time, not "+d.String())
	return onTimeout("OnTimeout", func(*S, *proc.Self[M]) time.Duration { return d }, f)
}

// OnTimeoutFunc is [OnTimeout] with a time that differs from one stay in the phase to
// the next: a back-off, or what is left until a deadline. After is asked when the phase
// is entered, before its [OnEnter], and must not block; if what it returns is not
// positive, the time is over at once, but after what is in the mailbox.
func OnTimeoutFunc[S, M any](after func(state *S, self *proc.Self[M]) time.Duration, f func(state *S, self *proc.Self[M]) error) Clause[S, M] {
	check(after == nil, "OnTimeoutFunc", "a function that tells the time")
	check(f == nil, "OnTimeoutFunc", "a function")
	return onTimeout("OnTimeoutFunc", after, f)
}

func onTimeout[S, M any](name string, after func(*S, *proc.Self[M]) time.Duration, f func(*S, *proc.Self[M]) error) Clause[S, M] {
	t := &timeout[S, M]{after: after}
	t.selects = sel.Raw[phaseElapsed]()
	t.handle = func(s *S, self *proc.Self[M], _ any) error { return f(s, self) }
	return Clause[S, M]{func(to *rules[S, M]) {
		check(to.timeout != nil, "New", "no more than one OnTimeout"+to.where)
		to.timeout = t
	}}
}

// move has a server leave its phase, and enter that of t.
func (in *instance[S, M]) move(self *proc.Self[M], t *table[S, M]) {
	if in.table().timeout != nil {
		proc.CancelTimer(self, in.timer()) // and what has come of it is taken back
	}
	in.setPlace(&t.shared)
	if t.timeout != nil {
		after := t.timeout.after(&in.state, self)
		in.setPlace(&place[S, M]{table: t, timer: proc.StartLoopTimer(self, after, phaseElapsed{})})
	}
}

// timer is that of the present phase, if it has one.
func (in *instance[S, M]) timer() proc.TimerRef { return in.place().timer }
