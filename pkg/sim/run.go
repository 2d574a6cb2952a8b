package sim

import (
	"context"
	"fmt"
	"math/rand/v2"
	"testing"
	"testing/synctest"

	"github.com/harkgo/hark/internal/goroutine"
)

// plan is all that decides how a run goes, but for the test's code.
type plan struct {
	seed     uint64
	strategy Strategy
	careful  bool
	longest  int   // choices of the longest run so far
	choices  []int // to be taken again, if replays
	replays  bool
	vigilant bool // find out who changes a message
}

// outcome is what has come of a run.
type outcome struct {
	failure   *failure
	surprised bool // it is to be run again, careful
	steps     int
	choices   []int
	events    []event
	astray    string
	said      string
	scenarios []*scenario
	unread    map[unread]int // if it has failed
}

// streams of random numbers of a run.
const (
	streamStrategy uint64 = iota
	streamThreads
	streamBody
)

// run runs the body once, in a bubble of its own.
func (c *check) run(p plan) (o outcome) {
	var s *scheduler
	var sim *Sim
	inBubble := func(*testing.T) {
		s = newScheduler()
		s.careful, s.instant = p.careful, c.instant
		s.vigilant, s.shared = p.vigilant, c.shared
		s.limit, s.fair = c.limit, c.limit/fairPart
		s.events = c.spare[:0]
		c.spare = nil
		s.chooser = &chooser{strategy: p.strategy, replayed: p.choices, replays: p.replays}
		s.random = rand.New(rand.NewPCG(p.seed, streamThreads))
		if !p.replays {
			p.strategy.Begin(rand.New(rand.NewPCG(p.seed, streamStrategy)), p.longest)
		}
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		sim = &Sim{s: s, name: c.t.Name(), ctx: ctx, random: rand.New(rand.NewPCG(p.seed, streamBody))}
		c.watched.Store(s)
		defer c.watched.Store(nil)
		s.holder.Store(goroutine.Current())
		s.begin(s.newParty("the test"), func() { c.drive(sim) })
		s.pass(nil)
		s.root()
		cancel()
	}
	left := inSynctest(c.t, inBubble)
	o = outcome{
		failure: s.failure, surprised: s.surprised, steps: s.steps,
		choices: s.chooser.taken, events: s.events, astray: s.chooser.astray, said: sim.said.String(),
		scenarios: s.scenarios, unread: s.unread,
	}
	if left != nil && o.failure == nil && !o.surprised {
		o.failure = &failure{kind: failureLeak, step: s.steps, what: fmt.Sprintf("goroutines that the test has started are left: %v", left)}
	}
	return o
}

// inSynctest runs f in a bubble. What is left in it at the end is its result.
func inSynctest(t *testing.T, f func(*testing.T)) (left any) {
	defer func() { left = recover() }()
	synctest.Test(t, f)
	return nil
}

// drive is the thread of the test's body.
func (c *check) drive(s *Sim) {
	returned := false
	defer func() {
		if value := recover(); value != nil {
			s.s.enter()
			s.s.fail(failurePanic, "panic: %v\n%s", value, stackOfPanic())
			return
		}
		if s.s.aborted {
			return
		}
		s.s.enter()
		if !returned && !c.t.Skipped() {
			s.s.fail(failureTest, "the body has ended its goroutine, as t.FailNow does")
		}
		s.s.ended = true
	}()
	func() {
		defer s.cleanUp()
		c.body(s)
	}()
	if c.received != nil {
		s.requireReceived(c.received)
	}
	s.stop()
	returned = true
}

func (s *Sim) cleanUp() {
	for i := len(s.cleanup) - 1; i >= 0; i-- {
		s.cleanup[i]()
	}
}

// stop stops the systems, and looks whether something is left.
func (s *Sim) stop() {
	for _, sys := range s.systems {
		if err := sys.Stop(context.Background()); err != nil {
			s.s.enter()
			s.s.fail(failureLeak, "after the body: %v%s", err, s.s.waiting())
			return
		}
	}
	s.Settle()
	var left string
	for _, t := range s.s.threads {
		if t != s.s.running && !t.guest {
			left += fmt.Sprintf("\n    %s %s", t.party, s.s.waits(t))
		}
	}
	s.s.mu.Lock()
	for _, t := range s.s.timers {
		left += fmt.Sprintf("\n    a timer of %s, due after %v", t.owner, t.due)
	}
	s.s.mu.Unlock()
	if left != "" {
		s.s.fail(failureLeak, "left when all systems have stopped:%s", left)
	}
}
