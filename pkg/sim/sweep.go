package sim

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"sync"
)

// firstRuns is how many runs come one after the other before all others, which may
// come in any order: how a run goes depends on the first ones alone.
const firstRuns = 32

// sweep runs the runs of a check, several at a time if it is to be parallel. What it
// finds is the same either way: the first that fails, by its number.
type sweep struct {
	*check
	mu    sync.Mutex
	seeds *rand.Rand
	next  int     // the run that is to be taken next
	end   int     // no run from this one on is to be taken
	found *report // of the run before end
}

// sweep runs all runs, and returns the report of the first that fails.
func (c *check) sweep() *report {
	defer c.watch()()
	s := &sweep{check: c, seeds: rand.New(rand.NewPCG(c.seed, 0)), end: c.runs}
	s.work(c.strategies, firstRuns)
	c.settled = true
	if c.parallel {
		s.workTogether()
	} else {
		s.work(c.strategies, c.runs)
	}
	if s.found != nil {
		s.found.refine()
	}
	return s.found
}

// work takes one run after the other, of those before a certain one.
func (s *sweep) work(strategies []Strategy, before int) {
	for {
		i, seed, ok := s.take(before)
		if !ok {
			return
		}
		strategy := strategies[i%len(strategies)]
		r, skipped := s.one(i, plan{seed: seed, strategy: strategy})
		if r != nil || skipped {
			s.stop(i, r)
		}
	}
}

func (s *sweep) take(before int) (i int, seed uint64, ok bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i = s.next; i >= min(before, s.end) {
		return 0, 0, false
	}
	s.next++
	return i, s.seeds.Uint64(), true
}

// stop says that what comes after run i does not matter any more, as that has failed,
// or skipped the test. Those before it that have begun go on to their end.
func (s *sweep) stop(i int, r *report) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if i < s.end {
		s.end, s.found = i, r
	}
}

// one is run i. It returns a report if that fails.
func (s *sweep) one(i int, p plan) (r *report, skipped bool) {
	if e, ok := p.strategy.(exclusive); ok {
		e.mu.Lock()
		defer e.mu.Unlock()
	}
	c := s.check
	o := c.attempt(&p)
	if o.skipped {
		return nil, true
	}
	s.count(o)
	if o.failure != nil && o.failure.alone() {
		return &report{check: c, run: i + 1, plan: p, outcome: o}, false
	}
	if o.failure == nil && (c.unrepeatable || i%repeatEvery != 0) {
		c.spare.put(o.events)
		return nil, false
	}
	again := c.again(p, o)
	step, first, second, differs := differ(o.events, again.events)
	if o.failure == nil && !differs {
		s.countRepeated()
		c.spare.put(o.events)
		c.spare.put(again.events)
		return nil, false
	}
	if !differs && again.failure != nil {
		o.failure = again.failure // which knows more
	}
	r = &report{check: c, run: i + 1, plan: p, outcome: o}
	r.outcome.did, r.outcome.order, r.outcome.switches = again.did, again.order, again.switches
	if differs {
		r.lost = true
		r.doubt = fmt.Sprintf("the run was repeated with the same choices, and took another course at step %d:\n"+
			"    first  %s\n    then   %s\n"+
			"Something in the test depends on what the simulator does not decide: goroutines or channels of its own, the order of a map, a clock.",
			step, strings.TrimSpace(first), strings.TrimSpace(second))
		if o.failure == nil && !c.unrepeatable {
			r.outcome.failure = &failure{kind: failureNondeterministic, step: step, what: "the test is not deterministic"}
		}
	}
	return r, false
}

func (s *sweep) count(o outcome) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.settled {
		s.longest = max(s.longest, len(o.choices))
	}
	s.tally.add(o)
	s.tally.steps += o.steps
}

func (s *sweep) countRepeated() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.tally.repeated++
}

// attempt runs p; careful, if it turns out that it must be.
func (c *check) attempt(p *plan) outcome {
	p.careful, p.longest = c.careful, c.longest
	o := c.run(*p)
	if o.surprised {
		if !c.settled {
			c.careful = true
		}
		p.careful = true
		o = c.run(*p)
	}
	return o
}

// again takes the choices of a run again.
func (c *check) again(p plan, o outcome) outcome {
	p.again, p.replays = again{choices: o.choices, faults: o.faults}, true
	p.thorough = o.failure != nil && o.failure.more()
	return c.run(p)
}
