package sim

import "slices"

// chunks calls drop with ranges of a list of n elements, which leaves them out if it
// can: halves, quarters, up to each element, from the end on. Elements that come late
// depend on earlier ones, and not the other way round.
func chunks(n func() int, drop func(from, to int) bool) {
	for size := n(); size > 0; {
		dropped := false
		for to := n(); to > 0; to = min(to-size, n()) {
			if drop(max(0, to-size), to) {
				dropped = true
			}
		}
		if size == 1 && dropped {
			continue
		}
		size = min(size/2, n())
	}
}

func leaveOut[T any](all []T, from, to int) []T {
	return slices.Delete(slices.Clone(all), from, to)
}
