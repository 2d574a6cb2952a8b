package proc

import (
	"errors"
	"maps"
	"slices"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/sel"
)

// The end of a process, in order:
//
//	finish    its deferred functions have run: the reason is fixed
//	endBody   what it was doing ends: its context, tasks and timers, the calls
//	          to it; what is sent to it from here on is a dead letter
//	endOwned  its owned processes end
//	die       it is dead and its names are free; then ProcessDowns in the order
//	          of monitoring, then the interrupts of links, then Done
//
// A kill does the same from outside, in kill, while the goroutine is anywhere;
// that one then finds nothing left to do.

var errGoexit = errors.New("the body called runtime.Goexit")

// finish is the last deferred function of the goroutine. result is what the
// body has returned.
//
// Its frame, and those of what most processes need, are kept small: a process
// that needs more than the 2 KiB which a goroutine begins with pays for a larger
// stack at its end.
func (p *Process) finish(result *ShutdownReason) {
	if _, ok := (*result).(hibernating); ok {
		return // another goroutine may have the process by now
	}
	var panicked ShutdownReason
	if value := recover(); value != nil {
		panicked = p.panicOf(value)
	}
	if p.in != nil {
		p.leaveLoop()
	}
	p.emptyHand()
	p.touched()
	p.Lock()
	p.want(sel.Pattern{}, nil)
	p.spare = nil
	if panicked != nil || *result != (ExitNormally{}) || !p.alone() {
		if p.endInOrder(*result, panicked) {
			p.die(false)
		}
		p.goroutineEnds()
		return
	}
	// Nobody has had to do with it: it is done.
	p.endWith(*result)
	p.goroutine, p.in = hasLeft, nil
	p.silence()
	p.delist(p.reason(), true)
	p.phase.Store(phaseDone)
	parent, joiners := p.parent, p.joiners
	p.parent, p.joiners = nil, nil
	p.Unlock()
	joiners.tellAll()
	if p.owned {
		parent.disown(p)
	}
	p.sys.goroutineLeft()
}

// alone reports whether p, which runs, has nothing that others know of, and
// whose normal end only those are told of who wait for just that. The lock must
// be held.
func (p *Process) alone() bool {
	return p.phase.Load() == phaseRunning && p.ending == nil && p.more.Load() == nil &&
		p.calls == nil && p.box.Empty() && !p.logs(zerolog.DebugLevel)
}

//go:noinline
func (p *Process) panicOf(value any) ShutdownReason {
	return ExitPanic{Value: value, Stack: p.sys.stacks.capture()}
}

// endInOrder takes a process that is not alone to where it only has to die. It
// reports false if it has been killed, and somebody else does that. The lock must
// be held; it is not when endInOrder returns.
//
//go:noinline
func (p *Process) endInOrder(result, panicked ShutdownReason) bool {
	if p.phase.Load() >= phaseEnded { // killed
		p.Unlock()
		if panicked != nil {
			p.logLatePanic(panicked)
		}
		return false
	}
	unwinding := p.phase.Load() == phaseUnwinding
	reason := result
	shutDown := false
	switch {
	case panicked != nil && !unwinding:
		reason = panicked
	case p.ending != nil:
		reason = p.reason()
		shutDown = !p.exited
	case reason == nil:
		reason = ExitUnhandledError{Err: errGoexit}
	}
	p.endWith(reason)
	rest := p.endBody(p.box.Flush())
	if panicked != nil && unwinding {
		p.logLatePanic(panicked)
	}
	if p.isMain() {
		p.sys.beginStop()
	}
	if rest != nil {
		p.sys.show(rest.end(p))
		if rest.owns {
			p.endOwned(reason, shutDown)
		}
	}
	return true
}

