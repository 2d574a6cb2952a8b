package event

// history is the last events, up to a limit.
type history[E any] struct {
	limit  int
	events []E
	oldest int // index; 0 until there are as many as the limit
}

func (h *history[E]) add(e E) {
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
func (h *history[E]) last(n int) []E {
	have := len(h.events)
	n = min(n, have)
	if n <= 0 {
		return nil
	}
	events := make([]E, n)
	for i := range events {
		events[i] = h.events[(h.oldest+have-n+i)%have]
	}
	return events
}
