package event

// history is the last events, up to a limit.
type history[E any] struct {
	limit  int
	events []E
	oldest int // index; 0 until there are as many as the limit
	seen   int // how many there have ever been
}

func (h *history[E]) add(e E) {
	h.seen++
	switch {
	case h.limit == 0:
	case len(h.events) < h.limit:
		h.events = append(h.events, e)
	default:
		h.events[h.oldest] = e
		h.oldest = (h.oldest + 1) % h.limit
	}
}

// last returns the last n, or as many as there are, oldest first.
func (h *history[E]) last(n int) []E { return h.before(h.seen, n) }

// before returns the last n before the given one, counted as seen is, or as many as are
// left of them, oldest first.
func (h *history[E]) before(end, n int) []E {
	have := len(h.events)
	first := h.seen - have
	n = min(n, end-first, have)
	if n <= 0 {
		return nil
	}
	events := make([]E, n)
	for i := range events {
		events[i] = h.events[(h.oldest+end-n-first+i)%have]
	}
	return events
}
