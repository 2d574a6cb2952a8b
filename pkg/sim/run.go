package sim

import (
	"context"
	"fmt"
	"iter"
	"math/rand/v2"
	"testing"
	"testing/synctest"

	"github.com/harkgo/hark/internal/goroutine"
	"github.com/harkgo/hark/internal/seam"
	"github.com/harkgo/hark/pkg/proc"
)

// plan is all that decides how a run goes, but for the test's code.
type plan struct {
	seed     uint64
	strategy Strategy
	careful  bool
	longest  int // choices of the longest of the first runs
	most     int // steps, if that is less than a run may have anyway; 0: it is not
	replays  bool
	explorer *explorer // instead of the strategy
	thorough bool      // it has failed: find out more
	showing  bool      // for a report: events have what is in messages, and what is waited for
	again
}

// again is what decides a run that replays: all of its choices, or how they deviate
// from those by default, and the faults.
type again struct {
	choices    []int // if not nil
	deviations []deviation
	loose      bool  // deviations are where their anchors are, and faults at their places
	order      []key // instead of deviations: whose steps came one after the other
	late       []int // keys of actors that come last by default
	faults     []int // the opportunities at which one fires
	places     []place
	minimal    bool  // it is shrunk: no deviation can be left out
	related    []int // keys of actors without which it does not fail, so it has turned out
}

// outcome is what has come of a run.
type outcome struct {
	failure   *failure
	surprised bool // it is to be run again, careful
	skipped   bool // the body has skipped the test
	steps     int
	choices   []int
	did       again // of a run that replays: what it has come to
	order     []key // and whose its steps were
	switches  []int // and the steps at which it deviates from the default
	faults    []int // the opportunities at which one has fired
	events    []event
	astray    string
	said      string
	scenarios []*scenario
	firings   []*firings
	unread    map[unread]int // if it has failed
}

// streams of random numbers of a run.
const (
	streamStrategy uint64 = iota
	streamThreads
	streamBody
	streamFaults
)

// run runs the body once, in a bubble of its own.
func (c *check) run(p plan) (o outcome) {
	var s *scheduler
	var sim *Sim
	var kept *keeping
	var bubble string
	inBubble := func(*testing.T) {
		s = newScheduler()
		s.careful, s.instant = p.careful, c.instant
		if s.thorough, s.showing, s.shared = p.thorough, p.showing, c.shared; p.thorough {
			bubble = bubbleHere()
		}
		s.limit, s.fair = c.limit, c.limit/fairPart
		if p.most > 0 {
			s.limit = min(s.limit, p.most)
		}
		s.events = c.spare.get()
		if p.replays {
			kept = newKeeping(s, p.again)
			p.strategy = kept
		}
		s.explorer = p.explorer
		s.chooser = &chooser{strategy: p.strategy, kept: kept, explorer: p.explorer}
		s.random = rand.New(rand.NewPCG(p.seed, streamThreads))
		s.injector = newInjector(p)
		p.strategy.Begin(rand.New(rand.NewPCG(p.seed, streamStrategy)), p.longest)
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		sim = &Sim{s: s, name: c.t.Name(), ctx: ctx, random: rand.New(rand.NewPCG(p.seed, streamBody))}
		defer c.watchdog.over(s)()
		defer seam.Trace(s)()
		s.holder.Store(goroutine.Current())
		s.begin(s.newParty("the test"), func() { c.drive(sim) })
		s.pass(nil)
		s.root()
		cancel()
	}
	failed := c.t.Failed()
	left := !inSynctest(c.t, inBubble)
	o = outcome{
		failure: s.failure, surprised: s.surprised, skipped: s.skipped, steps: s.steps,
		choices: s.chooser.taken, faults: s.injector.fired, events: s.events, said: sim.said.String(),
		scenarios: s.scenarios, firings: s.firings, unread: s.unread,
	}
	if kept != nil {
		o.did = again{deviations: kept.taken, late: p.late, faults: s.injector.fired, places: s.injector.places, minimal: p.minimal, related: p.related}
		o.order, o.switches, o.astray = kept.done, kept.at, kept.astray
	}
	ended := p.explorer == nil || !p.explorer.blocked && p.explorer.astray == ""
	if left && o.failure == nil && !o.surprised && ended {
		const what = "goroutines that the test has started are left"
		o.failure = &failure{kind: failureLeak, step: s.steps, what: what}
		if bubble != "" {
			o.failure.what += ":" + goroutinesIn(bubble)
		}
	}
	if !failed && c.t.Failed() && o.failure == nil && !o.surprised {
		o.failure = &failure{kind: failureOutside, step: s.steps, what: "the body has reported a failure to the test, t, which says nothing of the run: report to the Sim, " +
			"which can be used wherever a testing.T can, and it is made smaller"}
	}
	return o
}

