package proc

import (
	"context"
	"time"
)

// A process is a context. The real one is made when somebody asks: few
// processes need it, and it costs more than all the rest of an idle one.

// Deadline is that of a context without one.
func (p *Process) Deadline() (time.Time, bool) { return time.Time{}, false }

// Done returns a channel that is closed when the process is shut down or killed,
// at once, and when it ends.
func (p *Process) Done() <-chan struct{} { return p.context().Done() }

// Err is context.Canceled once Done is closed.
func (p *Process) Err() error {
	p.touched()
	if p.ctl.Load()&(ctlShutdown|ctlKilled) != 0 || p.phase.Load() >= phaseEnded {
		return p.context().Err()
	}
	return nil
}

// Value finds the process itself for those that act with a context derived from
// it, and lets such contexts find out why they ended.
func (p *Process) Value(key any) any {
	if key == (processKey{}) {
		return p
	}
	return p.context().Value(key)
}

// context is the process's context without the process.
func (p *Process) context() context.Context {
	p.touched()
	p.Lock()
	m := p.extra()
	if m.ctx == nil {
		m.ctx, m.cancel = context.WithCancelCause(context.Background())
	}
	ctx, cancel := m.ctx, m.cancel
	var reason ShutdownReason
	if p.ctl.Load()&(ctlShutdown|ctlKilled) != 0 || p.phase.Load() >= phaseEnded {
		reason = p.reason()
	}
	p.Unlock()
	if reason != nil {
		cancel(reason) // does nothing where it has been done
	}
	return ctx
}

// cancelFunc is what ends the context, if there is one. The lock must be held;
// what is returned is called after its release.
func (p *Process) cancelFunc() context.CancelCauseFunc {
	if m := p.more.Load(); m != nil {
		return m.cancel
	}
	return nil
}

// Outside is p's context without p: it ends with the process, but whoever uses
// it acts from outside. It is what to give to other goroutines.
func Outside(p Receiver) context.Context { return p.process().context() }

// fromOutside is ctx as one that does not lead to a process.
func fromOutside(ctx context.Context) context.Context {
	var o op
	if o.by(ctx); o.self == nil {
		return ctx
	}
	return outside{ctx}
}

type outside struct{ context.Context }

func (o outside) Value(key any) any {
	if key == (processKey{}) {
		return nil
	}
	return o.Context.Value(key)
}
