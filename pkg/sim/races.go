package sim

import "slices"

// What has to be explored, besides what has been, is decided by what the steps of a run
// turn out to touch. This is dynamic partial-order reduction,
//
//	Flanagan, Godefroid: Dynamic Partial-Order Reduction for Model Checking
//	Software. POPL 2005,
//
// with the source sets of
//
//	Abdulla, Aronis, Jonsson, Sagonas: Optimal Dynamic Partial Order Reduction.
//	POPL 2014.
//
// Two steps are in a race if they depend on each other and nothing else keeps the second
// from coming before the first. Then there is to be a run in which it does: an option
// that leads there is added to those that are to be taken in the place of the first.
// Other than there, a step can make another one impossible (a timer is cancelled): that
// one is added at once.
//
// When nobody can go on, and the time passes, all that comes later comes after all that
// has been.

// findRaces finds what step k is in a race with, and sets its clock.
func (e *explorer) findRaces(k int) {
	n := e.stack[k]
	n.clock = n.clock[:0]
	n.clock.add(k)
	step := n.taken()
	if at, ok := e.latest[step]; ok {
		n.clock.join(e.stack[at].clock)
	}
	if at, ok := e.enabled[step]; ok {
		n.clock.join(e.stack[at].clock)
	}
	for _, at := range e.causes {
		n.clock.join(e.stack[at].clock)
	}
	for i := range n.epoch {
		n.clock.add(i)
	}
	for i := k - 1; i >= n.epoch; i-- {
		if n.clock.has(i) || !e.stack[i].mark.conflicts(&n.mark) {
			continue
		}
		e.reverse(i, k)
		n.clock.join(e.stack[i].clock)
	}
}

// reverse sees to it that there is a run in which step k comes before step i.
func (e *explorer) reverse(i, k int) {
	// What comes after i without being a consequence of it, and k; what of that can
	// come first is as good as any other.
	var others, initials []int
	for at := i + 1; at <= k; at++ {
		n := e.stack[at]
		if at < k && n.clock.has(i) {
			continue
		}
		if !slices.ContainsFunc(others, n.clock.has) {
			initials = append(initials, at)
		}
		others = append(others, at)
	}
	before := e.stack[i]
	possible := Step{Actor: -1}
	for _, at := range initials {
		step := e.stack[at].taken()
		if slices.Index(before.todo, step) >= 0 || before.sleeps(step) {
			return
		}
		if possible.Actor < 0 && slices.Index(before.options, step) >= 0 {
			possible = step
		}
	}
	if possible.Actor >= 0 {
		before.add(possible)
		return
	}
	for _, o := range before.options {
		before.add(o)
	}
}
