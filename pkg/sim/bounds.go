package sim

import "slices"

// Bound limits what [Exhaustive] takes.
type Bound func(*exploration)

// Preemptions takes only schedules in which a thread that could have gone on has had
// to wait for another one at most n times, as in
//
//	Musuvathi, Qadeer: Iterative Context Bounding for Systematic Testing of
//	Multithreaded Programs. PLDI 2007.
//
// What arrives is an actor here, like a thread: it preempts, too. Nothing is left out
// as equivalent, for the one of two equivalent schedules that is taken could be one
// beyond the bound.
func Preemptions(n int) Bound {
	return func(e *exploration) { e.limit(preempts, n, "preemption") }
}

// Delays takes only schedules that differ in at most n delays from that of a scheduler
// which leaves nothing to chance, as in
//
//	Emmi, Qadeer, Rakamarić: Delay-Bounded Scheduling. POPL 2011.
//
// That one lets whoever has the turn go on as long as it can, and then the next one, in
// the order of appearance; a delay passes the turn on. There are about as many
// schedules as n-fold choices of a step. As with Preemptions all of them are taken.
func Delays(n int) Bound {
	return func(e *exploration) { e.limit(delays, n, "delay") }
}

func (e *exploration) limit(c cost, n int, of string) {
	e.cost, e.budget, e.all = c, n, true
	e.bound = count(n, of, of+"s")
}

// Depth takes choices in the first n steps of a run only; then everybody takes turns.
// That a schedule has been longer is told: then not all have been taken. Without it a
// check fails if one has more than 1000 steps.
func Depth(n int) Bound { return func(e *exploration) { e.depth, e.depthGiven = n, true } }

// Schedules takes at most n, those cut short as equivalent to others included, and then
// tells that these were not all. Otherwise a check fails that has not come to an end after
// 200,000, or after 5 million steps.
func Schedules(n int) Bound { return func(e *exploration) { e.most, e.mostGiven = n, true } }

// cost is what it costs to take the step of one option, after one of last.
type cost func(options []Step, i int, last Step) int

func preempts(options []Step, i int, last Step) int {
	if options[i] != last && slices.Contains(options, last) {
		return 1
	}
	return 0
}

func delays(options []Step, i int, last Step) int {
	n := 0
	for j := range options {
		if j != i && turn(options[j], last, options[i]) {
			n++
		}
	}
	return n
}

// turn reports whether a comes before b when last has had its turn.
func turn(a, last, b Step) bool {
	return distance(a, last) < distance(b, last)
}

// distance is how far a is from last, in turns: first whoever comes at or after last in
// the order of appearance, then those before it.
func distance(a, last Step) int {
	at := a.Actor*kinds + int(a.Kind)
	if from := last.Actor*kinds + int(last.Kind); at < from {
		return at + 1<<30
	}
	return at
}

const kinds = int(Fires) + 1
