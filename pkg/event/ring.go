package event

// ring is a queue that grows up to a limit.
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
		larger := make([]M, min(max(4, 2*r.len), r.limit))
		for i := range r.len {
			larger[i] = r.slots[(r.oldest+i)%r.len]
		}
		r.slots, r.oldest = larger, 0
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
	return m
}
