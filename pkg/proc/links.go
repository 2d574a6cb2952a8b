package proc

import (
	"slices"

	"github.com/harkgo/hark/internal/seam"
)

// Link links the process with id: when either crashes, the other one gets the
// interrupt [LinkedProcessCrashed]. A normal end only removes the link. Links
// are a set: linking twice is linking once, linking to oneself does nothing.
//
// If id has crashed already, or never was, Link returns the LinkedProcessCrashed
// that the link would have caused; if it has ended normally, nil.
func (p *Process) Link(id ID) error {
	p.sys.step()
	if _, why := p.link(id); why != nil {
		return *why
	}
	return nil
}

// link reports whether there is a link now, or else the interrupt that it has
// caused, if id has crashed.
func (p *Process) link(id ID) (linked bool, why *LinkedProcessCrashed) {
	other := id.process()
	if other == nil || other.sys != p.sys {
		return false, &LinkedProcessCrashed{ID: id, Reason: ExitUnknown{}}
	}
	if other == p {
		return false, nil
	}
	other.touched()
	lockBoth(p, other)
	defer unlockBoth(p, other)
	if p.phase.Load() >= phaseEnded { // killed: nothing of it matters any more
		return false, nil
	}
	if other.phase.Load() >= phaseDead {
		p.removeLink(other) // if it is about to fire: what Link returns says it
		return false, crashOf(other, other.reason())
	}
	p.addLink(other)
	other.addLink(p)
	return true, nil
}

// crashOf is the interrupt of a link with p; nil if p has not crashed.
func crashOf(p *Process, reason ShutdownReason) *LinkedProcessCrashed {
	if severity(reason) == ExitSuccess {
		return nil
	}
	return &LinkedProcessCrashed{ID: p.ID(), Reason: reason}
}

// linkChild links p with a process that it spawns. If the child did not start,
// or p has been killed, the other one gets the interrupt.
func (p *Process) linkChild(child *Process) {
	linked, why := p.link(child.ID())
	switch {
	case linked:
	case why != nil:
		p.addInterrupt(linkFired{*why, child})
	default:
		p.Lock()
		why = crashOf(p, p.reason())
		p.Unlock()
		if why != nil {
			child.touched()
			child.addInterrupt(linkFired{*why, p})
		}
	}
}

func (p *Process) addLink(other *Process) {
	m := p.extra()
	if m.links == nil {
		m.links = make(map[*Process]struct{})
	}
	m.links[other] = struct{}{}
}

// removeLink reports whether there was a link. The lock must be held.
func (p *Process) removeLink(other *Process) bool {
	m := p.more.Load()
	if m == nil {
		return false
	}
	_, linked := m.links[other]
	delete(m.links, other)
	return linked
}

// Unlink removes the link with id, if there is one. No interrupt of that link is
// delivered after Unlink has returned, also not one that was queued.
func (p *Process) Unlink(id ID) {
	p.sys.step()
	other := id.process()
	if other == nil || other == p || other.sys != p.sys {
		return
	}
	other.touched()
	lockBoth(p, other)
	defer unlockBoth(p, other)
	p.removeLink(other)
	other.removeLink(p)
	m := p.more.Load()
	if m == nil || len(m.interrupts) == 0 {
		return
	}
	m.interrupts = slices.DeleteFunc(m.interrupts, func(i InterruptReason) bool {
		l, ok := i.(linkFired)
		return ok && l.from == other
	})
	if len(m.interrupts) == 0 {
		m.interrupts = nil
		p.ctl.Store(p.ctl.Load() &^ ctlInterrupted)
	}
}

// linkFired is a LinkedProcessCrashed in the queue of interrupts, as opposed to
// an equal one that somebody made. It is what [Process.Unlink] takes back.
type linkFired struct {
	LinkedProcessCrashed
	from *Process
}

// fireLink tells p that a process which it may be linked to has crashed. It has
// taken the link out on its own side.
func (p *Process) fireLink(from *Process, reason ShutdownReason) {
	if p.sys.steps != nil {
		p.sys.steps.Deliver(&from.Waiter, &p.Waiter, seam.ExitFired, reason, func() { p.linkEnded(from, reason) })
		return
	}
	p.linkEnded(from, reason)
}

func (p *Process) linkEnded(from *Process, reason ShutdownReason) {
	p.Lock()
	if !p.removeLink(from) || severity(reason) != Crash {
		p.Unlock()
		return
	}
	p.queueInterrupt(linkFired{LinkedProcessCrashed{ID: from.ID(), Reason: reason}, from})
}
