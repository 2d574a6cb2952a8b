package mailbox

import "github.com/harkgo/hark/pkg/sel"

// chunk is a piece of the inbox or of a batch: entries in arrival order.
type chunk struct {
	next    *chunk
	first   uint64 // arrival number of entries[0]
	entries []any  // never grown past its capacity
}

const (
	smallestChunk = 8
	largestChunk  = 512
	largestSpare  = 256
)

// inbox is where senders append. Its chunks double in size, so that a short
// queue is small and a long one has little overhead.
type inbox struct {
	head, tail *chunk
	spare      *chunk // an empty chunk to use again
	len        int
}

// append adds an entry. before is the number of the arrival before those of the
// inbox.
func (in *inbox) append(entry any, before uint64) {
	t := in.tail
	if t == nil || len(t.entries) == cap(t.entries) {
		t = in.grow(before)
	}
	t.entries = append(t.entries, entry)
	in.len++
}

func (in *inbox) grow(before uint64) *chunk {
	c := in.spare
	in.spare = nil
	if c == nil {
		size := smallestChunk
		if in.tail != nil {
			size = min(2*cap(in.tail.entries), largestChunk)
		}
		c = &chunk{entries: make([]any, 0, size)}
	}
	c.first = before + 1 + uint64(in.len)
	if in.tail == nil {
		in.head = c
	} else {
		in.tail.next = c
	}
	in.tail = c
	return c
}

func (in *inbox) drain(to []item) []item {
	for c := in.head; c != nil; c = c.next {
		for i, entry := range c.entries {
			to = append(to, item{c.first + uint64(i), entry})
		}
	}
	*in = inbox{}
	return to
}

// batch is what the owner has taken over from the inbox and not yet looked at.
type batch struct {
	current *chunk
	at      int // next entry of current
	used    *chunk
}

// begin takes over the inbox. The batch must be empty.
func (b *batch) begin(in *inbox) {
	b.current, b.at = in.head, 0
	in.head, in.tail, in.len = nil, nil, 0
	if in.spare == nil {
		in.spare, b.used = b.used, nil
	}
}

// peek returns the next entry.
func (b *batch) peek() (entry any, arrival uint64, ok bool) {
	c := b.current
	if c == nil {
		return nil, 0, false
	}
	return c.entries[b.at], c.first + uint64(b.at), true
}

// advance passes over the entry that peek has returned, and forgets it.
func (b *batch) advance() {
	c := b.current
	c.entries[b.at] = nil
	b.at++
	if b.at < len(c.entries) {
		return
	}
	b.current, b.at = c.next, 0
	c.next, c.entries = nil, c.entries[:0]
	if cap(c.entries) <= largestSpare && (b.used == nil || cap(b.used.entries) < cap(c.entries)) {
		b.used = c
	}
}

func (b *batch) len() int {
	n := -b.at
	for c := b.current; c != nil; c = c.next {
		n += len(c.entries)
	}
	return n
}

func (b *batch) drain(to []item) []item {
	for {
		entry, arrival, ok := b.peek()
		if !ok {
			b.used = nil
			return to
		}
		to = append(to, item{arrival, entry})
		b.advance()
	}
}

// skip advances past an entry, the batch's next one, if it waits no more.
func (p *parts) skip(entry any) bool {
	e, ok := entry.(*Envelope)
	if !ok {
		return false
	}
	state := e.state.Load()
	if state == envelopeWaiting {
		return false
	}
	if state == envelopeWithdrawn {
		p.withdrawn--
	} else {
		p.holes--
	}
	p.batch.advance()
	return true
}

// takeBatch takes the first message of the batch that pattern admits, and
// stores those before it.
func (b *Box) takeBatch(pattern sel.Pattern) (message any, ok bool) {
	p := b.mine
	for {
		entry, arrival, more := p.batch.peek()
		if !more {
			return nil, false
		}
		if p.skip(entry) {
			continue
		}
		if b.admits(pattern, sel.TypeOf(contents(entry))) {
			p.batch.advance()
			return received(entry), true
		}
		p.store.add(entry, arrival)
		p.batch.advance()
	}
}
