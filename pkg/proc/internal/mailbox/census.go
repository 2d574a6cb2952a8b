package mailbox

import "github.com/harkgo/hark/pkg/sel"

// Len is the number of messages that wait. What the owner has in its hands is
// not counted. The lock must be held. It costs what withdrawn messages cost
// that have not been swept, and one look at each chunk.
func (b *Box) Len() int {
	n := 0
	if b.state == waiting {
		n++
	}
	if p := b.parts; p != nil {
		p.mu.Lock()
		n += p.inbox.len + p.batch.len() + p.store.live - p.withdrawn - p.holes
		p.mu.Unlock()
	}
	return n
}

// Census counts the messages that wait by type. The lock must be held. It looks
// at each message of the inbox and the batch.
func (b *Box) Census() map[sel.Type]int {
	count := make(map[sel.Type]int)
	see := func(entry any) {
		if it := (item{entry: entry}); !it.withdrawn() {
			count[sel.TypeOf(contents(entry))]++
		}
	}
	if b.state == waiting {
		see(b.slot)
	}
	p := b.parts
	if p == nil {
		return count
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	for c := p.inbox.head; c != nil; c = c.next {
		for _, entry := range c.entries {
			see(entry)
		}
	}
	from := p.batch.at
	for c := p.batch.current; c != nil; c, from = c.next, 0 {
		for _, entry := range c.entries[from:] {
			see(entry)
		}
	}
	for _, q := range p.store.queues {
		if p.withdrawn == 0 {
			if q.live > 0 {
				count[q.of] += q.live
			}
			continue
		}
		for at := q.begin(); at.valid(); at.next() {
			see(at.item().entry)
		}
	}
	return count
}
