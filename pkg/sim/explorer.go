package sim

import (
	"fmt"
	"slices"
)

// explorer takes the choices of one run after the other, so that all schedules are
// taken: depth first, each run repeating the beginning of the one before up to the
// deepest step at which there is another option to be taken. That is stateless model
// checking, as in
//
//	Godefroid: Model Checking for Programming Languages using VeriSoft. POPL 1997.
//
// What need not be taken is found in two ways. Sleep sets, of
//
//	Godefroid: Partial-Order Methods for the Verification of Concurrent Systems.
//	LNCS 1032, 1996.
//
// keep what has been explored from being taken again after steps that are independent
// of it. And not all options are taken, but those which the steps that come later turn
// out to depend on; see races.go.
type explorer struct {
	exploration
	isolated bool

	stack  []*node
	prefix int // the steps of this run that are determined

	// Of the present run.
	step    int // the next one
	now     footprint
	causes  []int // earlier steps that the present one would not be without
	rested  bool  // nobody could go on after the latest step
	latest  map[Step]int
	enabled map[Step]int // at which step it came to be an option
	blocked bool         // whatever can be done is asleep
	deep    bool         // beyond the depth

	checking bool // an invariant is being asked
	inspects bool // invariants look at processes
	stale    bool // that has just turned out, or which messages have to do with each other

	mailboxes mailboxes

	runs, pruned, cut, steps int
	unfinished               bool
	astray                   string
}

// node is a step of the present run, and what is known of the state before it.
type node struct {
	options []Step
	index   int // of the one taken
	last    Step
	spent   int // of the budget, before
	epoch   int // the first step after everybody had to wait
	sleep   []asleep
	done    []asleep // taken in earlier runs
	todo    []Step   // and these are to be
	mark    footprint
	clock   set // what happens before it, and itself
}

// asleep is a step that need not be taken, as long as nothing happens that it depends
// on: what follows it has been explored.
type asleep struct {
	step Step
	mark footprint
}

func (n *node) taken() Step { return n.options[n.index] }

func (n *node) sleeps(step Step) bool { return contains(n.sleep, step) }

func contains(all []asleep, step Step) bool {
	return slices.ContainsFunc(all, func(a asleep) bool { return a.step == step })
}

func newExplorer(x *exploration, isolated bool) *explorer {
	return &explorer{exploration: *x, isolated: isolated, latest: make(map[Step]int), enabled: make(map[Step]int), mailboxes: newMailboxes()}
}

// restart forgets all that has been explored.
func (e *explorer) restart() {
	e.stack, e.prefix = nil, 0
	e.runs, e.pruned, e.cut, e.steps = 0, 0, 0, 0
	e.stale, e.astray = false, ""
}

// begin begins a run.
func (e *explorer) begin() {
	e.step, e.rested, e.blocked, e.deep = 0, false, false, false
	clear(e.latest)
	clear(e.enabled)
	e.clean()
}

// clean begins the footprint of a step.
func (e *explorer) clean() {
	e.now.reset()
	e.causes = e.causes[:0]
	if e.inspects {
		e.now.things.add(memory)
	}
}

// inspect notes that an invariant looks at processes: then it sees a difference in
// which of two steps of theirs comes first.
func (e *explorer) inspect() {
	if !e.inspects {
		e.inspects, e.stale = true, true
	}
}

// choose returns the index of the option that is taken, -1 if the run need not go on.
func (e *explorer) choose(options []Step) int {
	if e.step > 0 {
		e.conclude(options)
	}
	k := e.step
	if k >= e.prefix {
		if !e.push(options) {
			return -1
		}
	} else if !slices.Equal(e.stack[k].options, options) {
		e.astray = fmt.Sprintf("at step %d other things can be done than in the run before, with the same choices up to there", k+1)
		return -1
	}
	e.rested = false
	e.clean()
	e.step++
	e.steps++
	return e.stack[k].index
}

// conclude sees to the latest step, after which there are these options.
func (e *explorer) conclude(options []Step) {
	k := e.step - 1
	n := e.stack[k]
	step := n.taken()
	if k >= e.prefix-1 {
		n.mark = e.now.clone()
		if !e.plain && !e.all {
			e.findRaces(k)
			for _, o := range n.options { // what is not possible any more may have to come before
				if o != step && (e.rested || slices.Index(options, o) < 0) {
					n.add(o)
				}
			}
		}
	}
	e.latest[step] = k
	for _, o := range options {
		if e.rested || slices.Index(n.options, o) < 0 {
			e.enabled[o] = k
		}
	}
}

// push makes a node of the next step, and decides for one of its options. It reports
// false if there is none that has to be taken.
func (e *explorer) push(options []Step) bool {
	n := &node{options: slices.Clone(options)}
	if e.step > 0 {
		before := e.stack[e.step-1]
		n.last, n.spent, n.epoch = before.taken(), before.spent, before.epoch
		if e.cost != nil {
			n.spent += e.cost(before.options, before.index, before.last)
		}
		if !e.all {
			n.sleep = e.stillAsleep(before)
		}
	}
	if e.rested {
		n.epoch = e.step
	}
	for _, a := range n.sleep {
		if slices.Index(options, a.step) < 0 {
			e.astray = fmt.Sprintf("what has been taken to be independent of step %d is not possible any more after it", e.step)
			return false
		}
	}
	n.index = e.first(n)
	if n.index < 0 {
		e.blocked = true
		return false
	}
	if e.plain || e.all {
		n.todo = n.options
	} else {
		n.todo = append(n.todo, n.taken())
	}
	e.stack = append(e.stack, n)
	return true
}

// stillAsleep is what sleeps after the step of n.
func (e *explorer) stillAsleep(n *node) []asleep {
	var still []asleep
	for _, all := range [2][]asleep{n.sleep, n.done} {
		for _, a := range all {
			if a.step != n.taken() && !a.mark.conflicts(&n.mark) {
				still = append(still, a)
			}
		}
	}
	return still
}

// first is the option to begin with: preferably whoever has just taken a step goes on.
// It is -1 if all are asleep.
func (e *explorer) first(n *node) int {
	best, least := -1, 0
	for i, o := range n.options {
		if n.sleeps(o) {
			continue
		}
		c := 0
		switch {
		case e.cost != nil:
			c = e.cost(n.options, i, n.last)
		case o != n.last:
			c = 1
		}
		if best < 0 || c < least {
			best, least = i, c
		}
	}
	return best
}

// add makes n explore an option, too.
func (n *node) add(step Step) {
	if slices.Index(n.todo, step) < 0 {
		n.todo = append(n.todo, step)
	}
}

// finish ends a run.
func (e *explorer) finish() {
	switch {
	case e.blocked:
		e.pruned++
		return
	case e.deep:
		e.cut++
	case e.step > 0:
		e.conclude(nil)
	}
	e.runs++
}

// next decides for the next run. It reports false if there is none.
func (e *explorer) next() bool {
	for k := len(e.stack) - 1; k >= 0; k-- {
		n := e.stack[k]
		n.done = append(n.done, asleep{n.taken(), n.mark})
		for _, step := range n.todo {
			i := slices.Index(n.options, step)
			if contains(n.done, step) || n.sleeps(step) || e.cost != nil && n.spent+e.cost(n.options, i, n.last) > e.budget {
				continue
			}
			n.index = i
			e.stack = e.stack[:k+1]
			e.prefix = k + 1
			return true
		}
		e.stack = e.stack[:k]
	}
	return false
}
