package sim

import (
	"cmp"
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing/synctest"
	"time"

	"github.com/harkgo/hark/internal/goroutine"
	"github.com/harkgo/hark/internal/seam"
)

// scheduler runs the threads of one run, inside a bubble of testing/synctest. All
// that it has belongs to whoever has the baton, unless said otherwise.
//
// Whoever gives the baton away chooses who gets it. There is one goroutine that
// need not be given it, the root: it sleeps in synctest.Wait until nobody in the
// bubble can go on, and so finds out when time is to pass, when the holder of the
// baton blocks in something that the scheduler does not know of, and when all is
// over. A careful scheduler gives each step to the root: then it is certain, before
// each choice, that also the goroutines which it has not started have come as far as
// they can.
type scheduler struct {
	careful bool
	instant bool
	limit   int // of steps
	fair    int // from which step on the strategy is not asked any more
	chooser *chooser
	random  *rand.Rand // what the threads get
	start   time.Time
	now     time.Duration // since start; the time passes only in letTimePass

	holder  atomic.Uintptr // the goroutine that has the baton; anybody may read it
	running *thread        // its thread; nil: none, or the root

	threads  []*thread // that have not ended
	ready    []*thread
	parked   map[*seam.Waiter]*thread
	settlers []*thread
	pairs    map[[2]*party]*pair
	under    []*pair // those with something under way
	begun    int     // threads
	effect   *flight
	options  []Step
	firing   []*timer // the options among the due

	invariants []invariant
	steps      int
	events     []event
	failure    *failure
	ended      bool // the run is over
	surprised  bool // not careful, and that would have been necessary
	aborted    bool // threads only unwind

	progress atomic.Uint64 // of the steps, for the watchdog

	actors   atomic.Int64
	mu       sync.Mutex // guards what follows
	timers   timerHeap
	due      []*timer
	entries  int
	parties  map[*seam.Waiter]*party
	away     map[uintptr]*thread
	arrivals []arrival
	asleep   bool // the root lets time pass: nobody else has anything to do
	arrived  atomic.Bool
	wake     chan struct{} // the root
}

type invariant struct {
	name  string
	holds func() error
}

// arrival is something that a goroutine without the baton wants: it is seen to at
// the next choice.
type arrival struct {
	thread *thread      // wants the baton
	parks  *seam.Waiter // not yet: it parks first
	ready  *seam.Waiter // is to be ready
	starts func()       // is to be a thread
	class  int          // together with seq: the order of those that come at the same time
	seq    int
	calm   bool // the root was asleep
}

func newScheduler() *scheduler {
	return &scheduler{
		start:   time.Now(),
		parked:  make(map[*seam.Waiter]*thread),
		pairs:   make(map[[2]*party]*pair),
		parties: make(map[*seam.Waiter]*party),
		away:    make(map[uintptr]*thread),
		wake:    make(chan struct{}, 1),
	}
}

// ---------------------------------------------------------------- the baton

// enter returns the thread that calls, and waits for the baton if it has not got
// it: a goroutine that the scheduler has not started, or one that has been away.
func (s *scheduler) enter() *thread {
	g := goroutine.Current()
	if s.holder.Load() == g {
		return s.running
	}
	t := s.arrive(g, arrival{class: 2})
	if s.aborted {
		runtime.Goexit()
	}
	return t
}

// has reports whether the calling goroutine has the baton.
func (s *scheduler) has() bool { return s.holder.Load() == goroutine.Current() }

// arrive blocks the calling goroutine, which has not got the baton, until it has.
func (s *scheduler) arrive(g uintptr, a arrival) *thread {
	s.mu.Lock()
	t := s.away[g]
	if t == nil {
		t = s.newGuest(g)
	} else {
		delete(s.away, g)
		a.class, a.seq = 0, t.seq
	}
	a.thread = t
	t.gate.Lock()
	s.arrivesLocked(a)
	s.mu.Unlock()
	if a.parks != nil {
		a.parks.Unlock()
	}
	t.gate.Wait()
	return t
}

func (s *scheduler) newGuest(g uintptr) *thread {
	t := &thread{guest: true, g: g}
	t.gate.Init()
	t.party = &party{name: nameOfGuest()}
	return t
}

func (s *scheduler) arrives(a arrival) {
	s.mu.Lock()
	s.arrivesLocked(a)
	s.mu.Unlock()
}

