package mailbox

// Envelope is an entry that can be withdrawn as long as it waits, or of which
// more must be known than its message. Receivers get the message in it.
type Envelope struct {
	Message any
	Of      any  // what the envelope belongs to
	Runtime bool // sent by the runtime: not dropped to make room

	state envelopeState
}

type envelopeState uint8

const (
	envelopeNew envelopeState = iota
	envelopeWaiting
	envelopeTaken     // received, or in the receiver's hands
	envelopeWithdrawn // waits only to be swept
	envelopeDropped   // of the place of a message that was dropped
)

// contents is the message of an entry.
func contents(entry any) any {
	if e, ok := entry.(*Envelope); ok {
		return e.Message
	}
	return entry
}

// received marks an entry as received and returns its message, which is not
// kept.
func received(entry any) any {
	e, ok := entry.(*Envelope)
	if !ok {
		return entry
	}
	message := e.Message
	e.state, e.Message = envelopeTaken, nil
	return message
}

// receivedFromSlot is received for an entry that is in the owner's hands, and
// has been marked when it got there.
func receivedFromSlot(entry any) any {
	e, ok := entry.(*Envelope)
	if !ok {
		return entry
	}
	message := e.Message
	e.Message = nil
	return message
}

// Withdraw takes e, which has been put into b, out of it again. It reports
// false if e has been received, or withdrawn before. The lock must be held.
func (b *Box) Withdraw(e *Envelope) bool {
	if p := b.parts; p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
	}
	if e.state != envelopeWaiting {
		return false
	}
	switch {
	case b.state == waiting && b.slot == any(e):
		b.slot, b.state = nil, free
	case b.parts != nil:
		b.parts.withdrawn++
	default:
		return false // not of this box
	}
	e.state = envelopeWithdrawn
	e.Message, e.Of = nil, nil
	return true
}

// Sweep removes withdrawn envelopes if there are many of them beside what
// waits. The owner calls it, between receives, with the lock held.
func (b *Box) Sweep() {
	const few = 64
	p := b.parts
	if p == nil {
		return
	}
	p.mu.Lock()
	many := p.withdrawn > few && 2*p.withdrawn > p.store.live+p.batch.len()+p.inbox.len
	p.mu.Unlock()
	if !many {
		return
	}
	if b.full {
		b.setSlotAside()
	}
	entries := b.drain()
	p.mu.Lock()
	for _, it := range entries {
		if e, ok := it.entry.(*Envelope); ok {
			e.state = envelopeWaiting
		}
		p.store.add(it.entry, it.arrival)
	}
	p.mu.Unlock()
	b.mine, b.stocked = p, true
}

// Waits reports whether e is in the mailbox. The lock must be held.
func (b *Box) Waits(e *Envelope) bool {
	if p := b.parts; p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
	}
	return e.state == envelopeWaiting
}
