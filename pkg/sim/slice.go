package sim

import (
	"cmp"
	"slices"
)

// slice is what has led to a failure: all that happened before the event that has
// failed, in the order of cause and effect, and nothing else.
//
// What a party does comes after what it has done before, after what has arrived at
// it, and after that which has made it ready or begun it; an arrival after the
// sending; the firing of a timer after its setting; what follows a [Sim.Settle] or a
// [Sim.Sleep] after all that there was. What parties tell each other through memory
// that they share is not seen, but for this: a switch that could not be left out when
// the run was shrunk has had a reason, so what it let run belongs to the slice, and
// so do those without whom, as shrinking has found, the failure is not the same.
type slice struct {
	events   []event
	left     int          // how many events have been left out
	switches map[int]bool // the steps at which the run is not as by default
}

// sliceOf is the slice of a run that has failed.
func sliceOf(o *outcome) *slice {
	g := newGraph(o.events)
	in := make([]bool, len(o.events))
	open := g.roots(o)
	for len(open) > 0 {
		i := open[len(open)-1]
		open = open[:len(open)-1]
		if i < 0 || in[i] {
			continue
		}
		in[i] = true
		open = append(open, g.before[i])
		open = g.appendCauses(open, i)
	}
	s := &slice{switches: make(map[int]bool)}
	for _, step := range o.switches {
		s.switches[step] = true
	}
	takesPart := make(map[*party]bool)
	for i, yes := range in {
		if yes {
			takesPart[o.events[i].party()] = true
		}
	}
	for i, e := range o.events {
		// To begin somebody, or send something, and nothing comes of it, is no cause.
		if vain := (e.kind == eventSpawns || e.kind == eventSends) && !takesPart[e.b]; in[i] && !vain {
			e.about = e.isOf(o.failure)
			s.events = append(s.events, e)
		}
	}
	s.left = len(o.events) - len(s.events)
	return s
}

// party is whom an event happens to, nil if that is nobody.
func (e event) party() *party {
	switch e.kind {
	case eventArrives, eventTicks:
		return e.b
	case eventFires, eventTime: // what comes of it is that of whom it wakes
		return nil
	}
	return e.a
}

// graph is the order of cause and effect in a trace.
type graph struct {
	events []event
	fails  int              // the failure; the number of events, if it came when all was over
	before []int            // the event before of the same party, or that has begun it; -1: none
	of     map[*party][]int // the events of each party
}

func newGraph(events []event) *graph {
	g := &graph{events: events, fails: len(events), before: make([]int, len(events)), of: make(map[*party][]int)}
	began := make(map[*party]int)
	for i, e := range events {
		g.before[i] = -1
		if e.kind == eventFails {
			g.fails = i
			continue
		}
		if e.kind == eventSpawns {
			began[e.b] = i
		}
		p := e.party()
		if p == nil {
			continue
		}
		if before := g.of[p]; len(before) > 0 {
			g.before[i] = before[len(before)-1]
		} else if spawned, ok := began[p]; ok {
			g.before[i] = spawned
		}
		g.of[p] = append(g.of[p], i)
	}
	return g
}

// roots are where a slice begins, going backwards.
func (g *graph) roots(o *outcome) []int {
	var roots []int
	if g.fails < len(g.events) {
		roots = append(roots, g.fails)
	}
	switch o.failure.kind {
	case failureDeadlock, failureEndless, failureLeak: // all that are left
		for _, all := range g.of {
			if last := g.latest(all, g.fails); last >= 0 && g.events[last].kind != eventEnded {
				roots = append(roots, last)
			}
		}
	case failureInvariant: // what was done last
	default:
		if g.fails < len(g.events) {
			roots = append(roots, g.latest(g.of[g.events[g.fails].a], g.fails))
		}
	}
	for i := range g.events[:g.fails] {
		if g.events[i].isOf(o.failure) {
			roots = append(roots, i)
		}
	}
	for _, i := range o.failure.from {
		if i >= 0 && i < g.fails {
			roots = append(roots, i)
		}
	}
	for p, all := range g.of {
		if slices.Contains(o.did.related, int(p.key)) {
			roots = append(roots, g.latest(all, g.fails))
		}
	}
	if o.did.minimal {
		for i, e := range g.events[:g.fails] {
			if e.kind == eventFault {
				roots = append(roots, i)
			}
		}
		for _, step := range o.switches {
			if i := g.stepAt(step); i >= 0 && i < g.fails {
				roots = append(roots, g.endOf(i, g.fails))
			}
		}
	}
	return roots
}

// appendCauses appends the causes of event i, beside the one before it.
func (g *graph) appendCauses(to []int, i int) []int {
	switch c := int(g.events[i].cause); {
	case c == everything:
		for _, all := range g.of {
			to = append(to, g.latest(all, i))
		}
		to = append(to, g.alarm(i))
	case c > 0:
		to = append(to, g.endOf(c-1, i))
	}
	return to
}

// alarm is the firing of the timer that has ended the sleep of whoever event i is of;
// -1: there was none.
func (g *graph) alarm(i int) int {
	for j := i - 1; j > g.before[i]; j-- {
		if e := g.events[j]; e.kind == eventFires && e.a == g.events[i].a {
			return j
		}
	}
	return -1
}

// latest is the last of some events that is before i; -1: none is.
func (g *graph) latest(all []int, i int) int {
	n, _ := slices.BinarySearch(all, i)
	if n == 0 {
		return -1
	}
	return all[n-1]
}

// endOf is how far a thread had come, before event i, in the step that begins with
// event c; c itself, if that is not what it is.
func (g *graph) endOf(c, i int) int {
	e := g.events[c]
	if e.kind != eventRuns {
		return c
	}
	last := c
	all := g.of[e.a]
	for n, _ := slices.BinarySearch(all, c); n < len(all) && all[n] < i && g.events[all[n]].step == e.step; n++ {
		last = all[n]
	}
	return last
}

// stepAt is the event that a step begins with, -1 if it has none.
func (g *graph) stepAt(step int) int {
	i, found := slices.BinarySearchFunc(g.events, step, func(e event, step int) int { return cmp.Compare(e.step, step) })
	for found && i < len(g.events) && g.events[i].step == step {
		switch g.events[i].kind {
		case eventRuns, eventArrives, eventFires:
			return i
		}
		i++
	}
	return -1
}

// partiesOf are those that events happen to, in the order of their appearance.
func partiesOf(events []event) []*party {
	var all []*party
	known := make(map[*party]bool)
	for _, e := range events {
		if p := e.party(); p != nil && !known[p] {
			known[p] = true
			all = append(all, p)
		}
	}
	return all
}
