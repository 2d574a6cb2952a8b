package mailbox

import "github.com/harkgo/hark/pkg/sel"

// Cursor is one receive with a selector that has predicates, projections or
// several alternatives. It walks over the candidates, the messages that some
// alternative admits, in arrival order: Next, then Accept, or Next again.
// The zero Cursor is ready for Begin, and so is one after End.
type Cursor struct {
	box  *Box
	one  sel.Pattern
	many []sel.Pattern

	// The stored candidates that are next in their queues. The first ones are
	// in the cursor itself.
	stored bool
	few    [fewPlaces]place
	n      int
	rest   []place

	// The present candidate.
	where   where
	at      int // in places
	message any
	arrival uint64

	of any // of the envelope that was accepted
}

type where uint8

const (
	nowhere where = iota
	inStore
	inSlot
	inBatch
)

const fewPlaces = 4

func (c *Cursor) place(i int) *place {
	if i < fewPlaces {
		return &c.few[i]
	}
	return &c.rest[i-fewPlaces]
}

// Begin starts a receive with the alternatives that sel.MessageSelector.Index
// returns.
func (c *Cursor) Begin(b *Box, one sel.Pattern, many []sel.Pattern) {
	c.box, c.one, c.many = b, one, many
	if !b.stocked {
		return
	}
	p := b.mine
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.store.live == 0 {
		return
	}
	c.stored = true
	if many == nil {
		c.addFor(p, one)
	}
	for _, pattern := range many {
		if !c.addFor(p, pattern) {
			return
		}
	}
}

// addFor adds the queues that one pattern names. It reports false if it has
// added those of all patterns.
func (c *Cursor) addFor(p *parts, pattern sel.Pattern) bool {
	if pattern.Kind == sel.Exactly {
		if q := p.find(pattern.Type); q != nil && q.live > 0 && !c.has(q) {
			c.add(q)
		}
		return true
	}
	// Any queue may have it: see which do.
	c.n, c.rest = 0, nil
	for _, q := range p.queues {
		if q.live > 0 && c.admits(q.of) {
			c.add(q)
		}
	}
	return false
}

// admits reports whether any alternative admits messages of type t.
func (c *Cursor) admits(t sel.Type) bool {
	if c.many == nil {
		return c.box.admits(c.one, t)
	}
	for _, p := range c.many {
		if c.box.admits(p, t) {
			return true
		}
	}
	return false
}

func (c *Cursor) add(q *queue) {
	q.compact()
	if c.n >= fewPlaces {
		c.rest = append(c.rest, place{})
	}
	c.n++
	*c.place(c.n - 1) = q.begin()
}

func (c *Cursor) has(q *queue) bool {
	for i := range c.n {
		if c.place(i).queue == q {
			return true
		}
	}
	return false
}

// Admits reports whether alternative i admits the present candidate.
func (c *Cursor) Admits(i int) bool {
	pattern := c.one
	if c.many != nil {
		pattern = c.many[i]
	}
	return c.box.admits(pattern, sel.TypeOf(c.message))
}

// Next passes over the present candidate and returns the next one. ok is false
// if there is none among what has been gathered; after another Gather, Next
// goes on with what is new.
func (c *Cursor) Next() (message any, ok bool) {
	b := c.box
	if c.stored {
		b.mine.mu.Lock()
		ok = c.nextStored()
		b.mine.mu.Unlock()
		if ok {
			return c.message, true
		}
		c.stored, c.where = false, nowhere
	}
	if b.full {
		if c.where == nowhere && c.admits(sel.TypeOf(contents(b.slot))) {
			c.where, c.message = inSlot, contents(b.slot)
			return c.message, true
		}
		c.where, c.message = nowhere, nil
		if b.mine == nil {
			return nil, false // nothing else has been gathered; Gather sets it aside
		}
		b.setSlotAside()
	}
	if b.stocked {
		b.mine.mu.Lock()
		ok = c.nextInBatch()
		if !ok && b.mine.store.live == 0 {
			b.stocked = false
		}
		b.mine.mu.Unlock()
	}
	if !ok {
		c.where, c.message = nowhere, nil
	}
	return c.message, ok
}

// nextStored finds the oldest candidate in the store.
func (c *Cursor) nextStored() bool {
	if c.where == inStore {
		if at := c.place(c.at); at.valid() {
			at.next()
		}
	}
	c.where = nowhere
	for i := range c.n {
		at := c.place(i)
		for at.valid() && (at.item().arrival == 0 || at.item().withdrawn()) {
			at.next()
		}
		if at.valid() && (c.where == nowhere || at.item().arrival < c.arrival) {
			c.where, c.at, c.arrival = inStore, i, at.item().arrival
			c.message = contents(at.item().entry)
		}
	}
	return c.where == inStore
}

// nextInBatch finds the next candidate in the batch, and stores what is not one.
func (c *Cursor) nextInBatch() bool {
	p := c.box.mine
	for {
		entry, arrival, more := p.batch.peek()
		if !more {
			return false
		}
		passed := c.where == inBatch && arrival == c.arrival
		if p.skip(entry) {
			continue
		}
		message := contents(entry)
		if !passed && c.admits(sel.TypeOf(message)) {
			c.where, c.arrival, c.message = inBatch, arrival, message
			return true
		}
		p.store.add(entry, arrival)
		p.batch.advance()
	}
}

// Leave ends the receive, which has found nothing, in such a way that Left can tell
// whether it would still find nothing. The lock must be held.
func (c *Cursor) Leave() {
	one, many := c.one, c.many
	c.End()
	c.one, c.many, c.arrival = one, many, c.box.arrival
}

// Left reports whether nothing has come since Leave, and which alternatives the
// receive had. The owner calls it with the lock held, when nothing has arrived
// since the last Gather.
func (c *Cursor) Left() (one sel.Pattern, many []sel.Pattern, ok bool) {
	return c.one, c.many, c.arrival == c.box.arrival
}

// End forgets what the receive was about.
func (c *Cursor) End() {
	c.message, c.of, c.where, c.stored = nil, nil, nowhere, false
	c.one, c.many = sel.Pattern{}, nil
	if c.n > 0 {
		clear(c.few[:])
		c.n, c.rest = 0, nil
	}
}

// Accept takes the present candidate. It reports false if somebody else has
// taken it out of the mailbox meanwhile.
func (c *Cursor) Accept() bool {
	b := c.box
	if c.where == inSlot {
		if !b.full { // taken by a receive within a predicate
			return false
		}
		c.of = belonging(b.slot)
		_, ok := receivedFromHand(b.slot)
		b.slot, b.full = nil, false
		return ok
	}
	p := b.mine
	p.mu.Lock()
	defer p.mu.Unlock()
	if c.where == inStore {
		at := *c.place(c.at)
		if !at.valid() || at.item().arrival != c.arrival || at.item().withdrawn() {
			return false
		}
		c.of = belonging(at.item().entry)
		received(at.item().entry)
		p.store.remove(at)
		return true
	}
	entry, arrival, more := p.batch.peek()
	if !more || arrival != c.arrival || p.skip(entry) {
		return false
	}
	c.of = belonging(entry)
	received(entry)
	p.batch.advance()
	return true
}

// Of is what the envelope belongs to that has been accepted; nil for a message
// without one.
func (c *Cursor) Of() any { return c.of }
