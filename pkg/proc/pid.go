package proc

import (
	"context"
	"unsafe"

	"github.com/harkgo/hark/internal/seam"
	"github.com/harkgo/hark/pkg/proc/internal/mailbox"
	"github.com/harkgo/hark/pkg/sel"
)

// Pid is an ID and the knowledge of what the process accepts. It leads straight
// to the mailbox: no table is read to send. The zero Pid swallows what is sent
// to it.
type Pid[M any] struct {
	ID
	via *conduit[M] // nil: straight to the process
}

// conduit is what lies between a Pid and its process.
type conduit[M any] struct {
	// settle is the Pid without what is looked up at each use, as it is now.
	settle func(depth int) (Pid[M], bool)
	// route is where m goes, and as what.
	route func(m M, depth int) (to *Process, message any)
}

func (p Pid[M]) route(m M, depth int) (to *Process, message any) {
	if p.via == nil {
		return p.ID.resolve(depth), m
	}
	return p.via.route(m, depth)
}

func (p Pid[M]) settle(depth int) (Pid[M], bool) {
	if p.via != nil {
		return p.via.settle(depth)
	}
	if p.local() != nil {
		return p, true
	}
	if to := p.ID.resolve(depth); to != nil { // made of the ID of one that is looked up
		return Pid[M]{ID: to.ID()}, true
	}
	return Pid[M]{}, false
}

// Settled is p without what is looked up at each use: it leads for good to the process
// that p means now, through the same functions of Contramaps. It reports false if there
// is none. That process may have ended.
func (p Pid[M]) Settled() (Pid[M], bool) { return p.settle(0) }

// Send sends m. It never blocks and never fails: a message that nobody will
// receive is a dead letter. What one process sends to another one arrives in the
// order sent.
func (p Pid[M]) Send(m M) {
	to := p.local()
	if to == nil || p.via != nil || to.sys.steps != nil {
		p.sendSlowly(m)
		return
	}
	if to.form == boxed && to.MayWait() {
		to.Lock()
		if handOver(to, m, nil) {
			return
		}
		to.Unlock()
	}
	to.put(m)
}

// sendSlowly is Send to whoever is found, or in a simulation.
func (p Pid[M]) sendSlowly(m M) {
	to, message := p.route(m, 0)
	if to == nil {
		if s := p.host(); s != nil {
			s.deadLetter(p.ID, message, letterNobody)
		}
		return
	}
	if to.sys.steps != nil {
		to.sys.steps.Deliver(nil, &to.Waiter, seam.Message, message, func() {
			if p.via == nil && to.form == boxed { // as Send does
				to.Lock()
				if handOver(to, m, nil) {
					return
				}
				to.Unlock()
			}
			to.put(message)
		})
		return
	}
	to.put(message)
}

// TrySend is Send, with an error if the message cannot be delivered:
// ErrMailboxFull from a bounded mailbox, OtherProcessNotRunning if the process
// has ended, unwinds, or never was. Then it is no dead letter.
func (p Pid[M]) TrySend(m M) error {
	to, message := p.route(m, 0)
	if to == nil {
		return OtherProcessNotRunning{ID: p.ID, Reason: ExitUnknown{}}
	}
	return to.trySend(message)
}

// SendContext is TrySend that waits for room in a full mailbox. ctx is a process
// or any context; its end, or an interrupt, ends the waiting with an
// InterruptReason, and nothing was sent. To a process's own full mailbox it
// fails at once.
func (p Pid[M]) SendContext(ctx context.Context, m M) error {
	var op op
	op.by(ctx)
	if why := op.check(); why != nil {
		return why
	}
	to, message := p.route(m, 0)
	if to == nil {
		return OtherProcessNotRunning{ID: p.ID, Reason: ExitUnknown{}}
	}
	return to.sendWaiting(&op, message)
}

// PidOf is id as a Pid, if it is that of a process that was spawned to accept
// messages of type M. A Named or Via id is looked up.
func PidOf[M any](id ID) (Pid[M], bool) {
	p := id.process()
	if p == nil || p.of != sel.TypeFor[M]() {
		return Pid[M]{}, false
	}
	return Pid[M]{ID: p.ID()}, true
}

// PidFor is an address of p itself for messages that are no Ms of its own, such
// as events that it observes or answers that others send when they are ready.
// They lie in the same mailbox and are received selectively, as ProcessDowns are;
// Self.Receive leaves them there. Only the process itself can make such an
// address: it is its promise to receive what comes.
func PidFor[A any](p Receiver) Pid[A] { return Pid[A]{ID: p.ID()} }

