package sim

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"reflect"
	"regexp"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

var (
	flagReplay = flag.String("sim.replay", "", "repeat the one run of a simulated test that this describes; it is in the report of its failure")
	flagSeed   = flag.Uint64("sim.seed", 0, "the seed of simulated tests; 0: each has its own")
	flagRuns   = flag.Int("sim.runs", 0, "the number of runs of each simulated test; 0: what the test says")
	flagTrace  = flag.Bool("sim.trace", false, "show all of the trace of a run that fails")

	flagNoShrink = flag.Bool("sim.noshrink", false, "report a run that fails as it is, and do not look for a smaller one that does")
)

// Option sets something of a [Check].
type Option func(*check)

// Runs sets how many runs there are: 1000 unless set. With -short it is a tenth.
func Runs(n int) Option { return func(c *check) { c.runs = n } }

// Seed sets the seed that those of the runs are derived from. By default it comes
// from the name of the test: what has passed goes on to pass.
func Seed(seed uint64) Option { return func(c *check) { c.seed = seed } }

// Strategies sets the strategies, which take turns. The default is [Portfolio].
func Strategies(all ...Strategy) Option { return func(c *check) { c.strategies = all } }

// Instant makes what is sent arrive at once, as in production. Otherwise the arrival
// is a step of its own, some time after the sending, and only what one process does
// to another one keeps its order.
func Instant() Option { return func(c *check) { c.instant = true } }

// StepLimit sets how many steps a run may have before it fails: 100,000 unless set.
// Past a tenth of it the strategy is not asked any more, and everybody takes turns:
// who only waits for others in a loop then ends, if it ever does.
func StepLimit(n int) Option { return func(c *check) { c.limit = n } }

// Unrepeatable says that the test has goroutines, or channels, of its own, and cannot
// be repeated exactly: no run is repeated to find that out. The line that a report has
// may then lead to another run.
func Unrepeatable() Option { return func(c *check) { c.unrepeatable = true } }

const (
	defaultRuns  = 1000
	defaultLimit = 100_000
	fairPart     = 10
	shortPart    = 10 // of the runs, with -short
	repeatEvery  = 32 // one run in so many is run twice
)

// check is one Check.
type check struct {
	t          *testing.T
	body       func(*Sim)
	runs       int
	seed       uint64
	strategies []Strategy
	instant    bool
	limit      int

	unrepeatable bool
	exploration  *exploration // nil: some of the schedules
	isolated     bool
	explored     *explorer

	id uint32 // from the test's name, and which of its checks it is

	received *allReceived // nil: need not be
	shared   map[reflect.Type]bool
	asked    int // runs, by the test
	tally    tally

	careful bool
	longest int
	spare   []event // for the next trace
	watched atomic.Pointer[scheduler]
}

// checks counts the checks of each test, by its name.
var checks sync.Map

// Check runs body many times, each time with another schedule, and fails t at the
// first run that fails. Body must be a test that can be run again and again: all
// that it uses it makes, and what it does depends on nothing but the simulator.
//
// A run fails if body says so, or panics; if an invariant does not hold between two
// steps; if what it waits for with [Sim.Eventually] does not come; if a message is changed
// after it was sent; if nobody can go on and body waits; if it does not end; and if processes,
// tasks, threads or timers are left after its systems have been stopped. The
// report has the line that repeats just that run. Some of the runs are repeated
// anyway: a test that then takes another course fails, for its failures could not
// be repeated.
func Check(t *testing.T, body func(s *Sim), opts ...Option) {
	t.Helper()
	c := newCheck(t, body, opts)
	if *flagReplay != "" {
		c.replay(*flagReplay)
		return
	}
	runs := c.sweep
	if c.exploration != nil {
		runs = c.explore
	}
	if report := runs(); report != nil {
		t.Fatal(report.String())
	}
	if t.Skipped() { // by the body
		t.SkipNow()
	}
	if verdict, fails := c.verdict(); fails {
		t.Fatal(verdict)
	} else if verdict != "" {
		t.Log(verdict)
	}
}

func newCheck(t *testing.T, body func(s *Sim), opts []Option) *check {
	counter, _ := checks.LoadOrStore(t.Name(), new(atomic.Int32))
	nth := counter.(*atomic.Int32).Add(1)
	c := &check{
		t: t, body: body, runs: defaultRuns, limit: defaultLimit, strategies: Portfolio(),
		seed: hash(t.Name()), id: uint32(hash(fmt.Sprint(t.Name(), nth))),
	}
	for _, o := range opts {
		o(c)
	}
	c.asked = c.runs
	if testing.Short() {
		c.runs = max(1, c.runs/shortPart)
	}
	if *flagSeed != 0 {
		c.seed = *flagSeed
	}
	if *flagRuns != 0 {
		c.runs = *flagRuns
	}
	return c
}

