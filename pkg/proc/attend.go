package proc

import "runtime"

// A blocking operation begins, and goes on after each wake, by attending to
// what has been asked of its process. The order is: a kill, a shutdown, the
// oldest interrupt; only then comes what the operation is about.

// attend returns the next interrupt, if there is one. If the process is to end,
// attend does not return.
func (p *Process) attend() InterruptReason {
	if p.ctl.Load() == 0 {
		return nil
	}
	return p.attendSlowly()
}

func (p *Process) attendSlowly() InterruptReason {
	p.emptyHand()
	p.Lock()
	p.box.PutBack()
	ctl := p.ctl.Load()
	if ctl&(ctlKilled|ctlShutdown) != 0 {
		p.unwind()
	}
	m := p.more.Load()
	why := m.interrupts[0]
	m.interrupts[0] = nil
	if m.interrupts = m.interrupts[1:]; len(m.interrupts) == 0 {
		m.interrupts = nil
		p.ctl.Store(ctl &^ ctlInterrupted)
	}
	p.Unlock()
	if l, ok := why.(linkFired); ok {
		return l.LinkedProcessCrashed
	}
	return why
}

// unwind makes the shutdown of the process take effect: it ends the goroutine,
// running deferred functions. The lock must be held.
func (p *Process) unwind() {
	if p.phase.Load() == phaseRunning {
		p.phase.Store(phaseUnwinding)
		p.touched()
		p.enter(ShuttingDown)
		// It receives nothing more: what nobody will read is a dead letter now,
		// and whoever waits for an answer learns why there will be none.
		entries := p.box.Flush()
		reason := p.reason()
		var refused []*sender
		if p.bounded() {
			refused = p.more.Load().bound.refuseSenders()
		}
		p.Unlock()
		for _, s := range refused {
			s.tell()
		}
		p.sys.show(p.lose(entries, reason))
	} else {
		p.Unlock()
	}
	runtime.Goexit()
}

// enter changes the state that observers see. The lock must be held.
func (p *Process) enter(s State) {
	p.state = packed(s)
	p.sys.clock.changed(&p.stamp)
}

// parkWithin parks the process in state s until it is woken or l has expired.
// The lock must be held; it is not when parkWithin returns.
func (p *Process) parkWithin(s State, l *limit) {
	p.enter(s)
	p.park(l)
}