// die makes p dead and tells everybody. It does nothing if somebody else does
// it: who kills p, or has.
func (p *Process) die(byKill bool) {
	p.sys.step()
	p.Lock()
	if p.phase.Load() >= phaseDead || !byKill && p.ctl.Load()&ctlKilled != 0 {
		p.Unlock()
		return
	}
	p.phase.Store(phaseDead)
	if m := p.more.Load(); m != nil && m.known() {
		p.announce(m, byKill)
	} else {
		p.Unlock()
		p.bury(byKill)
	}
	p.done()
}

// known reports whether there is somebody who must hear of the end.
func (m *more) known() bool {
	return m.names != nil || m.links != nil || m.watchers.first != nil || m.watching.first != nil
}

// announce frees the names of p, which is dead, and tells the others. The lock must
// be held; it is not when announce returns.
//
//go:noinline
func (p *Process) announce(m *more, byKill bool) {
	names, links := m.names, m.links
	m.names, m.links = nil, nil
	watchers, watching := m.watchers.takeAll(), m.watching.takeAll()
	for w := watching; w != nil; w = w.ofOwner.next {
		w.cancelled = true
	}
	p.Unlock()

	if names != nil {
		p.sys.touched()
		p.sys.names.release(p, names)
	}
	p.bury(byKill)
	for w := watchers; w != nil; {
		next := w.ofTarget.unchain()
		w.fire(p.ID(), p.reason())
		w = next
	}
	if links != nil {
		p.fireLinks(links)
	}
	for w := watching; w != nil; {
		next := w.ofOwner.unchain()
		if target := w.target; target != nil {
			target.unwatched(w)
		}
		w = next
	}
}

// bury takes p, which is dead, out of the lists, and says so in the log.
func (p *Process) bury(byKill bool) {
	p.delist(p.reason(), false)
	p.logEnd(p.reason(), byKill)
	if byKill {
		p.listAbandoned()
	}
}

//go:noinline
func (p *Process) fireLinks(links map[*Process]struct{}) {
	if p.sys.steps != nil {
		for _, other := range slices.SortedFunc(maps.Keys(links), byNumber) {
			other.fireLink(p, p.reason())
		}
		return
	}
	for other := range links {
		other.fireLink(p, p.reason())
	}
}

// delist takes p, which is dead, out of the list of the live, and counts it. Its
// goroutine has left, or has not.
func (p *Process) delist(reason ShutdownReason, left bool) {
	crashed := severity(reason) == Crash
	l := p.shard()
	l.mu.Lock()
	l.unlink(p)
	l.ended++
	if crashed {
		l.crashed++
	}
	if left {
		l.running--
	}
	l.mu.Unlock()
}

// done is the last step of the end.
func (p *Process) done() {
	p.Lock()
	p.phase.Store(phaseDone)
	parent, joiners := p.parent, p.joiners
	p.parent, p.joiners = nil, nil // or a line of successors would never be forgotten
	if m := p.more.Load(); m != nil && m.done != nil {
		p.sys.touched()
		close(m.done)
	}
	p.Unlock()
	joiners.tellAll()
	if p.owned {
		parent.disown(p)
	}
}

// doneChannel is closed by done.
func (p *Process) doneChannel() <-chan struct{} {
	p.touched()
	p.Lock()
	defer p.Unlock()
	m := p.extra()
	if m.done == nil {
		m.done = make(chan struct{})
		if p.phase.Load() == phaseDone {
			close(m.done)
		}
	}
	return m.done
}

// goroutineEnds is the last step of the goroutine.
func (p *Process) goroutineEnds() {
	p.Lock()
	p.goroutine, p.in = hasLeft, nil
	p.silence()
	if entries := p.box.Flush(); entries != nil { // what it had in its hands when it was killed
		p.Unlock()
		p.sys.show(p.lose(entries, p.reason()))
		p.Lock()
	}
	if m := p.more.Load(); m != nil && m.listed {
		p.unlistAbandoned(m)
	} else {
		p.Unlock()
	}
	l := p.shard()
	l.mu.Lock()
	l.running--
	l.mu.Unlock()
	p.sys.goroutineLeft()
}
