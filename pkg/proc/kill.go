package proc

import "github.com/harkgo/hark/pkg/sel"

// kill makes p dead before it returns.
func (p *Process) kill() {
	// The hook comes last: it may kill, too.
	p.sys.show(p.killQuietly())
}

// Killed reports whether p has been killed, as opposed to having been shut down, or
// ending by itself, with any reason: then its goroutine is merely left over. It is
// for deferred functions.
func Killed(p Receiver) bool { return p.process().ctl.Load()&ctlKilled != 0 }

// killQuietly is kill that leaves the dead letters to be shown.
func (p *Process) killQuietly() (letters []DeadLetter) {
	p.sys.touched()
	p.Lock()
	if p.phase.Load() >= phaseDead || p.ctl.Load()&ctlKilled != 0 {
		// Somebody is at it, and does nothing that waits.
		p.Unlock()
		p.awaitDone()
		return nil
	}
	p.ctl.Store(p.ctl.Load() | ctlKilled)
	p.endWith(ExitKilled{})
	if c := p.calling.Load(); c != nil && !c.ended() {
		c.state.Store(callAbandoned)
	}
	children := p.owns()
	ready := p.wake(bySignal)
	asleep := ready && p.resting
	in := p.in
	if asleep { // there is no goroutine to be woken
		ready, p.goroutine, p.in = false, hasLeft, nil
		p.resting = false
		p.want(sel.Pattern{}, nil)
	}
	letters = p.endBody(p.box.Drain()).end(p)
	if p.isMain() {
		p.sys.beginStop()
	}
	for _, child := range children {
		letters = append(letters, child.killQuietly()...)
	}
	p.die(true)
	switch {
	case ready:
		p.ready()
	case asleep:
		in.endTimer()
		p.goroutineEnds()
	}
	return letters
}
