package sim

import (
	"fmt"
	"reflect"
	"sync"
	"testing"
)

// check is one Check.
type check struct {
	t          *testing.T
	test       *ofTest
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

	parallel bool

	careful bool
	longest int  // choices of the longest of the first runs
	settled bool // careful and longest are: all further runs go by them

	spare    spare
	watchdog watchdog
}

// ofTest is what the checks of one test have in common.
type ofTest struct {
	checks   int32 // how many there have been
	repeated bool  // one of them has had the run that is to be repeated
}

// tests are the tests that have had a check, by their *testing.T.
var tests sync.Map

// Check runs body many times, each time with another schedule, and fails t at the
// first run that fails. Body must be a test that can be run again and again: all
// that it uses it makes, and what it does depends on nothing but the simulator.
//
// A run fails if body says so, or panics; if an invariant does not hold between two
// steps; if what it waits for with [Sim.Eventually] does not come; if a message is changed
// after it was sent; if nobody can go on and body waits; if it does not end; and if processes,
// tasks, threads, timers or names are left after its systems have been stopped. The
// report has the line that repeats just that run. Some of the runs are repeated
// anyway: a test that then takes another course fails, for its failures could not
// be repeated. With -v a check that passes says what it has done.
func Check(t *testing.T, body func(s *Sim), opts ...Option) {
	t.Helper()
	c := newCheck(t, body, opts)
	if *flagReplay != "" {
		c.replay(*flagReplay)
		return
	}
	if report := c.find(); report != nil {
		t.Fatal(report.String())
	}
	if t.Skipped() { // by the body, in a run before any that fails
		t.SkipNow()
	}
	if verdict, fails := c.verdict(); fails {
		t.Fatal(verdict)
	} else if verdict != "" {
		t.Log(verdict)
	}
	if testing.Verbose() {
		t.Log(c.summary())
	}
}

// find runs all runs, and returns the report of the first that fails.
func (c *check) find() *report {
	if c.exploration != nil {
		return c.explore()
	}
	return c.sweep()
}

func newCheck(t *testing.T, body func(s *Sim), opts []Option) *check {
	got, known := tests.LoadOrStore(t, new(ofTest))
	if !known {
		t.Cleanup(func() { tests.Delete(t) })
	}
	test := got.(*ofTest)
	test.checks++
	nth := test.checks
	c := &check{
		t: t, test: test, body: body, runs: defaultRuns, limit: defaultLimit, strategies: Portfolio(),
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
