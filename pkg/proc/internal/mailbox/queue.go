package mailbox

import "github.com/harkgo/hark/pkg/sel"

// item is a stored entry. Arrival 0 marks a hole: an entry that was taken out
// from between others.
type item struct {
	arrival uint64
	entry   any
}

func (it *item) withdrawn() bool {
	e, ok := it.entry.(*Envelope)
	return ok && (e.state.Load() == envelopeWithdrawn || e.state.Load() == envelopeNowhere)
}

// queue holds the stored messages of one dynamic type in arrival order, in
// segments that are never copied. Its head is never a hole.
type queue struct {
	of          sel.Type
	first, last *segment
	start       int // head, in first
	live, holes int
}

type segment struct {
	next  *segment
	items []item
}

func (q *queue) append(it item) {
	l := q.last
	if l == nil || len(l.items) == cap(l.items) {
		size := smallestChunk
		if l != nil {
			size = min(2*cap(l.items), largestChunk)
		}
		n := &segment{items: make([]item, 0, size)}
		if l == nil {
			q.first, q.start = n, 0
		} else {
			l.next = n
		}
		q.last, l = n, n
	}
	l.items = append(l.items, it)
	q.live++
}

// head is the oldest item; there must be one.
func (q *queue) head() *item { return &q.first.items[q.start] }

// place is a position in a queue.
type place struct {
	queue   *queue
	segment *segment
	index   int
}

func (q *queue) begin() place {
	return place{q, q.first, q.start}
}

func (at *place) valid() bool { return at.segment != nil && at.index < len(at.segment.items) }
func (at *place) item() *item { return &at.segment.items[at.index] }

// next moves to the next item that is not a hole.
func (at *place) next() {
	at.index++
	at.passHoles()
}

func (at *place) passHoles() {
	for at.segment != nil {
		for ; at.index < len(at.segment.items); at.index++ {
			if at.segment.items[at.index].arrival != 0 {
				return
			}
		}
		if at.segment.next == nil {
			return
		}
		at.segment, at.index = at.segment.next, 0
	}
}

// remove takes out the item at a place of q. Places elsewhere in q stay valid.
func (q *queue) remove(at place) {
	*at.item() = item{}
	q.live--
	if q.live == 0 {
		// Give the memory back; a queue that is in use keeps a small piece.
		q.start, q.holes = 0, 0
		if q.first == q.last && cap(q.first.items) <= smallestChunk {
			q.first.items = q.first.items[:0]
			return
		}
		q.first, q.last = nil, nil
		return
	}
	if at.segment != q.first || at.index != q.start {
		q.holes++
		return
	}
	// The head moves on, over the holes that follow it.
	for {
		if at.index++; at.index == len(at.segment.items) {
			at.segment, at.index = at.segment.next, 0
		}
		if at.item().arrival != 0 {
			break
		}
		q.holes--
	}
	q.first, q.start = at.segment, at.index
}

// compact closes the holes if they have become more than the rest. No place of
// q may be in use.
func (q *queue) compact() {
	const few = 32
	if q.holes < few || q.holes < q.live {
		return
	}
	old := q.begin()
	q.first, q.last, q.start, q.live, q.holes = nil, nil, 0, 0, 0
	for ; old.valid(); old.next() {
		q.append(*old.item())
	}
}
