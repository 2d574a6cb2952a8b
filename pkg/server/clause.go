package server

import (
	"fmt"
	"reflect"
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// Clause is a part of the description of servers with state S and messages M.
type Clause[S, M any] struct{ add func(to *rules[S, M]) }

// rules are what the clauses of one phase, or of all, amount to.
type rules[S, M any] struct {
	where      string // for complaints
	handlers   []*handler[S, M]
	interrupts []interrupt[S, M]
	idle       time.Duration // negative: none
	onIdle     func(*S, *proc.Self[M]) error
	timeout    *timeout[S, M]
	enter      []func(*S, *proc.Self[M], Phase) error
	phases     []*rules[S, M] // of the description itself, in the order given
	phase      Phase
}

// handler is a function and the messages that it is for.
type handler[S, M any] struct {
	selects sel.MessageSelector[any]
	handle  func(*S, *proc.Self[M], any) error
	own     func(*S, *proc.Self[M], M) error // of one for all Ms
	interest
}

// interrupt is a function and the interrupts that it is for.
type interrupt[S, M any] struct {
	handle func(*S, *proc.Self[M], error) (handled bool, err error)
	interest
}

// On handles messages of type T or, where T is an interface, those that implement
// it. Usually f is a method of the state: On((*Account).deposit).
//
// T may be any type that comes: an M of the server, proc.ProcessDown,
// proc.TimerElapsed, a proc.TaskEnded, an event. What f returns is the fate of the
// server: see [New].
func On[S, M, T any](f func(state *S, self *proc.Self[M], message T) error) Clause[S, M] {
	check(f == nil, "On", "a function")
	h := new(handler[S, M])
	h.selects = sel.Raw[T]()
	if h.own, _ = any(f).(func(*S, *proc.Self[M], M) error); h.own != nil {
		h.selects = sel.RawDeliverable[T]()
	}
	h.interest = interestOf(&h.selects)
	h.takes = h.in // whatever is a T
	h.handle = func(s *S, self *proc.Self[M], message any) error {
		t, _ := message.(T) // a nil message is a nil T
		return f(s, self, t)
	}
	return h.clause()
}

// OnSelect handles what a selector makes of a message. The selector is asked by the
// process of the server, and must not block. For messages by their type alone, On
// costs less.
func OnSelect[S, M, T any](s sel.MessageSelector[T], f func(state *S, self *proc.Self[M], selected T) error) Clause[S, M] {
	check(f == nil, "OnSelect", "a function")
	h := new(handler[S, M])
	h.handle = func(s *S, self *proc.Self[M], selected any) error {
		v, _ := selected.(T) // a nil interface is a nil T
		return f(s, self, v)
	}
	h.interest = interestOf(&s)
	h.selects = sel.Map(s, func(selected T) any { return selected })
	return h.clause()
}

// OnCall handles requests that embed a [Request] of R, and answers them with what f
// returns: a value, or an error for the caller, which gets it in a [Failure], while
// the server goes on. [Stop], [To] and the Enter of another [Server] are obeyed after
// the value has been sent, in the phase that it was asked in; to answer when the new
// phase is entered, keep the Request for its [OnEnter]. To
// fail the request and stop, let f do so itself: the first answer counts. An
// interrupt of the server is none of the caller's: what it is depends on
// [OnInterrupt], and if the server goes on the call fails with it.
//
// To answer later, or from elsewhere, handle the request with [On].
func OnCall[S, M, R any, Q Requester[R]](f func(state *S, self *proc.Self[M], request Q) (R, error)) Clause[S, M] {
	check(f == nil, "OnCall", "a function")
	return On(func(s *S, self *proc.Self[M], q Q) error {
		// Not from the request afterwards: f may have passed that on.
		reply := *q.request()
		value, err := f(s, self, q)
		switch {
		case err == nil || isControl(err):
			reply.Reply(value)
			return err
		case isInterrupt(err):
			return cutOff{why: err, fail: reply.Fail}
		}
		reply.Fail(err)
		return nil
	})
}

// OnInterrupt handles interrupts of type T or, where T is an interface, those that
// implement it. An interrupt that nothing handles ends the server with it, as it
// does every process: a proc.NormalExitRequested normally.
//
// An interrupt that comes while a handler waits for something is the error of that,
// and the handler's; if the handler returns it, it comes here too. That does not
// hold for errors that are interrupts, but tell that what the handler has tried has
// failed: a proc.TimeoutInterrupt, OtherProcessNotRunning or ErrorInterrupt.
// An interrupt that f returns ends the server.
func OnInterrupt[S, M any, T error](f func(state *S, self *proc.Self[M], interrupt T) error) Clause[S, M] {
	check(f == nil, "OnInterrupt", "a function")
	h := interrupt[S, M]{interest: interestIn[T]()}
	h.handle = func(s *S, self *proc.Self[M], why error) (bool, error) {
		if t, ok := why.(T); ok {
			return true, f(s, self, t)
		}
		return false, nil
	}
	return Clause[S, M]{func(to *rules[S, M]) { to.interrupts = append(to.interrupts, h) }}
}

// OnIdle calls f when the server has waited for d and nothing has come that it
// handles in its present phase, no message and no interrupt, and again after each
// further d. Messages that wait for another phase, or have gone the way of the
// [Fallback], do not count. It is no limit to the time in a phase, which other messages
// would postpone: that is [OnTimeout]. d must be positive. The OnIdle of a phase takes
// the place of one for all phases.
func OnIdle[S, M any](d time.Duration, f func(state *S, self *proc.Self[M]) error) Clause[S, M] {
	check(f == nil, "OnIdle", "a function")
	check(d <= 0, "OnIdle", "a positive time, not "+d.String())
	return Clause[S, M]{func(to *rules[S, M]) {
		check(to.onIdle != nil, "New", "no more than one OnIdle"+to.where)
		to.idle, to.onIdle = d, f
	}}
}

// OnEnter calls f when a server comes to be in a phase: outside [In], in any one. So
// it does in the one in which the server starts, after init and before it is up. An
// f for all phases comes before one for this phase. One that returns a [To] leads on
// at once; the rest is not called then.
func OnEnter[S, M any](f func(state *S, self *proc.Self[M], phase Phase) error) Clause[S, M] {
	check(f == nil, "OnEnter", "a function")
	return Clause[S, M]{func(to *rules[S, M]) { to.enter = append(to.enter, f) }}
}

func (h *handler[S, M]) clause() Clause[S, M] {
	return Clause[S, M]{func(to *rules[S, M]) { to.handlers = append(to.handlers, h) }}
}

// patterns are what the handler may accept.
func (h *handler[S, M]) patterns() []sel.Pattern { return patternsOf(&h.selects) }

func patternsOf[T any](s *sel.MessageSelector[T]) []sel.Pattern {
	one, many := s.Index()
	if many == nil && one.Kind != sel.Nothing {
		return []sel.Pattern{one}
	}
	return many
}

// check panics if wrong: a description that cannot be meant is an error of the
// program, and found when that starts.
func check(wrong bool, what, needs string) {
	if wrong {
		panic("server: " + what + " needs " + needs)
	}
}

func typeName[T any]() string { return reflect.TypeFor[T]().String() }

// stateName is what servers are called by default.
func stateName[S any]() string {
	t := reflect.TypeFor[S]()
	if t.Name() != "" {
		return t.Name()
	}
	return fmt.Sprint(t)
}

// implements reports whether M is an interface that each A implements.
func implements[A, M any]() bool {
	m := reflect.TypeFor[M]()
	return m.Kind() == reflect.Interface && reflect.TypeFor[A]().Implements(m)
}
