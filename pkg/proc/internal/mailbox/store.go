package mailbox

import "github.com/harkgo/hark/pkg/sel"

// store keeps the messages that were set aside, by dynamic type.
type store struct {
	queues    []*queue // of each type there has been, in order of appearance
	byType    map[sel.Type]*queue
	latest    *queue // the one used last
	live      int    // messages in all queues, withdrawn ones included
	withdrawn int    // envelopes anywhere in the box that only wait to be swept
}

// manyTypes is the number of queues from which they are found through a map.
const manyTypes = 8

// find returns the queue of a type, or nil.
func (s *store) find(t sel.Type) *queue {
	if s.latest != nil && s.latest.of == t {
		return s.latest
	}
	if s.byType != nil {
		if q := s.byType[t]; q != nil {
			s.latest = q
			return q
		}
		return nil
	}
	for _, q := range s.queues {
		if q.of == t {
			s.latest = q
			return q
		}
	}
	return nil
}

// add appends an entry. Arrival numbers must grow within each type.
func (s *store) add(entry any, arrival uint64) {
	t := sel.TypeOf(contents(entry))
	q := s.find(t)
	if q == nil {
		q = &queue{of: t}
		s.queues = append(s.queues, q)
		if s.byType != nil {
			s.byType[t] = q
		} else if len(s.queues) > manyTypes {
			s.byType = make(map[sel.Type]*queue)
			for _, q := range s.queues {
				s.byType[q.of] = q
			}
		}
		s.latest = q
	}
	q.append(item{arrival, entry})
	s.live++
}

// takeStored takes the oldest stored message that pattern admits.
func (b *Box) takeStored(pattern sel.Pattern) (message any, ok bool) {
	p := b.mine
	var from *queue
	if pattern.Kind == sel.Exactly {
		if from = p.find(pattern.Type); from == nil || !p.settle(from) {
			return nil, false
		}
	} else {
		for _, q := range p.queues {
			if q.live > 0 && b.admits(pattern, q.of) && p.settle(q) &&
				(from == nil || q.head().arrival < from.head().arrival) {
				from = q
			}
		}
		if from == nil {
			return nil, false
		}
	}
	entry := from.head().entry
	p.store.remove(from.begin())
	return received(entry), true
}

// settle drops withdrawn envelopes from the head of q. It reports whether
// there is a head then.
func (s *store) settle(q *queue) bool {
	for q.live > 0 {
		if !q.head().withdrawn() {
			return true
		}
		s.remove(q.begin())
		s.withdrawn--
	}
	return false
}

// remove takes out the item at a place.
func (s *store) remove(at place) {
	at.queue.remove(at)
	s.live--
}

func (s *store) drain(to []item) []item {
	for _, q := range s.queues {
		for at := q.begin(); at.valid(); at.next() {
			to = append(to, *at.item())
			*at.item() = item{} // a cursor may stand here
		}
	}
	*s = store{withdrawn: s.withdrawn}
	return to
}
