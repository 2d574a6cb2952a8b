// Package mailbox keeps the messages that wait for one process, so that a
// selective receive finds its message by type.
//
// A [Box] has two stages. Senders append to the inbox under the lock of the
// process, held for a few instructions. The owner takes the whole inbox as its
// batch, and works on that under a lock of its own that senders do not touch;
// messages which the running receive does not want move from the batch to the
// store, one queue for each dynamic type, with their arrival numbers. A receive
// by type compares the heads of the queues that it names: what else is stored
// does not matter.
//
// In front of both is a slot for a single message. It makes a process that
// waits for each of its messages as cheap as a channel: no memory but the
// process's own is needed, and a message is handed to a waiting receiver, who
// need not take the lock again to get it.
//
// Nothing is copied as a backlog grows, and what is taken is not kept.
//
// # Locks
//
// "The lock" below is that of the process which the box belongs to; each
// method says whether it must be held. The owner's lock, inside the box, is
// taken second where both are. With both held, all of the box may be read and
// changed, but for a slot that is in the owner's hands.
package mailbox

import (
	"sync"

	"github.com/harkgo/hark/pkg/sel"
)

// Box is a mailbox. Its zero value is empty and ready for use.
type Box struct {
	// Exact makes Len count a message until the very moment it is accepted, at
	// the price of the slot. It is set before the first message, or never.
	Exact bool

	// The owner's alone.
	full    bool      // the slot, in the owner's hands, still has its message
	stocked bool      // mine may hold messages
	state   slotState // guarded by the lock
	mine    *parts    // parts, as far as the owner knows
	known   *memo

	// Guarded by the lock. While the inbox is in use, senders only read it.
	slot    any
	slotAt  uint64 // arrival number of the slot's message
	arrival uint64 // number of the latest arrival before those of the inbox; the first is 1
	parts   *parts // nil until more than the slot is needed
	asked   *memo
}

// cacheLine is the distance at which processors do not get into each other's
// way: two lines, for they are fetched in pairs.
const cacheLine = 128

type slotState uint8

const (
	free    slotState = iota
	waiting           // has a message that is in the mailbox
	owned             // in the owner's hands, until it next holds the lock
)

// parts is what a box has beyond the slot.
type parts struct {
	inbox inbox // guarded by the lock

	// What senders write and what the owner writes must not share a cache line,
	// or the two wait for each other at each message.
	_ [cacheLine]byte

	mu sync.Mutex // the owner's lock
	batch
	store
	holes int // in the chunks of inbox and batch
}

// Put adds a message. With toReceiver, a receiver is parked that wants it: it
// then finds the message in its hands, or in the inbox. The lock must be held.
func (b *Box) Put(message any, toReceiver bool) {
	if e, ok := message.(*Envelope); ok {
		e.state.Store(envelopeWaiting)
	}
	if !b.Exact && b.state == free && (b.parts == nil || b.parts.inbox.head == nil) {
		b.arrival++
		b.slot, b.slotAt, b.state = message, b.arrival, waiting
		if toReceiver {
			b.hand()
		}
		return
	}
	if b.parts == nil {
		b.parts = new(parts)
	}
	b.parts.inbox.append(message, b.arrival)
}

// hand puts the slot's message into the owner's hands.
func (b *Box) hand() {
	b.state, b.full = owned, true
	if e, ok := b.slot.(*Envelope); ok {
		e.state.Store(envelopeInHand)
	}
}

// Reserve gives a message that does not go through the box, but straight into
// the hands of a receiver that waits for it, its place in the order of arrival:
// the slot's. It reports false if the mailbox is not empty. The lock must be
// held.
func (b *Box) Reserve() bool {
	if b.Exact || b.state != free || b.parts != nil && b.parts.inbox.head != nil {
		return false
	}
	b.arrival++
	b.slotAt, b.state = b.arrival, owned
	return true
}

// Keep puts the message for which a place was reserved into the box, as if it
// had gone through the slot. The owner calls it.
func (b *Box) Keep(entry any) {
	if e, ok := entry.(*Envelope); ok {
		e.state.Store(envelopeInHand)
	}
	b.slot, b.full = entry, true
}

// Nothing reports whether nothing has arrived since the last Gather, and then
// does what Gather would. The owner calls it with the lock held.
func (b *Box) Nothing() bool {
	if b.full || b.state == waiting || b.parts != nil && b.parts.inbox.head != nil {
		return false
	}
	b.state = free
	return true
}

