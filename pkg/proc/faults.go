package proc

import "reflect"

// What the faults of a simulator do to processes. None of it is delivered: it is done
// when it is called, on a thread of the simulator's own.

// Is reports whether an id means the process now.
func (s subject) Is(id ID) bool { return id.process() == s.p }

// Title is that of the process. It has been set when the process takes its first step.
func (s subject) Title() string { return s.p.title() }

// Messages is the type of those that the process is for.
func (s subject) Messages() reflect.Type { return s.p.of.Reflect() }

// Ends reports whether the process has been told to end, or does so.
func (s subject) Ends() bool {
	return s.Unwinds() || s.p.ctl.Load()&(ctlKilled|ctlShutdown) != 0
}

// Dies reports whether the process has been killed or its body has ended.
func (s subject) Dies() bool {
	return s.p.phase.Load() >= phaseEnded || s.p.ctl.Load()&ctlKilled != 0
}

// Unwinds reports whether that has taken effect.
func (s subject) Unwinds() bool { return s.p.phase.Load() != phaseRunning }

// Receives reports whether the process is parked, or about to park, in a receive.
func (s subject) Receives() bool { return s.p.state == packed(Receiving) }

// Kill is ID.Kill: before anybody else runs, the process has been told.
func (s subject) Kill() { s.p.kill() }

// Interrupt is ID.Interrupt.
func (s subject) Interrupt(reason InterruptReason) { s.p.addInterrupt(reason) }

// Shutdown is ID.Shutdown.
func (s subject) Shutdown(reason ShutdownReason) { s.p.acceptShutdown(reason) }

// Bounded reports whether the mailbox has a bound.
func (s subject) Bounded() bool { return s.p.bounded() }

// Fill makes a bounded mailbox behave as a full one until empty is called. One that
// rejects refuses everything; one that drops the oldest has no room beyond what it has.
func (s subject) Fill() (empty func()) {
	p := s.p
	p.Lock()
	defer p.Unlock()
	b := p.more.Load().bound
	limit := b.limit
	b.limit = 0
	if b.overflow == DropOldest {
		b.limit = min(limit, p.box.Len())
	}
	return func() {
		p.Lock()
		b.limit = limit
		p.Unlock()
		p.admit()
	}
}
