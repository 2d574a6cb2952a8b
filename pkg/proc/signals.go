package proc

import "github.com/harkgo/hark/internal/seam"

// interrupt queues an interrupt of p.
func (p *Process) interrupt(reason InterruptReason) {
	if p.sys.steps != nil {
		p.sys.steps.Deliver(nil, &p.Waiter, seam.Signal, reason, func() { p.addInterrupt(reason) })
		return
	}
	p.addInterrupt(reason)
}

func (p *Process) addInterrupt(reason InterruptReason) {
	p.Lock()
	p.queueInterrupt(reason)
}

// queueInterrupt is addInterrupt with the lock held; it is not when
// queueInterrupt returns.
func (p *Process) queueInterrupt(reason InterruptReason) {
	if p.phase.Load() >= phaseUnwinding {
		p.Unlock()
		return
	}
	m := p.extra()
	m.interrupts = append(m.interrupts, reason)
	p.signal(ctlInterrupted)
}

// signal makes the next operation of p, or the one that it is blocked in,
// attend. The lock must be held; it is not when signal returns.
func (p *Process) signal(bit uint32) {
	p.ctl.Store(p.ctl.Load() | bit)
	ready := p.wake(bySignal)
	p.Unlock()
	if ready {
		p.ready()
	}
}

// shutdown accepts a shutdown of p, the first one only.
func (p *Process) shutdown(reason ShutdownReason) {
	if p.sys.steps != nil {
		p.sys.steps.Deliver(nil, &p.Waiter, seam.Signal, reason, func() { p.acceptShutdown(reason) })
		return
	}
	p.acceptShutdown(reason)
}

func (p *Process) acceptShutdown(reason ShutdownReason) { p.accept(reason, false) }

// accept accepts the first shutdown of p, which may be its own Exit.
func (p *Process) accept(reason ShutdownReason, exit bool) {
	p.Lock()
	if p.ending != nil || p.phase.Load() >= phaseEnded {
		p.Unlock()
		return
	}
	p.endWith(reason)
	p.exited = exit
	cancel := p.cancelFunc()
	p.signal(ctlShutdown)
	if cancel != nil {
		p.sys.touched()
		cancel(reason)
	}
}

// Exit ends the process with reason; nil means ExitNormally. It never returns:
// it unwinds the goroutine, running deferred functions. A shutdown that was
// accepted before is the reason instead.
func (p *Process) Exit(reason ShutdownReason) {
	if reason == nil {
		reason = ExitNormally{}
	}
	p.accept(reason, true)
	p.emptyHand()
	p.Lock()
	p.unwind()
}
