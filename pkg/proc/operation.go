package proc

import (
	"context"
	"time"
)

// op is a blocking operation whose ctx may be a process, a context derived from
// one, or any context: who waits, and what ends the waiting.
type op struct {
	ctx   context.Context
	self  *Process // nil: outside of processes
	plain bool     // ctx is self: its end is a shutdown
	limit limit

	sys     *System // whose clock and scheduler it uses
	outside *thread
	watch   *ctxWatch
}

// ctxWatch tells an operation that its ctx has ended.
type ctxWatch struct {
	ended bool // guarded by the lock of the thread
	stop  func() bool
}

type processKey struct{}

// by finds out whose operation o, which is zero, is: whom ctx is for.
func (o *op) by(ctx context.Context) {
	o.ctx = ctx
	switch c := ctx.(type) {
	case *Process:
		o.self, o.plain = c, true
	case Receiver:
		o.self, o.plain = c.process(), true
	default:
		o.self, _ = ctx.Value(processKey{}).(*Process)
	}
}

// check is why the operation cannot begin: an interrupt, or the end of ctx.
func (o *op) check() InterruptReason {
	// In this order: a ctx that leads to the process ends after the shutdown that
	// ends it has been accepted, and then the process is to unwind.
	ended := !o.plain && o.ctx.Err() != nil
	if o.self != nil {
		if why := o.self.attend(); why != nil {
			return why
		}
	}
	if ended {
		return o.interrupted()
	}
	return nil
}

// in sets the system of the operation: that of its process, or else that of id.
// It reports false if there is none.
func (o *op) in(id ID) bool {
	if o.self != nil {
		o.sys = o.self.sys
	} else {
		o.sys = id.host()
	}
	return o.sys != nil
}

// deadline is that of ctx. A process has none.
func (o *op) deadline() (time.Time, bool) {
	if o.plain {
		return time.Time{}, false
	}
	return o.ctx.Deadline()
}

// limitTo limits the operation to d from now, or to ctx's deadline if that comes
// first. A negative d is no limit.
func (o *op) limitTo(d time.Duration) {
	if deadline, ok := o.deadline(); ok {
		if remains := max(0, deadline.Sub(o.sys.sched.Now())); d < 0 || remains < d {
			d = remains
		}
	}
	if d >= 0 {
		o.limit = within(d)
	}
}

// thread is what waits.
func (o *op) thread() *thread {
	if o.self != nil {
		return &o.self.thread
	}
	if o.outside == nil {
		o.outside = &thread{sys: o.sys}
		o.outside.Init()
		o.outside.touched()
	}
	return o.outside
}

// watchCtx starts to watch over ctx, if its end is not that of the process
// alone. end must be called in the end.
func (o *op) watchCtx() {
	if !o.plain && o.ctx.Done() != nil {
		o.watch = watchCtx(o.ctx, o.thread())
	}
}

func watchCtx(ctx context.Context, t *thread) *ctxWatch {
	w := new(ctxWatch)
	tell := func() {
		t.Lock()
		w.ended = true
		ready := t.wake(byEvent)
		t.Unlock()
		if ready {
			t.ready()
		}
	}
	if steps := t.sys.steps; steps != nil { // context starts a goroutine of its own
		tell = steps.Enter(tell)
	}
	w.stop = context.AfterFunc(ctx, tell)
	return w
}

func (o *op) end() {
	if o.watch != nil {
		o.watch.stop()
	}
	if o.outside != nil {
		o.outside.Lock()
		o.outside.silence()
		o.outside.Unlock()
	}
}

// ctxEnded is asked with the lock of the thread held.
func (o *op) ctxEnded() bool { return o.watch != nil && o.watch.ended }

// wait blocks until done, which is called with the lock of the thread held,
// reports true. It returns nil then, else why the waiting ended before. What
// cannot be taken back once it has begun has a giveUp, asked before an interrupt
// is taken: it reports false if the operation is, or will be, done.
func (o *op) wait(s State, done func() bool, giveUp func() bool) InterruptReason {
	if o.self != nil {
		return o.waitInside(s, done, giveUp)
	}
	t := o.outside
	for {
		t.Lock()
		switch {
		case done():
			t.Unlock()
			return nil
		case o.ctxEnded():
			t.Unlock()
			return o.interrupted()
		case o.limit.expired:
			t.Unlock()
			return TimeoutInterrupt{After: o.limit.after}
		}
		t.park(&o.limit)
	}
}

func (o *op) waitInside(s State, done func() bool, giveUp func() bool) InterruptReason {
	p := o.self
	for {
		p.Lock()
		// What has come counts, though an interrupt has come since. A kill or a
		// shutdown outranks it.
		if p.ctl.Load()&^ctlInterrupted == 0 && done() {
			p.Unlock()
			return nil
		}
		if p.ctl.Load() != 0 {
			interrupted := p.ctl.Load() == ctlInterrupted
			p.Unlock()
			if interrupted && giveUp != nil && !giveUp() {
				return nil
			}
			if why := p.attend(); why != nil {
				return why
			}
			continue
		}
		if o.ctxEnded() {
			p.Unlock()
			return o.interrupted()
		}
		if o.limit.expired {
			p.Unlock()
			return TimeoutInterrupt{After: o.limit.after}
		}
		p.parkWithin(s, &o.limit)
	}
}

// interrupted is the end of an operation by that of its ctx.
func (o *op) interrupted() InterruptReason {
	if o.ctx.Err() == context.DeadlineExceeded {
		return TimeoutInterrupt{After: o.limit.after}
	}
	return ErrorInterrupt{Err: context.Cause(o.ctx)}
}
