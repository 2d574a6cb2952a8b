package sim

import (
	"fmt"
	"math/rand/v2"
	"slices"
)

// PCT is the strategy of
//
//	Burckhardt, Kothari, Musuvathi, Nagarakatte: A Randomized Scheduler with
//	Probabilistic Guarantees of Finding Bugs. ASPLOS 2010.
//
// Each actor gets a random priority, and of those that can take a step the one with
// the highest does; at d-1 random steps the one that would is moved below all
// others. A mistake of depth d, one that shows whenever d steps come in a certain
// order, is found by a run with a probability of at least 1/(n·k^(d-1)), where n is
// the number of actors and k that of the steps.
//
// Here k is counted in choices, and taken from the longest of the first runs: a run
// that becomes longer has no changes in what it has more. An actor is a thread, but also
// what is under way from one process to another, so n is larger than the number of
// processes. And past a number of steps the choice is fair, which PCT is not: who
// waits for others in a loop would never let them run.
func PCT(d int) Strategy {
	if d < 1 {
		panic(misused("PCT: a mistake has a depth of at least 1, not %d", d))
	}
	return &pct{depth: d}
}

type pct struct {
	depth      int
	random     *rand.Rand
	priorities []int64 // by actor; 0: none yet
	changes    []int   // at which choices, in order
	choices    int
	lowest     int64
}

// firstSteps stands for the length of a run before there has been one.
const firstSteps = 100

func (p *pct) String() string { return fmt.Sprintf("pct(%d)", p.depth) }

func (p *pct) Begin(random *rand.Rand, steps int) {
	if steps == 0 {
		steps = firstSteps
	}
	p.random, p.choices, p.lowest = random, 0, 0
	p.priorities = p.priorities[:0]
	p.changes = p.changes[:0]
	for range p.depth - 1 {
		p.changes = append(p.changes, 1+random.IntN(steps))
	}
	slices.Sort(p.changes)
}

func (p *pct) Choose(options []Step) int {
	p.choices++
	best := p.best(options)
	for len(p.changes) > 0 && p.changes[0] <= p.choices {
		p.changes = p.changes[1:]
		p.lowest--
		p.priorities[options[best].Actor] = p.lowest
		best = p.best(options)
	}
	return best
}

// best is the option with the highest priority.
func (p *pct) best(options []Step) int {
	best := 0
	for i, o := range options {
		if p.priority(o.Actor) > p.priority(options[best].Actor) {
			best = i
		}
	}
	return best
}

func (p *pct) priority(actor int) int64 {
	for len(p.priorities) <= actor {
		p.priorities = append(p.priorities, 0)
	}
	if p.priorities[actor] == 0 {
		p.priorities[actor] = 1 + p.random.Int64N(1<<62)
	}
	return p.priorities[actor]
}
