package server

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/harkgo/hark/pkg/proc"
)

// Request makes a message one that is answered with an R. It is embedded, and the
// message is sent as a pointer:
//
//	type Balance struct{ server.Request[int] }
//
//	n, err := server.Call(ctx, account, &Balance{})
//
// The handler answers with the methods of Request, now or later; a copy of the
// Request is all that is needed for that. The first answer counts, others are
// dropped. A zero Request is one that nobody waits for.
type Request[R any] struct{ to proc.ReplyTo[answer[R]] }

// answer is a value, or an error in its place.
type answer[R any] struct {
	value R
	err   error
}

// Requester is implemented by pointers to what embeds a [Request] of R, and by nothing
// else: for functions of a program that wrap [Call].
type Requester[R any] interface{ request() *Request[R] }

func (r *Request[R]) request() *Request[R] { return r }

// Reply answers the request with a value. It never blocks.
func (r Request[R]) Reply(value R) { r.to.Reply(answer[R]{value: value}) }

// Fail answers the request with an error; the caller gets it in a [Failure]. It
// never blocks.
func (r Request[R]) Fail(err error) {
	if err == nil {
		err = errNotTold
	}
	r.to.Reply(answer[R]{err: err})
}

var errNotTold = errors.New("the server has failed the request, and not told why")

// Live reports whether somebody still waits for the answer.
func (r Request[R]) Live() bool { return r.to.Live() }

// Delegate is r for somebody else than the server to answer, as
// [proc.ReplyTo.Delegate] says.
func (r Request[R]) Delegate() Request[R] { return Request[R]{r.to.Delegate()} }

// Failure is the error of a call that the server has answered with an error, as
// opposed to one that has not been answered. It wraps what the handler has returned,
// so ask [Answered] before anything else: if that is the error of a call of the server's
// own, errors.As finds an OtherProcessNotRunning in it, which is about another process.
type Failure struct{ Err error }

func (e Failure) Error() string { return e.Err.Error() }
func (e Failure) Unwrap() error { return e.Err }

// Answered tells apart whether the server has answered a call with an error, which is
// returned then, or has not answered. Err is that of the call, or wraps it alone. Unlike
// errors.As it does not look into answers, and not into the reason for which a server
// has ended: either may wrap the error of another call.
func Answered(err error) (answer error, ok bool) {
	for ; err != nil; err = errors.Unwrap(err) {
		switch e := err.(type) {
		case Failure:
			return e.Err, true
		case proc.InterruptReason:
			return nil, false
		}
	}
	return nil, false
}

// Call sends a request and waits for the answer, as [proc.Call] does: with the
// system's call timeout, or the deadline of ctx, and no longer than the server
// lives. The error is an InterruptReason as there, or a [Failure] with what the
// server has answered: see [Answered]. The request belongs to the server
// from then on: a new call needs a new one.
//
// Whether q is an M is found when the call is made: if it is not, that is the error.
// A function for each request, of its type, tells the compiler:
//
//	func Withdraw(ctx context.Context, from proc.Pid[Message], amount int) (int, error) {
//		return server.Call(ctx, from, &withdraw{amount: amount})
//	}
func Call[R, M any, Q Requester[R]](ctx context.Context, to proc.Pid[M], q Q) (R, error) {
	m, ok := any(q).(M)
	if !ok {
		var none R
		return none, notAnM[M](q)
	}
	return opened(proc.Call(ctx, to, func(r proc.ReplyTo[answer[R]]) M {
		q.request().to = r
		return m
	}))
}

// CallWithin is [Call] with a limit, as [proc.CallWithin] has: with d < 0 there is
// none but the deadline of ctx.
func CallWithin[R, M any, Q Requester[R]](ctx context.Context, d time.Duration, to proc.Pid[M], q Q) (R, error) {
	m, ok := any(q).(M)
	if !ok {
		var none R
		return none, notAnM[M](q)
	}
	return opened(proc.CallWithin(ctx, d, to, func(r proc.ReplyTo[answer[R]]) M {
		q.request().to = r
		return m
	}))
}

// opened is what is in the answer to a call.
func opened[R any](a answer[R], err error) (R, error) {
	if err == nil && a.err != nil {
		err = Failure{a.err}
	}
	return a.value, err
}

func notAnM[M any](q any) error {
	return proc.ErrorInterrupt{Err: fmt.Errorf("cannot call with a %T: the server is for messages of type %s", q, typeName[M]())}
}

// isInterrupt reports whether a handler that returns err has been interrupted, as
// opposed to one that has failed in what it tried.
func isInterrupt(err error) bool {
	switch err.(type) {
	case proc.TimeoutInterrupt, proc.OtherProcessNotRunning, proc.ErrorInterrupt:
		return false
	case proc.InterruptReason:
		return true
	}
	return false
}

// View is p for those who may send it no more than messages of type A, which must
// be Ms: a part of what the server serves. It panics if an A is no M.
func View[A, M any](p proc.Pid[M]) proc.Pid[A] {
	var none A
	if _, ok := any(&none).(*M); !ok && !implements[A, M]() {
		panic(fmt.Sprintf("server: View of a server for messages of type %s cannot be one for %s", typeName[M](), typeName[A]()))
	}
	return proc.Contramap(p, func(a A) M {
		m, _ := any(a).(M) // a nil A is a nil M
		return m
	})
}