func (s *scheduler) arrivesLocked(a arrival) {
	a.calm = s.asleep
	s.arrivals = append(s.arrivals, a)
	s.arrived.Store(true)
	select {
	case s.wake <- struct{}{}:
	default:
	}
}

// take sees to the arrivals.
func (s *scheduler) take() {
	if !s.arrived.Load() {
		return
	}
	s.mu.Lock()
	all := s.arrivals
	s.arrivals = nil
	s.arrived.Store(false)
	s.mu.Unlock()
	slices.SortStableFunc(all, func(a, b arrival) int {
		return cmp.Or(cmp.Compare(a.class, b.class), cmp.Compare(a.seq, b.seq))
	})
	for _, a := range all {
		if !a.calm && !s.careful {
			s.surprise()
		}
		switch {
		case a.starts != nil:
			s.begin(s.newParty("a context's function"), a.starts)
		case a.ready != nil:
			s.makeReadyOn(a.ready)
		default:
			t := a.thread
			if t.guest && t.seq == 0 {
				t.party.id = s.newActor()
				s.list(t)
			}
			s.note(event{kind: eventReturns, a: t.party})
			if a.parks != nil {
				s.parkOn(t, a.parks)
			} else {
				s.makeReady(t)
			}
		}
	}
}

// surprise ends a run that would have had to be a careful one.
func (s *scheduler) surprise() { s.surprised, s.ended = true, true }

// pass gives the baton to next, or back to the root.
func (s *scheduler) pass(next *thread) {
	s.running = next
	switch {
	case next == nil:
		s.holder.Store(0)
	case next.g == 0:
		s.holder.Store(0) // until it knows its goroutine
		go s.main(next, markOf(next))
	default:
		s.holder.Store(next.g)
		next.gate.Lock() // had once it waits
		next.gate.Unlock()
		next.gate.Signal()
	}
}

// yield gives the baton away, and returns when t has it again.
func (s *scheduler) yield(t *thread) {
	if !s.careful {
		next := s.next()
		if next == t {
			return
		}
		t.gate.Lock()
		s.pass(next)
	} else {
		t.gate.Lock()
		s.pass(nil)
	}
	t.gate.Wait()
	if s.aborted {
		runtime.Goexit()
	}
}

// point is where others may run before t goes on.
func (s *scheduler) point(t *thread) {
	if s.effect != nil || s.aborted {
		return
	}
	s.makeReady(t)
	s.yield(t)
}

// ---------------------------------------------------------------- threads

func (s *scheduler) newActor() int {
	return int(s.actors.Add(1)) - 1
}

func (s *scheduler) newParty(name string) *party {
	return &party{id: s.newActor(), name: name}
}

// partyOf is the party whose threads park on w.
func (s *scheduler) partyOf(w *seam.Waiter) *party {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.parties[w]
	if p == nil { // somebody from outside, for one operation
		p = s.newParty("a caller from outside")
		s.parties[w] = p
	}
	return p
}

func (s *scheduler) begin(p *party, run func()) *thread {
	t := &thread{party: p, run: run}
	t.gate.Init()
	s.list(t)
	s.makeReady(t)
	return t
}

func (s *scheduler) list(t *thread) {
	s.begun++
	t.seq = s.begun
	s.threads = append(s.threads, t)
}

func (s *scheduler) forget(t *thread) {
	if i := slices.Index(s.threads, t); i >= 0 {
		s.threads = slices.Delete(s.threads, i, i+1)
	}
}

func (s *scheduler) makeReady(t *thread) {
	t.state = threadReady
	s.ready = append(s.ready, t)
}

func (s *scheduler) parkOn(t *thread, w *seam.Waiter) {
	t.state, t.on = threadParked, w
	s.parked[w] = t
	s.note(event{kind: eventBlocks, a: t.party})
}

func (s *scheduler) makeReadyOn(w *seam.Waiter) {
	t := s.parked[w]
	if t == nil {
		panic("sim: a thread is made ready that is not parked")
	}
	delete(s.parked, w)
	t.on = nil
	s.note(event{kind: eventWakes, a: t.party})
	s.makeReady(t)
}

// parkFor parks t, for a reason of the simulator's own, until somebody makes it
// ready.
func (s *scheduler) parkFor(t *thread, why string) {
	t.state, t.why = threadParked, why
	s.yield(t)
	t.why = ""
}