// Gather makes what has arrived visible to Take and to cursors, and reports
// whether there is anything new. The owner calls it with the lock held, after
// Take or Next has found nothing.
func (b *Box) Gather() bool {
	if b.full { // looked at, and not wanted
		b.setSlotAside()
	}
	switch b.state {
	case owned:
		b.state = free
	case waiting:
		b.hand()
	}
	b.mine = b.parts
	if p := b.mine; p != nil && p.inbox.head != nil {
		b.arrival += uint64(p.inbox.len)
		p.mu.Lock()
		p.batch.begin(&p.inbox)
		p.mu.Unlock()
		b.stocked = true
		return true
	}
	return b.full
}

// TakeOnly takes the message in the owner's hands, if nothing else has been
// gathered and the first alternative that admits it is a certain one: which. Of is
// what its envelope belongs to. The owner calls it without the lock.
func (b *Box) TakeOnly(one sel.Pattern, many []sel.Pattern) (which int, message, of any, ok bool) {
	if !b.full || b.stocked {
		return 0, nil, nil, false
	}
	t := sel.TypeOf(contents(b.slot))
	certain := one.Certain
	if many == nil {
		ok = b.admits(one, t)
	} else {
		for i := range many {
			if b.admits(many[i], t) {
				which, certain, ok = i, many[i].Certain, true
				break
			}
		}
	}
	if !ok || !certain {
		return 0, nil, nil, false
	}
	of = belonging(b.slot)
	message, ok = receivedFromHand(b.slot)
	b.slot, b.full = nil, false
	return which, message, of, ok
}

// Holds reports whether there is something gathered that may not have been looked
// at. The owner calls it without the lock.
func (b *Box) Holds() bool { return b.full || b.stocked }

// Shrink gives back what an empty box keeps for the messages to come. The owner
// calls it with the lock held, when nothing has arrived since the last Gather.
func (b *Box) Shrink() {
	b.known, b.asked = nil, nil
	p := b.parts
	if p == nil {
		return
	}
	p.mu.Lock()
	empty := p.store.live == 0 && p.batch.current == nil && p.inbox.head == nil && p.withdrawn == 0 && p.holes == 0
	p.mu.Unlock()
	if empty {
		b.parts, b.mine, b.stocked = nil, nil, false
	}
}

// setSlotAside stores the slot's message. The owner calls it, with the lock
// held unless it knows the parts.
func (b *Box) setSlotAside() {
	if b.mine == nil {
		if b.parts == nil {
			b.parts = new(parts)
		}
		b.mine = b.parts
	}
	b.mine.mu.Lock()
	if returned(b.slot) {
		b.mine.store.add(b.slot, b.slotAt)
	}
	b.mine.mu.Unlock()
	b.slot, b.full, b.stocked = nil, false, true
}

// Take takes the oldest of the gathered messages that the pattern, a certain
// one, admits. The owner calls it without the lock.
func (b *Box) Take(pattern sel.Pattern) (message any, ok bool) {
	if b.full {
		if !b.stocked && pattern.Kind == sel.Exactly && sel.TypeOf(b.slot) == pattern.Type {
			message = b.slot
			b.slot, b.full = nil, false
			return message, true
		}
		return b.takeBesideSlot(pattern)
	}
	if !b.stocked {
		return nil, false
	}
	p := b.mine
	p.mu.Lock()
	if p.store.live > 0 {
		message, ok = b.takeStored(pattern)
	}
	if !ok {
		message, ok = b.takeBatch(pattern)
		if !ok && p.store.live == 0 {
			b.stocked = false
		}
	}
	p.mu.Unlock()
	return message, ok
}

// takeBesideSlot is Take where the slot has a message: one that is younger than
// the store and older than the batch.
func (b *Box) takeBesideSlot(pattern sel.Pattern) (message any, ok bool) {
	if b.stocked {
		p := b.mine
		p.mu.Lock()
		if p.store.live > 0 {
			message, ok = b.takeStored(pattern)
		}
		p.mu.Unlock()
		if ok {
			return message, true
		}
	}
	if b.admits(pattern, sel.TypeOf(contents(b.slot))) {
		message, ok = receivedFromHand(b.slot)
		b.slot, b.full = nil, false
		if ok {
			return message, true
		}
	}
	if b.mine == nil {
		return nil, false // Gather sets it aside
	}
	if b.full {
		b.setSlotAside()
	}
	p := b.mine
	p.mu.Lock()
	message, ok = b.takeBatch(pattern)
	p.mu.Unlock()
	return message, ok
}
