package sim

import (
	"fmt"
	"strings"
)

// Exhaustive makes Check take not some but all schedules of a test, for tests that are
// small: a handful of threads, each with a handful of steps. It passes only if that
// was possible, within the bounds if there are any. With -v it says how many there were.
//
// Schedules that differ only in the order of steps which have nothing to do with each
// other lead to the same end, and of those one is taken. What a step has to do with is
// what it touches: a Link, both ends; a message that arrives, the receives of its
// receiver that may take it, and the other messages that they may take instead. What the
// code of the test itself touches cannot be seen: it may read and change variables
// that others do. So any two steps in which such code runs are said to have to do with
// each other, and what is left out are other orders of arrivals. A test that says that
// it is [Isolated] needs far fewer runs.
//
// An invariant sees each state between two steps, so with one no two steps of threads
// are independent, Isolated or not; and no two steps at all, if it looks at processes.
//
// Chance is no choice: all schedules have the same random numbers. Nor is the time:
// that passes when nobody can go on. Nor are faults: a test that has some fails.
func Exhaustive(bounds ...Bound) Option {
	return func(c *check) {
		e := &exploration{depth: defaultDepth, most: defaultSchedules}
		for _, b := range bounds {
			b(e)
		}
		c.exploration = e
	}
}

// Isolated tells [Exhaustive] that the threads of the test share nothing but what they
// do to each other as processes: no variable, channel, lock, or source of random
// numbers that one of them changes and another one uses; unless the order of that is
// one that processes see to, as a Join does, or makes no difference to what the test
// looks at. A test that says so though it is not true passes without all of its
// schedules having been looked at.
//
// An event.Topic is such a shared variable, and so are the tables of supervisors and
// pools: tests with these are not isolated. A linear.History is none.
func Isolated() Option { return func(c *check) { c.isolated = true } }

const (
	defaultDepth     = 1000      // steps
	defaultSchedules = 200_000   // and then it is too large a test,
	defaultSteps     = 5_000_000 // and after so many steps of all its runs
)

// exploration is what Exhaustive says.
type exploration struct {
	cost       cost
	budget     int
	bound      string // the budget, and of what
	all        bool   // leave nothing out
	plain      bool   // no reduction by races, but sleep sets
	depth      int
	depthGiven bool
	most       int
	mostGiven  bool
}

// explore runs all schedules, and returns the report of the first that fails.
func (c *check) explore() *report {
	defer c.watch()()
	e := newExplorer(c.exploration, c.isolated)
	c.explored = e
	p := plan{seed: c.seed, strategy: named("exhaustive"), explorer: e}
	for {
		p.careful = c.careful
		e.begin()
		o := c.run(p)
		if o.skipped {
			return nil
		}
		switch {
		case o.surprised: // what has been seen was not careful
			c.careful = true
			e.restart()
			c.tally = tally{}
			continue
		case e.stale && o.failure == nil: // there is more to see than was thought
			c.spare.put(o.events)
			e.restart()
			c.tally = tally{}
			continue
		case e.astray != "":
			o.failure = &failure{kind: failureNondeterministic, step: o.steps, what: "the test is not deterministic: " + e.astray}
			return c.explain(p, o, e.runs+1)
		case o.failure != nil && o.failure.alone():
			return &report{check: c, plan: p, outcome: o}
		case o.failure != nil:
			return c.explain(p, o, e.runs+1)
		}
		if !e.blocked {
			c.tally.add(o)
		}
		c.spare.put(o.events)
		e.finish()
		if !e.next() {
			return c.exhausted(e)
		}
		if e.runs+e.pruned >= e.most || !e.mostGiven && e.steps >= defaultSteps {
			e.unfinished = true
			return c.exhausted(e)
		}
	}
}

// explain is the report of a run that has failed, once it has been repeated, and made
// smaller: the run that it shows is one of the schedules, but need not be the first
// that fails, nor one within the bounds.
func (c *check) explain(p plan, o outcome, run int) *report {
	p.explorer = nil
	r := &report{check: c, run: run, plan: p, outcome: o}
	again := c.again(p, o)
	r.outcome.did, r.outcome.order, r.outcome.switches = again.did, again.order, again.switches
	if o.failure.kind == failureNondeterministic {
		return r // it is not known how the run would have gone on
	}
	if step, first, second, differs := differ(o.events, again.events); differs {
		r.lost = true
		r.doubt = fmt.Sprintf("the run was repeated with the same choices, and took another course at step %d:\n    first  %s\n    then   %s",
			step, strings.TrimSpace(first), strings.TrimSpace(second))
		return r
	}
	if again.failure != nil {
		r.outcome.failure = again.failure // which knows more
	}
	r.refine()
	return r
}

// exhausted says what has been explored, and is a failure if that is not what was
// asked for.
func (c *check) exhausted(e *explorer) *report {
	what := e.String()
	if (!e.unfinished || e.mostGiven) && (e.cut == 0 || e.depthGiven) {
		c.runs, c.asked = e.runs, 0
		return nil
	}
	return &report{check: c, plan: plan{strategy: named("exhaustive")}, outcome: outcome{
		failure: &failure{kind: failureUnexplored, what: what + "\n" +
			c.smaller()},
	}}
}

// smaller is how there may be fewer schedules.
func (c *check) smaller() string {
	advice := "Make the test smaller, with a Settle between parts that follow each other and at its end"
	if !c.isolated {
		advice += "; say that it is Isolated if it is"
	}
	if !c.instant {
		advice += "; let what is sent arrive at once, with Instant"
	}
	return advice + "; or be content with a part: Preemptions, Delays, Depth, Schedules."
}

// String says how far the exploration has come.
func (e *explorer) String() string {
	if !e.unfinished && e.cut == 0 {
		text := fmt.Sprintf("explored all %d schedules", e.runs)
		if e.cost != nil {
			text += " with at most " + e.bound
		}
		return text + fmt.Sprintf(" (%d cut short as equivalent to others), %d steps", e.pruned, e.steps)
	}
	var why []string
	if e.unfinished {
		why = append(why, "there are more")
	}
	if e.cut > 0 {
		why = append(why, fmt.Sprintf("%d were longer than the depth of %d steps", e.cut, e.depth))
	}
	return fmt.Sprintf("not exhausted: %s; explored %d schedules (%d cut short as equivalent to others), %d steps",
		strings.Join(why, ", and "), e.runs, e.pruned, e.steps)
}
