package sup

import "time"

// alarm rings once at its time. It is part of what it rings for.
type alarm struct {
	due   time.Duration
	place int // in the heap, from 1; 0: not set
	of    ringer
}

// ringer is what an alarm rings for.
type ringer interface{ ring() }

// alarms are the alarms of one supervisor that are set: a heap, the earliest on
// top. Most are cancelled: a child that is asked to end does, long before its
// time is up. So they are kept here, and only one timer runs for all of them.
type alarms []*alarm

// set sets an alarm, for the first time or to another time.
func (h *alarms) set(a *alarm, due time.Duration, of ringer) {
	a.due, a.of = due, of
	if a.place == 0 {
		*h = append(*h, a)
		a.place = len(*h)
	}
	h.settle(a)
}

// cancel makes sure that an alarm does not ring.
func (h *alarms) cancel(a *alarm) {
	if a.place == 0 {
		return
	}
	last := (*h)[len(*h)-1]
	(*h)[len(*h)-1] = nil
	*h = (*h)[:len(*h)-1]
	if last != a {
		(*h)[a.place-1] = last
		last.place = a.place
		h.settle(last)
	}
	a.place, a.of = 0, nil
}

// first is when the earliest one is due, if there is any.
func (h alarms) first() (time.Duration, bool) {
	if len(h) == 0 {
		return 0, false
	}
	return h[0].due, true
}

// take takes out the earliest one that is due at now.
func (h *alarms) take(now time.Duration) (ringer, bool) {
	if due, ok := h.first(); !ok || due > now {
		return nil, false
	}
	of := (*h)[0].of
	h.cancel((*h)[0])
	return of, true
}

// settle moves a to where it belongs.
func (h alarms) settle(a *alarm) {
	for a.place > 1 && a.due < h[a.place/2-1].due {
		h.swap(a, h[a.place/2-1])
	}
	for {
		child := 2 * a.place
		if child > len(h) {
			return
		}
		if child < len(h) && h[child].due < h[child-1].due {
			child++
		}
		if h[child-1].due >= a.due {
			return
		}
		h.swap(a, h[child-1])
	}
}

func (h alarms) swap(a, b *alarm) {
	a.place, b.place = b.place, a.place
	h[a.place-1], h[b.place-1] = a, b
}
