package probe

import (
	"errors"
	"slices"
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// received is what has come of an expectation.
type received[T any] struct {
	value   T
	instead *contents // nil: value has come
}

// Expect waits for the first message that s accepts, within the limit of the probe,
// and returns what s makes of it. All others stay where they are, for later.
func Expect[M, T any](p *Probe[M], s sel.MessageSelector[T]) T {
	p.t.Helper()
	got := p.command(order{do: func() any { return receive(p.process, p.limit, s) }}).(received[T])
	if got.instead != nil {
		p.fail("%s expected %s within %v, and it has not come%s", p, describe(s), p.limit, got.instead)
	}
	return got.value
}

// Next is [Expect] for the oldest message of the probe's own type.
func (p *Probe[M]) Next() M {
	p.t.Helper()
	return Expect(p, sel.Deliverable[M]())
}

// ExpectDown waits until the probe is told the end of a process, which it monitors from
// now on unless it does already, and returns what it is told. Of a Named or Via pid that
// is whoever it means when the monitoring begins.
func (p *Probe[M]) ExpectDown(id proc.ID) proc.ProcessDown {
	p.t.Helper()
	got := p.command(order{do: func() any {
		ref, monitored := p.monitored[id]
		if monitored && over(ref.Process) { // it is here, unless it was taken as any other message
			if down, ok := await(p.process, 0, selectDown(ref)); ok {
				return received[proc.ProcessDown]{value: down}
			}
			ref = p.monitor(id)
		} else if !monitored {
			ref = p.monitor(id)
		}
		return receive(p.process, p.limit, selectDown(ref))
	}}).(received[proc.ProcessDown])
	if got.instead != nil {
		p.fail("%s expected the end of %s within %v, and has not been told of it%s", p, id, p.limit, got.instead)
	}
	return got.value
}

// ExpectInterrupt waits for the first interrupt that is an I, or wraps one, and
// returns that. Others are kept, for later.
//
//	crash := probe.ExpectInterrupt[proc.LinkedProcessCrashed](p)
func ExpectInterrupt[I proc.InterruptReason, M any](p *Probe[M]) I {
	p.t.Helper()
	got := p.command(order{do: func() any { return interrupt[I](p.process, p.limit) }}).(received[I])
	if got.instead != nil {
		p.fail("%s expected to be interrupted with a %s within %v, and was not%s", p, sel.TypeFor[I](), p.limit, got.instead)
	}
	return got.value
}

// ExpectNo demands that no message that s accepts is there, and that none comes for d.
// With d <= 0 it looks once: after synctest.Wait, or Settle of a simulation, that
// is all there will be.
func ExpectNo[M, T any](p *Probe[M], d time.Duration, s sel.MessageSelector[T]) {
	p.t.Helper()
	got := p.command(order{do: func() any { return receive(p.process, d, s) }}).(received[T])
	if got.instead == nil {
		p.fail("%s expected not to get %s for %v, and has got %s", p, describe(s), d, text(got.value))
	}
}

// ExpectNothing is ExpectNo for all messages, and interrupts too.
func (p *Probe[M]) ExpectNothing(d time.Duration) {
	p.t.Helper()
	come, _ := p.command(order{do: func() any {
		if len(p.interrupts) == 0 {
			message, err := proc.ReceiveWithin(p.self, d, sel.Any())
			switch {
			case err == nil:
				return &contents{messages: append([]any{message}, p.self.Flush()...)}
			case timedOut(err, d):
				return nil
			}
			p.interrupted(err)
		}
		return p.contents()
	}}).(*contents)
	if come != nil {
		p.fail("%s expected nothing for %v, and something has come%s", p, d, come)
	}
}

// receive is what Expect does, on the goroutine of p.
func receive[M, T any](p *process[M], limit time.Duration, s sel.MessageSelector[T]) received[T] {
	if value, ok := await(p, limit, s); ok {
		return received[T]{value: value}
	}
	return received[T]{instead: p.contents()}
}

// await is proc.ReceiveWithin that is not interrupted, but notes interrupts.
func await[M, T any](p *process[M], limit time.Duration, s sel.MessageSelector[T]) (T, bool) {
	until := p.self.System().Now().Add(limit)
	for left := limit; ; left = until.Sub(p.self.System().Now()) {
		value, err := proc.ReceiveWithin(p.self, left, s)
		if err == nil || timedOut(err, left) {
			return value, err == nil
		}
		p.interrupted(err)
	}
}

// selectDown accepts what any monitor of the process of ref tells, and what ref tells of
// there being none.
func selectDown(ref proc.MonitorRef) sel.MessageSelector[proc.ProcessDown] {
	return sel.With(func(d proc.ProcessDown) (proc.ProcessDown, bool) { return d, d.Ref == ref || d.ID == ref.Process })
}

// over reports whether a process has ended, and all have been told.
func over(id proc.ID) bool {
	select {
	case <-id.Done():
		return true
	default:
		return false
	}
}

// interrupt is what ExpectInterrupt does, on the goroutine of p.
func interrupt[I proc.InterruptReason, M any](p *process[M], limit time.Duration) received[I] {
	until := p.self.System().Now().Add(limit)
	for i := 0; ; i++ {
		if i == len(p.interrupts) {
			left := until.Sub(p.self.System().Now())
			_, err := proc.ReceiveWithin(p.self, left, sel.None[M]())
			if timedOut(err, left) {
				return received[I]{instead: p.contents()}
			}
			p.interrupted(err)
		}
		if reason, ok := errors.AsType[I](p.interrupts[i]); ok {
			p.interrupts = slices.Delete(p.interrupts, i, i+1)
			return received[I]{value: reason}
		}
	}
}

// timedOut tells the end of a limit from an interrupt that only says so.
func timedOut(err error, limit time.Duration) bool {
	t, ok := err.(proc.TimeoutInterrupt)
	return ok && t.After == max(limit, 0)
}
