package proc

import "time"

// unwindingTime is how long a killed process may take to unwind before that is
// worth a line in the log.
const unwindingTime = 100 * time.Millisecond

// listAbandoned lists p, which has been killed, as long as its goroutine lives.
func (p *Process) listAbandoned() {
	p.Lock()
	defer p.Unlock()
	if p.goroutine == hasLeft {
		return
	}
	m := p.extra()
	m.listed = true
	m.overdue = p.sys.sched.AfterFunc(unwindingTime, func() { p.reportAbandoned("") })
	p.sys.abandoned.add(p)
}

// reportAbandoned logs once that p has not unwound.
func (p *Process) reportAbandoned(stack string) {
	p.touched()
	p.Lock()
	m := p.more.Load()
	report := m.listed && !m.reported
	if report {
		m.reported = true
		m.overdue.Stop()
	}
	p.Unlock()
	if report {
		p.logAbandoned(stack)
	}
}

// unlistAbandoned undoes listAbandoned: the goroutine has left. The lock must be
// held; it is not when unlistAbandoned returns.
//
//go:noinline
func (p *Process) unlistAbandoned(m *more) {
	m.listed = false
	m.overdue.Stop()
	m.overdue = nil
	p.Unlock()
	p.sys.abandoned.remove(p)
}