// inSynctest runs f in a bubble. It reports whether nothing is left in that at the end.
func inSynctest(t *testing.T, f func(*testing.T)) (empty bool) {
	defer func() { _ = recover() }()
	synctest.Test(t, f)
	return true
}

// drive is the thread of the test's body.
func (c *check) drive(s *Sim) {
	returned := false
	defer func() {
		if value := recover(); value != nil {
			s.s.enter()
			if m, ok := value.(misuse); ok {
				s.s.refuse(m)
				return
			}
			s.s.fail(failurePanic, "panic: %v\n%s", value, stackOfPanic())
			return
		}
		if s.s.aborted {
			return
		}
		s.s.enter()
		switch {
		case returned:
		case c.t.Skipped() && s.s.failure == nil:
			s.s.skipped = true
		default:
			s.s.fail(failureTest, "the body has ended its goroutine, as t.FailNow does: report to the Sim, not to t")
		}
		s.s.ended = true
	}()
	func() {
		defer s.cleanUp()
		defer s.calm()
		c.body(s)
	}()
	if c.received != nil {
		s.requireReceived(c.received)
	}
	s.stop()
	returned = true
}

// cleanUp runs what is to be run when the body is over, each also if the one before it
// has ended the goroutine.
func (s *Sim) cleanUp() {
	last := len(s.cleanup) - 1
	if last < 0 {
		return
	}
	f := s.cleanup[last]
	s.cleanup = s.cleanup[:last]
	defer s.cleanUp()
	f()
}

// calm ends faults and early timers: they are for the body.
func (s *Sim) calm() {
	if s.s.aborted {
		return
	}
	s.s.enter() // the body may have been away
	s.s.endFaults()
	s.s.early = 0
	s.s.letGo()
}

// namesLeft lists names that are still in use.
func namesLeft(all iter.Seq2[string, proc.ID]) (left []string) {
	for name, id := range all {
		left = append(left, fmt.Sprintf("the name %q, of process %v", name, id))
	}
	return left
}

// stop stops the systems, and looks whether something is left.
func (s *Sim) stop() {
	s.calm() // also if a cleanup has let more happen
	for _, sys := range s.systems {
		if err := sys.Stop(context.Background()); err != nil {
			s.s.enter()
			s.s.fail(failureLeak, "after the body: %v%s", err, s.s.waiting())
			return
		}
	}
	s.Settle()
	var left []string
	for _, t := range s.s.threads {
		if t != s.s.running && !t.guest {
			left = append(left, fmt.Sprintf("%s %s", t.party, s.s.waits(t)))
		}
	}
	s.s.mu.Lock()
	for _, t := range s.s.timers {
		left = append(left, fmt.Sprintf("a timer of %s, due after %v", t.owner, t.due))
	}
	s.s.mu.Unlock()
	for _, sys := range s.systems {
		left = append(left, namesLeft(sys.Names())...)
	}
	if len(left) > 0 {
		s.s.fail(failureLeak, "left when all systems have stopped:%s", listed(left))
	}
}
