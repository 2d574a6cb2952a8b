package mailbox

import "sync/atomic"

// Envelope is an entry that can be withdrawn as long as it waits, or of which
// more must be known than its message. Receivers get the message in it.
type Envelope struct {
	Message any
	Of      any  // what the envelope belongs to
	Runtime bool // sent by the runtime: not dropped to make room

	// Written with the locks of where the envelope is; but in the owner's hands
	// it is received, or withdrawn, by whoever is first.
	state atomic.Uint32
}

const (
	envelopeNowhere uint32 = iota // not sent yet; and what takes the place of a dropped message
	envelopeWaiting
	envelopeInHand // of the receiver, who may take it or not
	envelopeTaken
	envelopeWithdrawn // waits only to be swept
)

// contents is the message of an entry.
func contents(entry any) any {
	if e, ok := entry.(*Envelope); ok {
		return e.Message
	}
	return entry
}

// belonging is the Of of an entry.
func belonging(entry any) any {
	if e, ok := entry.(*Envelope); ok {
		return e.Of
	}
	return nil
}

// received marks an entry as received and returns its message, which is not
// kept.
func received(entry any) any {
	e, ok := entry.(*Envelope)
	if !ok {
		return entry
	}
	message := e.Message
	e.Message = nil
	e.state.Store(envelopeTaken)
	return message
}

// receivedFromHand is received for an entry that is in the owner's hands. It
// reports false if it has been withdrawn there.
func receivedFromHand(entry any) (message any, ok bool) {
	e, enveloped := entry.(*Envelope)
	if !enveloped {
		return entry, true
	}
	if !e.state.CompareAndSwap(envelopeInHand, envelopeTaken) {
		return nil, false
	}
	message = e.Message
	e.Message = nil
	return message, true
}

// returned marks an entry that goes from the owner's hands back to the mailbox.
// It reports false if it has been withdrawn.
func returned(entry any) bool {
	e, ok := entry.(*Envelope)
	return !ok || e.state.CompareAndSwap(envelopeInHand, envelopeWaiting)
}

// Withdraw takes e, which has been put into b, out of it again. It reports
// false if e has been received, or withdrawn before. The lock must be held.
func (b *Box) Withdraw(e *Envelope) bool {
	if p := b.parts; p != nil {
		p.mu.Lock()
		defer p.mu.Unlock()
	}
	switch e.state.Load() {
	case envelopeInHand:
		// The owner finds out when it has made up its mind.
		return e.state.CompareAndSwap(envelopeInHand, envelopeWithdrawn)
	case envelopeWaiting:
	default:
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
	e.state.Store(envelopeWithdrawn)
	e.Message, e.Of = nil, nil
	return true
}

// Waits reports whether e is in the mailbox, or in the owner's hands. The lock
// must be held.
func (b *Box) Waits(e *Envelope) bool {
	s := e.state.Load()
	return s == envelopeWaiting || s == envelopeInHand
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
			e.state.Store(envelopeWaiting)
		}
		p.store.add(it.entry, it.arrival)
	}
	p.mu.Unlock()
	b.mine, b.stocked = p, true
}
