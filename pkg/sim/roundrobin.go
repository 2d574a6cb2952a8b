package sim

import "math/rand/v2"

// RoundRobin lets one actor after the other take a step, beginning with one of
// chance: nobody waits for longer than all others need for a step.
func RoundRobin() Strategy { return new(roundRobin) }

type roundRobin struct{ last int }

func (*roundRobin) String() string                   { return "round-robin" }
func (r *roundRobin) Begin(random *rand.Rand, _ int) { r.last = random.IntN(4) - 1 }

func (r *roundRobin) Choose(options []Step) int {
	next, first := -1, 0
	for i, o := range options {
		if o.Actor < options[first].Actor {
			first = i
		}
		if o.Actor > r.last && (next < 0 || o.Actor < options[next].Actor) {
			next = i
		}
	}
	if next < 0 {
		next = first
	}
	r.last = options[next].Actor
	return next
}
