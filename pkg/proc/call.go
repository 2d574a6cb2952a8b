package proc

import (
	"context"
	"sync/atomic"
	"time"
	"unsafe"

	"github.com/harkgo/hark/internal/seam"
	"github.com/harkgo/hark/pkg/proc/internal/mailbox"
)

// ReplyTo is where the answer to one request goes. It may be stored, passed on,
// and answered at any time by anyone; only the first Reply counts. The zero
// ReplyTo is one that nobody waits for.
type ReplyTo[R any] struct {
	_    [0]*R
	call unsafe.Pointer // of a *callFor[R], kept from reflection
}

func (r ReplyTo[R]) slot() *callFor[R] { return (*callFor[R])(r.call) }

// Reply answers the request, if nobody has and somebody still waits; otherwise
// value is dropped here. It never blocks.
func (r ReplyTo[R]) Reply(value R) {
	c := r.slot()
	if c == nil {
		return
	}
	if steps := c.caller.sys.steps; steps != nil {
		c.caller.touched()
		if c.state.CompareAndSwap(callOpen, callAnswering) {
			steps.Answer(&c.caller.Waiter, value, func() { c.answer(value) }, c.unanswered)
		}
		return
	}
	if c.open() {
		c.answer(value)
	}
}

// Live reports whether somebody still waits for the answer.
func (r ReplyTo[R]) Live() bool {
	c := r.slot()
	if c == nil {
		return false
	}
	c.caller.touched()
	return c.open()
}

// Delegate is r for somebody else than the called process to answer: its call
// is no longer counted in rings of waiting calls.
func (r ReplyTo[R]) Delegate() ReplyTo[R] {
	if c := r.slot(); c != nil {
		c.caller.touched()
		c.delegated.Store(true)
	}
	return r
}

// call is a call that is under way: a private slot for its outcome. It is made
// for one call only, so that a late reply finds nobody.
type call struct {
	request   mailbox.Envelope // in the mailbox of the target
	caller    *thread
	target    *Process
	state     atomic.Uint32 // written under the lock of the caller
	delegated atomic.Bool
	failure   InterruptReason
}

const (
	callOpen      uint32 = iota // from the start: it is made for one call
	callAnswering               // in a simulation: the answer is under way
	callAnswered
	callFailed
	callAbandoned // by the caller
)

func (c *call) open() bool { return c.state.Load() == callOpen }

type callFor[R any] struct {
	call
	value R
}

func (c *callFor[R]) answer(value R) {
	c.caller.Lock()
	if c.ended() {
		c.caller.Unlock()
		return
	}
	c.value = value
	c.close(callAnswered)
}

// fail ends the call without an answer, if it is open.
func (c *call) fail(why InterruptReason) {
	c.caller.touched()
	c.caller.Lock()
	if !c.open() {
		if c.state.Load() == callAnswering {
			c.failure = why // counts if the answer is lost
		}
		c.caller.Unlock()
		return
	}
	c.failure = why
	c.close(callFailed)
}

// unanswered is told, in a simulation, that the answer which was under way is lost.
func (c *call) unanswered() {
	c.caller.Lock()
	switch {
	case c.state.Load() != callAnswering:
		c.caller.Unlock()
	case c.failure != nil:
		c.close(callFailed)
	default:
		c.state.Store(callOpen)
		c.caller.Unlock()
	}
}

// outcome is why a call that has ended has failed; nil if it is answered.
func (c *call) outcome() InterruptReason {
	if c.state.Load() == callFailed {
		return c.failure
	}
	return nil
}

// close ends an open call. The lock of the caller must be held; it is not when
// close returns.
func (c *call) close(state uint32) {
	t := c.caller // of a call that is closed others may forget
	c.state.Store(state)
	ready := t.wake(byEvent)
	t.Unlock()
	if ready {
		t.ready()
	}
}

// Call sends request(replyTo) and waits for the reply, the end of to, an
// interrupt, the end of ctx or the system's call timeout, unless ctx has a
// deadline of its own. ctx is a process (self, or a context derived from it) or,
// outside processes, any context. A late reply is dropped.
//
// The error is an InterruptReason: OtherProcessNotRunning with the reason why to
// has ended, also if that was long ago; TimeoutInterrupt; an ErrorInterrupt with
// the cause of ctx's end, with ErrMailboxFull, or with a CallRing; or whatever
// the process was interrupted with.
func Call[M, R any](ctx context.Context, to Pid[M], request func(ReplyTo[R]) M) (R, error) {
	var op op
	op.by(ctx)
	d := time.Duration(-1)
	if op.in(to.ID) {
		if _, given := op.deadline(); !given {
			d = op.sys.callTimeout
		}
	}
	return makeCall(&op, d, to, request)
}

