package mailbox

import "slices"

// Drain empties the box and returns what was in it, in arrival order: messages,
// and envelopes as they are. What the owner has in its hands stays there. The
// lock must be held.
func (b *Box) Drain() []any {
	if b.parts == nil && b.state != waiting {
		return nil // without the frame that sorting needs: most ends come to this
	}
	return b.drainAll()
}

//go:noinline
func (b *Box) drainAll() []any {
	items := b.drain()
	if len(items) == 0 {
		return nil
	}
	entries := make([]any, len(items))
	for i, it := range items {
		entries[i] = it.entry
	}
	return entries
}

// Hand returns the message in the owner's hands, if there is one: a selector
// has panicked over it, or the owner did not get to look at it. The owner calls
// it.
func (b *Box) Hand() (entry any, ok bool) {
	if !b.full {
		return nil, false
	}
	entry, b.slot, b.full = b.slot, nil, false
	return entry, true
}

// Empty reports whether nothing waits and the owner has nothing in its hands.
// The owner asks, with the lock held.
func (b *Box) Empty() bool {
	return !b.full && b.state != waiting && (b.parts == nil || b.Len() == 0)
}

// Flush is Drain by the owner, between receives: what it has in its hands comes
// out, too, in its place.
func (b *Box) Flush() []any {
	if b.full {
		b.setSlotAside()
	}
	return b.Drain()
}

// PutBack gives what the owner has in its hands back to the mailbox, to its
// place. The owner calls it, with the lock held, when a receive ends without
// having decided about it.
func (b *Box) PutBack() {
	if !b.full {
		return
	}
	if b.stocked {
		b.setSlotAside() // a batch that is younger may have been begun
		return
	}
	b.full = false
	if returned(b.slot) {
		b.state = waiting
	} else {
		b.slot = nil
	}
}

func (b *Box) drain() []item {
	var all []item
	if p := b.parts; p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		all = p.store.drain(all)
		all = p.batch.drain(all)
	}
	if b.state == waiting {
		all = append(all, item{b.slotAt, b.slot})
		b.slot, b.state = nil, free
	}
	if p := b.parts; p != nil {
		b.arrival += uint64(p.inbox.len)
		all = p.inbox.drain(all)
		p.withdrawn, p.holes = 0, 0
	}
	all = slices.DeleteFunc(all, func(it item) bool { return it.withdrawn() })
	for _, it := range all {
		if e, ok := it.entry.(*Envelope); ok {
			e.state.Store(envelopeTaken)
		}
	}
	slices.SortFunc(all, func(a, b item) int {
		if a.arrival < b.arrival {
			return -1
		}
		return 1 // never equal
	})
	return all
}

// DropOldest takes the oldest message out that was not sent by the runtime, and
// returns its entry. What the owner has in its hands is not considered. The
// lock must be held.
func (b *Box) DropOldest() (entry any, ok bool) {
	p := b.parts
	if p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
		if entry, ok = p.store.dropOldest(); ok {
			return entry, true
		}
		if entry, ok = p.dropOldest(p.batch.current, p.batch.at); ok {
			return entry, true
		}
	}
	if b.state == waiting && droppable(b.slot) {
		entry, b.slot, b.state = b.slot, nil, free
		return taken(entry), true
	}
	if p != nil {
		return p.dropOldest(p.inbox.head, 0)
	}
	return nil, false
}

// droppable reports whether an entry may be dropped to make room.
func droppable(entry any) bool {
	e, ok := entry.(*Envelope)
	return !ok || e.state.Load() == envelopeWaiting && !e.Runtime
}

func taken(entry any) any {
	if e, ok := entry.(*Envelope); ok {
		e.state.Store(envelopeTaken)
	}
	return entry
}

func (s *store) dropOldest() (entry any, ok bool) {
	var oldest place
	for _, q := range s.queues {
		if q.live == 0 {
			continue
		}
		for at := q.begin(); at.valid(); at.next() {
			if droppable(at.item().entry) {
				if !oldest.valid() || at.item().arrival < oldest.item().arrival {
					oldest = at
				}
				break
			}
		}
	}
	if !oldest.valid() {
		return nil, false
	}
	entry = oldest.item().entry
	s.remove(oldest)
	return taken(entry), true
}

// hole is the entry that a dropped one leaves in a chunk, where the places of
// entries tell their arrival.
var hole = new(Envelope)

func (p *parts) dropOldest(c *chunk, from int) (entry any, ok bool) {
	for ; c != nil; c, from = c.next, 0 {
		for i := from; i < len(c.entries); i++ {
			if entry = c.entries[i]; droppable(entry) {
				c.entries[i] = hole
				p.holes++
				return taken(entry), true
			}
		}
	}
	return nil, false
}
