package proc

import (
	"strconv"
	"unsafe"

	"github.com/harkgo/hark/internal/seam"
	"github.com/harkgo/hark/pkg/proc/internal/mailbox"
	"github.com/harkgo/hark/pkg/sel"
)

// MonitorRef is one monitor. Process is the process that was found. It is
// comparable.
type MonitorRef struct {
	Process ID
	number  uint64
	monitor unsafe.Pointer // of a *monitor, kept from reflection
}

func (r MonitorRef) String() string {
	return "monitor " + strconv.FormatUint(r.number, 10) + " of " + r.Process.String()
}

// ProcessDown is the message that a monitor sends, once, when the process has
// ended or if it had: after everything that it sent, and when it is not alive and
// its names are free. ID is the process, Reason why it ended.
type ProcessDown struct {
	Ref    MonitorRef
	ID     ID
	Reason ShutdownReason
}

// SelectDown accepts the ProcessDown of one monitor.
func SelectDown(ref MonitorRef) sel.MessageSelector[ProcessDown] {
	return sel.With(func(d ProcessDown) (ProcessDown, bool) { return d, d.Ref == ref })
}

// SelectDownOf accepts the ProcessDown of any monitor of the process id. What a Named or
// Via pid means has an id of its own, the Process of a MonitorRef.
func SelectDownOf(id ID) sel.MessageSelector[ProcessDown] {
	return sel.With(func(d ProcessDown) (ProcessDown, bool) { return d, d.ID == id })
}

// monitor is one process watching another one. It is in a list of each of the
// two, guarded by the lock of each; the state is guarded by the owner's.
type monitor struct {
	owner, target *Process
	ref           MonitorRef
	down          mailbox.Envelope
	watch         *watch // instead of a message
	fired         bool
	cancelled     bool

	ofTarget, ofOwner monitorLinks
}

type monitorLinks struct{ prev, next *monitor }

// monitorList is a list of monitors in order of monitoring.
type monitorList struct {
	first, last *monitor
	len         int
	side        func(*monitor) *monitorLinks
}

func targetSide(m *monitor) *monitorLinks { return &m.ofTarget }
func ownerSide(m *monitor) *monitorLinks  { return &m.ofOwner }

func (l *monitorList) add(m *monitor, side func(*monitor) *monitorLinks) {
	l.side = side
	links := side(m)
	links.prev = l.last
	if l.last != nil {
		side(l.last).next = m
	} else {
		l.first = m
	}
	l.last = m
	l.len++
}

func (l *monitorList) remove(m *monitor) {
	if l.side == nil {
		return
	}
	links := l.side(m)
	if links.prev == nil && l.first != m {
		return // not in it
	}
	if links.prev != nil {
		l.side(links.prev).next = links.next
	} else {
		l.first = links.next
	}
	if links.next != nil {
		l.side(links.next).prev = links.prev
	} else {
		l.last = links.prev
	}
	*links = monitorLinks{}
	l.len--
}

// takeAll empties the list. What it returns is the first monitor of a chain that
// is the caller's: nobody else finds it through the list, or changes it.
func (l *monitorList) takeAll() *monitor {
	first := l.first
	*l = monitorList{}
	return first
}

// unchain takes a monitor out of a chain and returns the next one.
func (m *monitorLinks) unchain() *monitor {
	next := m.next
	*m = monitorLinks{}
	return next
}

// Monitor makes the end of id come as one [ProcessDown] message: at once if it
// has ended already, with the reason that it keeps. A Named or Via id is looked
// up now. It does not wait for anything. Monitoring oneself does nothing.
func (p *Process) Monitor(id ID) MonitorRef {
	p.sys.step()
	m := &monitor{owner: p}
	p.monitor(id, m)
	return m.ref
}