// CallWithin is Call with a limit; past it the error is a TimeoutInterrupt. The
// deadline of ctx, if it has one, holds too. With d < 0 there is no limit but
// ctx; with d == 0 the request is sent and not waited for.
func CallWithin[M, R any](ctx context.Context, d time.Duration, to Pid[M], request func(ReplyTo[R]) M) (R, error) {
	var op op
	op.by(ctx)
	op.in(to.ID)
	return makeCall(&op, d, to, request)
}

func makeCall[M, R any](op *op, d time.Duration, to Pid[M], request func(ReplyTo[R]) M) (R, error) {
	var none R
	if why := op.check(); why != nil {
		return none, why
	}
	if op.sys == nil {
		return none, OtherProcessNotRunning{ID: to.ID, Reason: ExitUnknown{}}
	}
	c := new(callFor[R])
	c.caller = op.thread()
	defer op.endCall(&c.call)
	if why := sendRequest(op, d, &to, request(ReplyTo[R]{call: unsafe.Pointer(c)}), &c.call); why != nil {
		return none, why
	}
	if why := op.wait(Calling, c.ended, nil); why != nil {
		return none, why
	}
	if why := c.outcome(); why != nil {
		return none, why
	}
	value := c.value
	c.value = none // the server may remember the call for a while
	return value, nil
}

// sendRequest begins the call c and sends its request, or says why it cannot. Its
// frame is not on the stack of a process that waits for the reply.
//
//go:noinline
func sendRequest[M any](op *op, d time.Duration, to *Pid[M], req M, c *call) InterruptReason {
	target := to.local()
	direct := target != nil && to.via == nil && target.form == boxed && op.sys.steps == nil && target.MayWait()
	if !direct {
		target, c.request.Message = to.route(req, 0)
	}
	if target == nil {
		return OtherProcessNotRunning{ID: to.ID, Reason: ExitUnknown{}}
	}
	if why := op.beginCall(c, d, target); why != nil {
		return why
	}
	if direct {
		target.Lock()
		if handOver(target, req, c) {
			return nil
		}
		target.Unlock()
		c.request.Message = req
	}
	why := target.request(c)
	if why != nil {
		c.request.Message = nil // nobody takes it, and it may be long until the next call
	}
	return why
}

// beginCall notes that a call of target begins, and says why it cannot.
func (o *op) beginCall(c *call, d time.Duration, target *Process) InterruptReason {
	c.target = target
	c.request.Of = c
	if o.self != nil {
		if ring := o.self.enterCall(c); ring != nil {
			return ErrorInterrupt{Err: CallRing{Members: ring}}
		}
	}
	o.limitTo(d)
	o.watchCtx()
	return nil
}

func (c *call) ended() bool { return c.state.Load() > callAnswering }

// endCall closes the call, so that no reply is taken any more.
func (o *op) endCall(c *call) {
	if !c.ended() {
		c.caller.Lock()
		if !c.ended() {
			c.state.Store(callAbandoned)
		}
		c.caller.Unlock()
	}
	if o.self != nil && c.target != nil {
		o.self.calling.Store(nil)
	}
	o.end()
}

// request puts the request of c into the mailbox of p, or says why it cannot.
func (p *Process) request(c *call) InterruptReason {
	if p.sys.steps != nil {
		message, again := c.request.Message, false
		p.sys.steps.Deliver(nil, &p.Waiter, seam.Message, message, func() {
			if again { // a fault: one more arrives, and no call waits for what comes of it
				p.put(message)
				return
			}
			again = true
			if why := p.putRequest(c); why != nil {
				c.fail(why)
			}
		})
		return nil
	}
	return p.putRequest(c)
}

func (p *Process) putRequest(c *call) InterruptReason {
	p.Lock()
	if why := p.refusal(); why != nil {
		p.Unlock()
		return why
	}
	var dropped []any
	if p.bounded() {
		var ok bool
		if dropped, ok = p.makeRoom(); !ok {
			p.Unlock()
			return ErrorInterrupt{Err: ErrMailboxFull}
		}
	}
	p.expect(c)
	p.enqueue(&c.request)
	p.messagesDropped(dropped)
	return nil
}

// expect notes that c is a call to p. The lock must be held.
func (p *Process) expect(c *call) {
	if p.calls == nil {
		p.calls = new(incoming)
	}
	p.calls.add(c)
}

// incoming are the calls to a process that may still be open. Those that are not
// are forgotten when the list would grow, which costs a call nothing.
type incoming struct {
	calls []*call
	first [4]*call
}

func (in *incoming) add(c *call) {
	if in.calls == nil {
		in.calls = in.first[:0]
	}
	if len(in.calls) == cap(in.calls) {
		in.forgetClosed()
	}
	in.calls = append(in.calls, c)
}

func (in *incoming) forgetClosed() {
	open := in.calls[:0]
	for _, c := range in.calls {
		if c.open() {
			open = append(open, c)
		}
	}
	clear(in.calls[len(open):])
	// A list that is still half full would be searched too often: it grows.
	if in.calls = open; 2*len(open) > cap(open) {
		in.calls = append(make([]*call, 0, 2*cap(open)), open...)
		clear(in.first[:])
	}
}
