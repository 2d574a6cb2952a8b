package event

// ring is a queue that grows up to a limit, and gives back what a crowd had needed.
type ring[M any] struct {
	limit  int
	slots  []M
	oldest int
	len    int
}

func (r *ring[M]) full() bool { return r.len == r.limit }

// push adds m. The ring must not be full.
func (r *ring[M]) push(m M) {
	if r.len == len(r.slots) {
		r.resize(min(max(4, 2*r.len), r.limit))
	}
	i := r.oldest + r.len
	if i >= len(r.slots) {
		i -= len(r.slots)
	}
	r.slots[i] = m
	r.len++
}

// pop takes the oldest. The ring must not be empty.
func (r *ring[M]) pop() M {
	var none M
	m := r.slots[r.oldest]
	r.slots[r.oldest] = none
	if r.oldest++; r.oldest == len(r.slots) {
		r.oldest = 0
	}
	r.len--
	if room := len(r.slots); room > smallRing && 4*r.len <= room {
		r.resize(room / 2)
	}
	return m
}

// smallRing is how many slots are kept when they are not needed.
const smallRing = 64

func (r *ring[M]) resize(room int) {
	slots := make([]M, room)
	for i := range r.len {
		slots[i] = r.slots[(r.oldest+i)%len(r.slots)]
	}
	r.slots, r.oldest = slots, 0
}