// Contramap is a view of p that accepts A: it sends f of each message. f runs in
// the sender and must be pure. The view has p's ID.
func Contramap[A, B any](p Pid[B], f func(A) B) Pid[A] {
	return Pid[A]{ID: p.ID, via: &conduit[A]{
		route: func(a A, depth int) (*Process, any) { return p.route(f(a), depth) },
		settle: func(depth int) (Pid[A], bool) {
			settled, ok := p.settle(depth)
			return Contramap(settled, f), ok
		},
	}}
}

// ---------------------------------------------------------------- into the mailbox

// put puts a message of the program into the mailbox of p.
func (p *Process) put(message any) {
	p.Lock()
	if p.phase.Load() >= phaseUnwinding || p.tells {
		p.putSlowly(message)
		return
	}
	p.enqueue(message)
}

// putSlowly is put where the message may be refused. The lock must be held; it is
// not when putSlowly returns.
func (p *Process) putSlowly(message any) {
	if p.phase.Load() >= phaseUnwinding {
		p.Unlock()
		p.sys.deadLetter(p.ID(), message, letterNotRunning)
		return
	}
	if !p.bounded() {
		p.enqueue(message)
		return
	}
	dropped, ok := p.makeRoom()
	if !ok {
		p.Unlock()
		p.sys.deadLetter(p.ID(), message, letterFull)
		return
	}
	p.enqueue(message)
	p.messagesDropped(dropped)
}

// enqueue puts an entry into the mailbox and wakes the process if that wants
// it. The lock must be held; it is not when enqueue returns.
func (p *Process) enqueue(entry any) {
	if !p.parked || p.state != packed(Receiving) || !p.wants(typeOf(entry)) {
		p.box.Put(entry, false)
		p.Unlock()
		return
	}
	p.box.Put(entry, true)
	ready := p.wake(byMessage)
	p.Unlock()
	if ready {
		p.ready()
	}
}

func typeOf(entry any) sel.Type {
	if e, ok := entry.(*mailbox.Envelope); ok {
		return sel.TypeOf(e.Message)
	}
	return sel.TypeOf(entry)
}

// refusal is why p, whose lock is held, takes no message; nil if it does.
func (p *Process) refusal() InterruptReason {
	if p.phase.Load() < phaseUnwinding {
		return nil
	}
	return OtherProcessNotRunning{ID: p.ID(), Reason: p.reason()}
}

func (p *Process) trySend(message any) error {
	p.catchUp(message)
	p.Lock()
	return p.tryPut(message)
}

// tryPut is trySend with the lock held; it is not when tryPut returns.
func (p *Process) tryPut(message any) error {
	if why := p.refusal(); why != nil {
		p.Unlock()
		return why
	}
	var dropped []any
	if p.bounded() {
		var ok bool
		if dropped, ok = p.makeRoom(); !ok {
			p.Unlock()
			return ErrMailboxFull
		}
	}
	p.enqueue(message)
	p.messagesDropped(dropped)
	return nil
}

func (p *Process) sendWaiting(op *op, message any) error {
	p.catchUp(message)
	p.Lock()
	if !p.bounded() {
		return p.tryPut(message)
	}
	b := p.more.Load().bound
	// First say that somebody may wait, then look for room: the receiver takes
	// something out, without the lock, and then asks whether somebody waits.
	b.any.Store(true)
	if p.refusal() != nil || b.overflow == DropOldest || p.box.Len() < b.limit && len(b.waiting) == 0 {
		b.any.Store(len(b.waiting) > 0)
		return p.tryPut(message)
	}
	if op.self == p {
		b.any.Store(len(b.waiting) > 0)
		p.Unlock()
		return ErrorInterrupt{Err: ErrMailboxFull}
	}
	op.in(p.ID())
	s := &sender{thread: op.thread(), self: op.self, message: message}
	b.waiting = append(b.waiting, s)
	p.Unlock()
	op.limitTo(-1)
	op.watchCtx()
	defer op.end()

	gone := func() bool {
		p.touched()
		p.Lock()
		defer p.Unlock()
		return b.giveUp(s)
	}
	// A process that unwinds, or a find that panics, must not leave its message
	// behind to be sent later.
	defer gone()
	why := op.wait(Calling, func() bool { return s.done }, gone)
	if why != nil && gone() {
		return why
	}
	p.touched()
	p.Lock()
	defer p.Unlock()
	if s.state == senderRefused {
		return p.refusal()
	}
	return nil
}

func idOf(p *Process) ID { return ID{unsafe.Pointer(p)} }