// ---------------------------------------------------------------- steps

// next takes steps until one gives the baton to a thread, and returns that; nil if
// nothing can be done at this time, or the run is over.
func (s *scheduler) next() *thread {
	for {
		s.take()
		if s.steps > 0 && !s.ended {
			s.checkInvariants()
		}
		if s.ended {
			return nil
		}
		n := s.listOptions()
		if n == 0 {
			if len(s.settlers) == 0 {
				return nil
			}
			t := s.settlers[0]
			s.settlers = s.settlers[1:]
			s.makeReady(t)
			continue
		}
		if s.steps++; s.steps > s.limit {
			s.fail(failureEndless, "there is no end after %d steps", s.limit)
			return nil
		}
		s.progress.Add(1)
		if t := s.do(s.chooser.choose(s.options, s.steps > s.fair)); t != nil {
			return t
		}
	}
}

// listOptions sets the options of the next step: ready threads, what is under way,
// timers that are due.
func (s *scheduler) listOptions() int {
	s.options = s.options[:0]
	for _, t := range s.ready {
		s.options = append(s.options, Step{Actor: t.party.id, Kind: GoesOn})
	}
	for _, p := range s.under {
		s.options = append(s.options, Step{Actor: p.actor, Kind: Arrives})
	}
	s.takeDue()
	for _, t := range s.firing {
		s.options = append(s.options, Step{Actor: t.actor, Kind: Fires})
	}
	return len(s.options)
}

// do takes the step of an option. It returns the thread that is to run, if that is
// what it is.
func (s *scheduler) do(i int) *thread {
	if i < len(s.ready) {
		t := s.ready[i]
		s.ready = slices.Delete(s.ready, i, i+1)
		t.state = threadRunning
		s.note(event{kind: eventRuns, a: t.party})
		return t
	}
	if i -= len(s.ready); i < len(s.under) {
		s.arrival(s.under[i])
		return nil
	}
	return s.fire(i - len(s.under))
}

func (s *scheduler) checkInvariants() {
	for _, i := range s.invariants {
		if err := i.check(); err != nil {
			s.fail(failureInvariant, "%s: %v", i.name, err)
			return
		}
	}
}

func (i invariant) check() (err error) {
	defer func() {
		if value := recover(); value != nil {
			err = fmt.Errorf("panic: %v\n%s", value, stackOfPanic())
		}
	}()
	return i.holds()
}

// ---------------------------------------------------------------- the root

// root runs the threads until the run is over.
func (s *scheduler) root() {
	for {
		synctest.Wait() // nobody can go on
		if s.running != nil {
			s.leftAway(s.running)
		}
		s.running = nil
		s.holder.Store(goroutine.Current())
		next := s.next()
		if s.ended {
			break
		}
		if next != nil {
			s.pass(next)
		} else if !s.letTimePass() {
			s.fail(failureDeadlock, "nobody can go on:%s", s.waiting())
			break
		}
	}
	s.abort()
}

// leftAway notes that t, which has the baton, blocks in something that the
// scheduler does not know of.
func (s *scheduler) leftAway(t *thread) {
	s.careful = true // from here on there is somebody who may come back at any moment
	t.state = threadAway
	s.mu.Lock()
	s.away[t.g] = t
	s.mu.Unlock()
	s.note(event{kind: eventAway, a: t.party})
}

// forever is how long the root waits for something to happen in the bubble when
// the scheduler itself waits for nothing.
const forever = 100 * 365 * 24 * time.Hour

// letTimePass lets the time go on to when something is due, or a goroutine that
// waits for a Go timer wants the baton. It reports false if nothing ever happens.
func (s *scheduler) letTimePass() bool {
	d, pending := forever, false
	s.mu.Lock()
	if len(s.timers) > 0 && s.timers[0].due < forever {
		d, pending = s.timers[0].due-s.Elapsed(), true
	}
	s.asleep = true
	s.mu.Unlock()
	before := s.Elapsed()
	s.holder.Store(0)
	timer := time.NewTimer(d)
	select {
	case <-s.wake:
	case <-timer.C:
	}
	timer.Stop()
	synctest.Wait()
	s.mu.Lock()
	s.asleep = false
	s.mu.Unlock()
	s.holder.Store(goroutine.Current())
	if s.now = s.Elapsed(); s.now > before {
		s.note(event{kind: eventTime})
	}
	return pending || s.arrived.Load() || s.Elapsed()-before < forever
}