// sweep runs all runs, and returns the report of the first that fails.
func (c *check) sweep() *report {
	defer c.watch()()
	seeds := rand.New(rand.NewPCG(c.seed, 0))
	for i := range c.runs {
		p := plan{seed: seeds.Uint64(), strategy: c.strategies[i%len(c.strategies)]}
		o := c.attempt(&p)
		if c.t.Skipped() {
			return nil
		}
		c.longest = max(c.longest, len(o.choices))
		c.tally.add(o.scenarios)
		if o.failure == nil && (c.unrepeatable || i%repeatEvery != 0) {
			c.spare = o.events
			continue
		}
		again := c.again(p, o)
		step, first, second, differs := differ(o.events, again.events)
		if o.failure == nil && !differs {
			c.spare = o.events
			continue
		}
		if !differs && again.failure != nil {
			o.failure = again.failure // which knows more
		}
		r := &report{check: c, run: i + 1, plan: p, outcome: o}
		r.outcome.did, r.outcome.order, r.outcome.switches = again.did, again.order, again.switches
		if differs {
			r.doubt = fmt.Sprintf("the run was repeated with the same choices, and took another course at step %d:\n"+
				"    first  %s\n    then   %s\n"+
				"Something in the test depends on what the simulator does not decide: goroutines or channels of its own, the order of a map, a clock.",
				step, strings.TrimSpace(first), strings.TrimSpace(second))
			if o.failure == nil && !c.unrepeatable {
				r.outcome.failure = &failure{kind: failureNondeterministic, step: step, what: "the test is not deterministic"}
			}
		}
		if !differs && !*flagNoShrink {
			r.shrink()
		}
		return r
	}
	return nil
}

// attempt runs p; careful, if it turns out that it must be.
func (c *check) attempt(p *plan) outcome {
	p.careful, p.longest = c.careful, c.longest
	o := c.run(*p)
	if o.surprised {
		c.careful, p.careful = true, true
		o = c.run(*p)
	}
	return o
}

// again takes the choices of a run again.
func (c *check) again(p plan, o outcome) outcome {
	p.again, p.replays = again{choices: o.choices, faults: o.faults}, true
	p.vigilant = o.failure != nil && o.failure.kind == failureChanged
	return c.run(p)
}

// replay repeats the run that text describes, if it is one of this check.
func (c *check) replay(text string) {
	c.t.Helper()
	r, err := parseRecipe(text)
	if err != nil {
		c.t.Fatal(err)
	}
	if r.check != c.id {
		c.t.Skip("the run that is to be repeated is one of another test")
	}
	report := c.repeat(r)
	if report.outcome.failure == nil {
		c.t.Fatalf("the run does not fail any more. %s\n%s", report.doubt, lines(report.outcome.events))
	}
	report.whole = true
	c.t.Fatal(report.String())
}

func (c *check) repeat(r recipe) *report {
	defer c.watch()()
	c.instant = r.instant
	p := plan{seed: r.seed, strategy: named(r.strategy), careful: r.careful, again: r.again, replays: true, vigilant: true}
	o := c.run(p)
	report := &report{check: c, plan: p, outcome: o}
	switch {
	case o.astray != "":
		report.doubt = "This is not the run that it was: " + o.astray + "."
	case digest(o.events) != r.digest:
		report.doubt = "This is not the run that it was: the test, or the library, has changed."
	}
	return report
}

// named is only the name of a strategy.
type named string

func (n named) String() string        { return string(n) }
func (n named) Begin(*rand.Rand, int) {}
func (n named) Choose(_ []Step) int   { return 0 }

// report is what is told about a run that has failed.
type report struct {
	check   *check
	run     int // which one; 0: a repeated one
	plan    plan
	outcome outcome
	doubt   string
	shrunk  *shrinking
	whole   bool // show all of the trace
}

func (r *report) recipe() recipe {
	return recipe{
		check: r.check.id, seed: r.plan.seed, careful: r.plan.careful, instant: r.check.instant,
		strategy: r.plan.strategy.String(), digest: digest(r.outcome.events), again: r.outcome.did,
	}
}

func (r *report) String() string {
	var b strings.Builder
	f := r.outcome.failure
	if f.kind == failureUnexplored {
		return f.what
	}
	fmt.Fprintf(&b, "seed %#x, strategy %s, step %d: %s\n", r.plan.seed, r.plan.strategy, f.step, f.what)
	switch {
	case r.run > 0 && r.check.exploration != nil:
		fmt.Fprintf(&b, "schedule %d\n", r.run)
	case r.run > 0:
		fmt.Fprintf(&b, "run %d of %d\n", r.run, r.check.runs)
	}
	if r.shrunk != nil {
		b.WriteString(r.shrunk.String() + "\n")
	}
	if len(r.outcome.unread) > 0 && f.kind != failureUnread {
		fmt.Fprintf(&b, "messages that nobody has received:%s\n", linesOf(r.outcome.unread))
	}
	if r.outcome.said != "" {
		b.WriteString(r.outcome.said)
	}
	if r.doubt != "" {
		b.WriteString(r.doubt + "\n")
	}
	if faults := faultsIn(r.outcome.events); faults != "" {
		b.WriteString("faults: " + faults + "\n")
	}
	fmt.Fprintf(&b, "replay: go test -run '%s' -sim.replay=%s\n", pattern(r.check.t.Name()), r.recipe())
	s := sliceOf(&r.outcome)
	if r.whole || *flagTrace {
		b.WriteString("trace:\n" + lines(r.outcome.events))
		b.WriteString("all of it:\n" + lanesOf(r.outcome.events, s.switches, 0))
	}
	b.WriteString("how it came about:\n" + lanesOf(s.events, s.switches, mostRows))
	fmt.Fprintf(&b, "   %d of %d events are not among its causes; all with -sim.trace\n", s.left, len(r.outcome.events))
	return b.String()
}

// pattern is the -run that selects one test.
func pattern(name string) string {
	parts := strings.Split(name, "/")
	for i, part := range parts {
		parts[i] = "^" + regexp.QuoteMeta(part) + "$"
	}
	return strings.Join(parts, "/")
}