func (p *Process) monitor(id ID, m *monitor) {
	m.ref = MonitorRef{Process: id, number: p.sys.refs.Add(1), monitor: unsafe.Pointer(m)}
	target := id.process()
	if target == nil {
		m.fire(id, ExitUnknown{})
		return
	}
	m.ref.Process = target.ID()
	if target == p {
		return
	}
	if target.sys != p.sys {
		m.fire(target.ID(), ExitUnknown{})
		return
	}
	m.target = target
	target.touched()
	lockBoth(p, target)
	if p.phase.Load() >= phaseEnded { // killed: it receives nothing any more
		unlockBoth(p, target)
		return
	}
	if target.phase.Load() < phaseDead {
		target.extra().watchers.add(m, targetSide)
		p.extra().watching.add(m, ownerSide)
		unlockBoth(p, target)
		return
	}
	reason := target.reason()
	unlockBoth(p, target)
	m.fire(target.ID(), reason)
}

// lockBoth locks two processes, in the order of their numbers.
func lockBoth(a, b *Process) {
	if a.number > b.number {
		a, b = b, a
	}
	a.Lock()
	b.Lock()
}

func unlockBoth(a, b *Process) {
	a.Unlock()
	b.Unlock()
}

// fire tells the owner that the target has ended.
func (m *monitor) fire(id ID, reason ShutdownReason) {
	owner := m.owner
	if owner.sys.steps != nil {
		var from *seam.Waiter
		if target := id.local(); target != nil {
			from = &target.Waiter
		}
		owner.sys.steps.Deliver(from, &owner.Waiter, seam.ExitFired, reason, func() { m.tell(id, reason) })
		return
	}
	m.tell(id, reason)
}

func (m *monitor) tell(id ID, reason ShutdownReason) {
	owner := m.owner
	owner.Lock()
	if m.cancelled {
		owner.Unlock()
		return
	}
	if x := owner.more.Load(); x != nil {
		x.watching.remove(m)
	}
	m.fired = true
	m.target = nil
	if w := m.watch; w != nil {
		w.ended, w.reason = true, reason
		ready := owner.wake(byEvent)
		owner.Unlock()
		if ready {
			owner.ready()
		}
		return
	}
	if owner.phase.Load() >= phaseUnwinding {
		owner.Unlock()
		return
	}
	m.down.Message = ProcessDown{Ref: m.ref, ID: id, Reason: reason}
	m.down.Runtime = true
	owner.enqueue(&m.down)
}

// Demonitor ends a monitor for good: no [ProcessDown] of it is received any
// more, also not one that is in the mailbox already.
func (p *Process) Demonitor(ref MonitorRef) {
	m := (*monitor)(ref.monitor)
	if m == nil || m.owner != p {
		return
	}
	p.sys.step()
	p.cancelMonitor(m)
}

func (p *Process) cancelMonitor(m *monitor) {
	p.Lock()
	if m.cancelled {
		p.Unlock()
		return
	}
	m.cancelled = true
	if m.fired {
		if p.box.Withdraw(&m.down) {
			p.box.Sweep()
		}
		p.Unlock()
		p.withdrawn()
		return
	}
	target := m.target
	if x := p.more.Load(); x != nil {
		x.watching.remove(m)
	}
	p.Unlock()
	if target != nil {
		target.unwatched(m)
	}
}

// unwatched removes a monitor of p that its owner has given up.
func (p *Process) unwatched(m *monitor) {
	p.touched()
	p.Lock()
	defer p.Unlock()
	if x := p.more.Load(); x != nil {
		x.watchers.remove(m)
	}
}

// watch is a monitor with a private place for its result.
type watch struct {
	owner   *Process
	id      ID
	ended   bool // guarded by the owner's lock
	reason  ShutdownReason
	monitor monitor
}

func (p *Process) watch(id ID) *watch {
	w := &watch{owner: p, id: id}
	w.monitor.owner, w.monitor.watch = p, w
	p.monitor(id, &w.monitor)
	w.id = w.monitor.ref.Process
	return w
}

func (p *Process) unwatch(w *watch) { p.cancelMonitor(&w.monitor) }

func (w *watch) hasEnded() bool {
	w.owner.Lock()
	defer w.owner.Unlock()
	return w.ended
}