// abort makes every thread unwind, one after the other.
func (s *scheduler) abort() {
	s.aborted = true
	s.running = nil
	for {
		s.holder.Store(goroutine.Current())
		s.take()
		var next *thread
		for _, t := range s.threads {
			if t.state == threadReady || t.state == threadParked || t.state == threadRunning {
				next = t
				break
			}
		}
		if next == nil {
			// Whoever is away may still come back, and then unwinds.
			if s.gone() || !s.letTimePass() || !s.arrived.Load() {
				return
			}
			continue
		}
		s.forget(next)
		if next.g == 0 { // it has not begun
			continue
		}
		s.pass(next)
		synctest.Wait()
		if s.running != nil { // it blocks outside in a deferred function
			s.running = nil
			s.mu.Lock()
			s.away[next.g] = next
			s.mu.Unlock()
		}
	}
}

// gone reports whether nobody is away.
func (s *scheduler) gone() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return len(s.away) == 0
}

// ---------------------------------------------------------------- seam.Scheduler

var (
	_ seam.Scheduler = (*scheduler)(nil)
	_ seam.Stepper   = (*scheduler)(nil)
)

func (s *scheduler) Go(w *seam.Waiter, run func()) {
	if !s.has() {
		s.arrives(arrival{starts: run, class: 3})
		return
	}
	if s.aborted {
		return
	}
	if w != nil {
		s.begin(s.partyOf(w), run)
		return
	}
	s.begin(s.kid("task"), run)
}

// kid is a new party, named after the running thread.
func (s *scheduler) kid(what string) *party {
	by := s.actor()
	if by == nil {
		return s.newParty(what)
	}
	by.kids++
	return s.newParty(fmt.Sprintf("%s %d of %s", what, by.kids, by))
}

// actor is who is at work.
func (s *scheduler) actor() *party {
	if s.effect != nil {
		return s.effect.from
	}
	if s.running != nil {
		return s.running.party
	}
	return nil
}

func (s *scheduler) Park(w *seam.Waiter) {
	g := goroutine.Current()
	if s.holder.Load() != g {
		s.arrive(g, arrival{parks: w, class: 2})
		if s.aborted {
			runtime.Goexit()
		}
		return
	}
	if s.effect != nil {
		w.Unlock()
		s.fail(failureMisuse, "the dead-letter hook blocks")
		panic("the dead-letter hook blocks")
	}
	if s.aborted {
		w.Unlock()
		runtime.Goexit()
	}
	t := s.running
	s.parkOn(t, w)
	w.Unlock()
	s.yield(t)
}

func (s *scheduler) Ready(w *seam.Waiter) {
	if !s.has() {
		s.arrives(arrival{ready: w, class: 1})
		return
	}
	if s.aborted {
		return
	}
	if s.parked[w] == nil {
		s.take() // it has parked without the baton
	}
	s.makeReadyOn(w)
}

func (s *scheduler) Yield() {
	t := s.enter()
	if s.aborted {
		runtime.Goexit()
	}
	s.point(t)
}

func (s *scheduler) Now() time.Time         { return time.Now() }
func (s *scheduler) Elapsed() time.Duration { return time.Since(s.start) }

func (s *scheduler) Seed() (uint64, uint64) {
	s.enter()
	return s.random.Uint64(), s.random.Uint64()
}

func (s *scheduler) Steps() seam.Stepper { return s }

// ---------------------------------------------------------------- seam.Stepper

func (s *scheduler) Known(w *seam.Waiter, who seam.Subject) {
	s.enter()
	p := &party{id: s.newActor(), who: who}
	s.mu.Lock()
	s.parties[w] = p
	s.mu.Unlock()
	s.note(event{kind: eventSpawns, a: s.actor(), b: p})
}

func (s *scheduler) Step() { s.point(s.enter()) }

func (s *scheduler) Enter(run func()) func() {
	s.mu.Lock()
	s.entries++
	n := s.entries
	s.mu.Unlock()
	return func() { s.arrives(arrival{starts: run, class: 1, seq: n}) }
}

// typeOf is what an event keeps of a message.
func typeOf(what any) reflect.Type { return reflect.TypeOf(what) }
