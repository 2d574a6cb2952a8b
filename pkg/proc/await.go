package proc

import (
	"context"
	"time"
)

// joiner waits for the Done of a process.
type joiner struct {
	thread     *thread
	ended      bool    // guarded by the lock of the thread
	prev, next *joiner // of the same process; guarded by its lock until it is done
}

// join adds a joiner of p, unless p is done.
func (p *Process) join(t *thread) *joiner {
	j := &joiner{thread: t}
	p.touched()
	p.Lock()
	defer p.Unlock()
	if p.phase.Load() == phaseDone {
		j.ended = true // nobody else knows it yet
		return j
	}
	if j.next = p.joiners; j.next != nil {
		j.next.prev = j
	}
	p.joiners = j
	return j
}

// leave removes a joiner.
func (p *Process) leave(j *joiner) {
	p.touched()
	p.Lock()
	defer p.Unlock()
	if p.phase.Load() == phaseDone {
		return // they are in the hands of tellAll
	}
	if j.prev != nil {
		j.prev.next = j.next
	} else {
		p.joiners = j.next
	}
	if j.next != nil {
		j.next.prev = j.prev
	}
}

// tellAll tells j and those after it, whose process is done.
func (j *joiner) tellAll() {
	for j != nil {
		next := j.next
		j.tell()
		j = next
	}
}

func (j *joiner) tell() {
	j.thread.touched()
	j.thread.Lock()
	j.ended = true
	ready := j.thread.wake(byEvent)
	j.thread.Unlock()
	if ready {
		j.thread.ready()
	}
}

// Join waits until id has ended, links and monitors fired, and returns its
// reason; at once if it has, with ExitUnknown if there is none. ctx is a process
// or any context, as in [Call]; its end, or an interrupt, ends the waiting with
// an InterruptReason. There is no other limit. To join oneself is a CallRing.
func Join(ctx context.Context, id ID) (ShutdownReason, error) {
	var op op
	op.by(ctx)
	if why := op.check(); why != nil {
		return nil, why
	}
	p := id.process()
	if p == nil {
		return ExitUnknown{}, nil
	}
	if p == op.self {
		return nil, ErrorInterrupt{Err: CallRing{Members: []ID{p.ID()}}}
	}
	op.in(id)
	op.limitTo(-1)
	op.watchCtx()
	j := p.join(op.thread())
	defer func() {
		p.leave(j)
		op.end()
	}()
	if why := op.wait(Awaiting, func() bool { return j.ended }, nil); why != nil {
		return nil, why
	}
	return p.ID().Reason(), nil
}

// AwaitEnd waits until id has ended, at most d (negative: without limit), and
// reports whether it has. Unlike all other blocking operations it takes no
// interrupt, and in deferred functions of a process that has been shut down it
// still waits: that is how a process ends others in order before it goes itself.
// A kill of the caller does end it. An id that nobody has is true at once, the
// caller's own one false.
func (p *Process) AwaitEnd(id ID, d time.Duration) bool {
	p.attendEnd()
	target := id.process()
	if target == nil {
		return true
	}
	if target == p {
		return false
	}
	l := noLimit
	if d >= 0 {
		l = within(d)
	}
	j := target.join(&p.thread)
	defer target.leave(j)
	for {
		p.attendEnd()
		p.Lock()
		if j.ended || l.expired {
			p.Unlock()
			return j.ended
		}
		if p.mustEnd() {
			p.Unlock()
			continue
		}
		p.parkWithin(Awaiting, &l)
	}
}

// mustEnd reports whether a wait that takes no interrupts is over: by a kill,
// and by a shutdown that has not taken effect yet.
func (p *Process) mustEnd() bool {
	ctl := p.ctl.Load()
	return ctl&ctlKilled != 0 || ctl&ctlShutdown != 0 && p.phase.Load() == phaseRunning
}

// attendEnd is attend without interrupts.
func (p *Process) attendEnd() {
	if p.mustEnd() {
		p.emptyHand()
		p.Lock()
		p.unwind()
	}
}
