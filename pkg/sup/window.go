package sup

import "time"

// window counts restarts in a true sliding window: at each moment those of the
// last period, and no others. It costs the same however many there are.
type window struct {
	limit  int // as many are admitted; if they are Unlimited, they are not counted
	period time.Duration

	times []time.Duration // a ring, in order
	first int             // of the oldest
	len   int
}

// admit counts a restart at now, unless there are as many as may be. Calls come
// in order of time.
func (w *window) admit(now time.Duration) bool {
	if w.limit == Unlimited {
		return true
	}
	w.forget(now - w.period)
	if w.len >= w.limit {
		return false
	}
	if w.len == len(w.times) {
		w.grow()
	}
	w.times[(w.first+w.len)%len(w.times)] = now
	w.len++
	return true
}

// forget forgets what happened at until or before.
func (w *window) forget(until time.Duration) {
	for w.len > 0 && w.times[w.first] <= until {
		w.first = (w.first + 1) % len(w.times)
		w.len--
	}
	if w.len == 0 && len(w.times) > 1024 {
		w.times, w.first = nil, 0 // after a storm
	}
}

func (w *window) grow() {
	larger := make([]time.Duration, max(4, 2*len(w.times)))
	n := copy(larger, w.times[w.first:])
	copy(larger[n:], w.times[:w.first])
	w.times, w.first = larger, 0
}
