package event

import "slices"

// backlog is what is published for an observer whose replay is still being chosen: it
// comes after that, so that the order is kept. It passes on to a later registration of
// the same process.
type backlog[E any] struct {
	to    *observer[E] // as it is registered now, nil if it is forgotten
	sends []func() error
}

// keep adds one that is for an observer without a function.
func (b *backlog[E]) keep(o *observer[E], e E) {
	whole := o.whole
	b.sends = append(b.sends, func() error { return whole(e, e) })
}

// keepChosen adds one that the function of an observer has made.
func (b *backlog[E]) keepChosen(o *observer[E], m any) {
	chosen := o.chosen
	b.sends = append(b.sends, func() error { return chosen(m) })
}

// replay sends o, which has just been registered, the last n of what its function makes
// of events that have been. The lock must be held; it is not when replay returns.
func (t *Topic[E]) replay(o *observer[E], n int) {
	b := &backlog[E]{to: o}
	o.waits = b
	choose, chosen := o.choose, o.chosen
	var messages []any // the newest first
	complete := false
	defer func() { // also if a function calls Goexit
		t.mu.Lock()
		defer t.unlock()
		if complete {
			for _, m := range slices.Backward(messages) {
				t.sendTo(b, func() error { return chosen(m) })
			}
		} else if b.to == o { // it would miss what it has asked for
			t.register.remove(o)
		}
		for _, send := range b.sends {
			t.sendTo(b, send)
		}
		if b.to != nil {
			b.to.waits = nil
		}
		t.register.tidy()
	}()
	// The newest is asked about first, and as many as it takes.
	end := t.kept.seen
	for events := t.kept.before(end, n); len(events) > 0; {
		t.unlock()
		for _, e := range slices.Backward(events) {
			if m, ok := t.choose(choose, e); ok {
				messages = append(messages, m)
			}
			if len(messages) == n {
				break
			}
		}
		t.mu.Lock()
		if len(messages) == n || b.to == nil {
			break
		}
		end -= len(events)
		events = t.kept.before(end, 2*len(events))
	}
	t.unlock()
	complete = true
}

// sendTo sends something to whom b is for, unless it is forgotten. The lock must be held.
func (t *Topic[E]) sendTo(b *backlog[E], send func() error) {
	if b.to != nil {
		t.sent(b.to, send())
	}
}
