package proc

import "slices"

// adopt makes child an owned process of p. It reports false if p has ended.
func (p *Process) adopt(child *Process) bool {
	p.touched()
	p.Lock()
	defer p.Unlock()
	if p.phase.Load() >= phaseEnded {
		return false
	}
	m := p.extra()
	if m.children == nil {
		m.children = make(map[*Process]struct{})
	}
	m.children[child] = struct{}{}
	return true
}

// disown is told by a child that is done.
func (p *Process) disown(child *Process) {
	p.touched()
	p.Lock()
	ready := false
	if m := p.more.Load(); m != nil { // or it was never adopted
		delete(m.children, child)
		ready = len(m.children) == 0 && p.phase.Load() == phaseEnded && p.wake(byEvent)
	}
	p.Unlock()
	if ready {
		p.ready()
	}
}

// owns returns the owned processes that are left. The lock must be held.
func (p *Process) owns() []*Process {
	m := p.more.Load()
	if m == nil || len(m.children) == 0 {
		return nil
	}
	all := make([]*Process, 0, len(m.children))
	for child := range m.children {
		all = append(all, child)
	}
	if p.sys.steps != nil {
		slices.SortFunc(all, byNumber)
	}
	return all
}

// endOwned ends the owned processes of p, whose body has ended for reason, and
// returns when all are done. They are told at the same time. What is left after
// the stop timeout is killed; there is one limit for a whole nest, the
// outermost's. It returns early if p is killed: whoever does that kills them.
func (p *Process) endOwned(reason ShutdownReason, shutDown bool) {
	p.Lock()
	children := p.owns()
	if children == nil {
		p.Unlock()
		return
	}
	end := reason
	if !shutDown {
		end = ExitOwnerEnded{ID: p.ID(), Reason: reason}
	}
	m := p.extra()
	l := within(p.sys.stopTimeout)
	if now := p.sys.clock.elapsed(); m.ownLimit != 0 {
		l.due = m.ownLimit
	} else {
		l.due = later(now, l.after)
	}
	p.Unlock()
	for _, child := range children {
		child.inherit(l)
		child.shutdown(end)
	}
	for {
		p.Lock()
		switch {
		case len(m.children) == 0 || p.phase.Load() >= phaseDead || p.ctl.Load()&ctlKilled != 0:
			p.Unlock()
			return
		case l.expired:
			left := p.owns()
			p.Unlock()
			for _, child := range left {
				child.kill()
			}
		default:
			p.parkWithin(Awaiting, &l)
		}
	}
}

// inherit takes over the limit of the nest that p is in.
func (p *Process) inherit(l limit) {
	p.touched()
	p.Lock()
	defer p.Unlock()
	due := l.due
	if l.expired {
		due = 1 // long ago
	}
	if m := p.extra(); m.ownLimit == 0 || due < m.ownLimit {
		m.ownLimit = due
	}
}
