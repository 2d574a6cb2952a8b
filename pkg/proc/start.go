package proc

import (
	"context"
	"unsafe"
)

var startGivenUp = ExitNormallyWith{Detail: "nobody waits for its start any more"}

// Start is [Spawn] for a process that has something to do before others may rely
// on it: it waits until body has replied to up, and returns that reply.
//
// The error is an InterruptReason: OtherProcessNotRunning with the reason if the
// process ends before that, be it normally, or could not be spawned; or what ended
// the waiting, as in a [Call] of ctx, whose deadline is the only limit. Then the
// process is shut down, and so it is if the end of whoever waits ends the waiting. A
// new process that calls whoever waits for its start is told at once that they wait
// for each other, with a CallRing.
func Start[M, R any](ctx context.Context, parent Host, body func(self *Self[M], up ReplyTo[R]) error, opts ...SpawnOption) (Pid[M], R, error) {
	var none R
	var op op
	op.by(ctx)
	if why := op.check(); why != nil {
		return Pid[M]{}, none, why
	}
	op.sys = parent.system()
	if op.self != nil {
		op.sys = op.self.sys
	}
	c := new(callFor[R])
	c.caller = op.thread()
	defer op.endCall(&c.call)
	pid := Spawn(parent, func(self *Self[M]) error {
		return body(self, ReplyTo[R]{call: unsafe.Pointer(c)})
	}, opts...)
	up := false
	defer func() {
		if !up { // the caller itself may be unwinding
			pid.Shutdown(startGivenUp)
		}
	}()
	if why := op.awaitStart(&c.call, pid.local()); why != nil {
		return pid, none, why
	}
	up = true
	value := c.value
	c.value = none
	return pid, value, nil
}

// awaitStart waits until c is answered, which the new process p is to do.
func (o *op) awaitStart(c *call, p *Process) InterruptReason {
	if why := o.beginCall(c, -1, p); why != nil {
		return why
	}
	p.touched()
	p.Lock()
	why := p.refusal()
	if why == nil {
		p.expect(c)
	}
	p.Unlock()
	if why != nil && c.open() { // else it has answered before it ended
		return why
	}
	if why := o.wait(Calling, c.ended, nil); why != nil {
		return why
	}
	return c.outcome()
}
