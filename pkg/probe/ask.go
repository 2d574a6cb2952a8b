package probe

import "github.com/harkgo/hark/pkg/proc"

// Asked is a call that a probe has begun.
type Asked[R any] struct {
	wait   func()
	failed func(err error)
	reply  R
	err    error
}

// Ask begins a call by the probe, and does not wait: meanwhile another probe may
// receive the request and answer it. The limit is that of the probe, which does
// nothing else until the call is over.
func Ask[M, A, R any](p *Probe[M], to proc.Pid[A], request func(proc.ReplyTo[R]) A) *Asked[R] {
	p.t.Helper()
	a := &Asked[R]{
		failed: func(err error) {
			p.t.Helper()
			p.fail("%s expected an answer of %s within %v: %v", p, to.ID, p.limit, err)
		},
	}
	a.wait = p.Begin(func(self *proc.Self[M]) { a.reply, a.err = proc.CallWithin(self, p.limit, to, request) })
	return a
}

// Call is a call by the probe, and the waiting for the reply. It is Ask for a process
// that answers without the test's help.
func Call[M, A, R any](p *Probe[M], to proc.Pid[A], request func(proc.ReplyTo[R]) A) R {
	p.t.Helper()
	return Ask(p, to, request).Reply()
}

// Reply waits until the call is over, and returns the reply. The test fails if there is
// none.
func (a *Asked[R]) Reply() R {
	a.wait()
	if a.err != nil {
		a.failed(a.err)
	}
	return a.reply
}

// Result waits until the call is over, and returns what it has returned: for tests
// in which it is to fail.
func (a *Asked[R]) Result() (R, error) {
	a.wait()
	return a.reply, a.err
}
