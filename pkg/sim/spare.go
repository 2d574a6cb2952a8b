package sim

import "sync"

// spare are traces that nobody needs any more, for the runs to come.
type spare struct {
	mu  sync.Mutex
	all [][]event
}

// put gives up a trace.
func (p *spare) put(events []event) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.all = append(p.all, events[:0])
}

// get is an empty trace.
func (p *spare) get() []event {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.all) == 0 {
		return nil
	}
	last := len(p.all) - 1
	events := p.all[last]
	p.all[last] = nil
	p.all = p.all[:last]
	return events
}
