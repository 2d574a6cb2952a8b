package sim

import (
	"fmt"
	"runtime"
	"slices"
	"time"
	"unsafe"

	"github.com/harkgo/hark/internal/goroutine"
	"github.com/harkgo/hark/internal/seam"
)

// party is who does things: a process, through all its goroutines, or any other
// thread. Its id is that of an actor in the eyes of a [Strategy].
type party struct {
	id   int
	name string       // "" if subject knows it
	who  seam.Subject // of a process
	kids int          // threads that it has started
	new  []*seal      // what has arrived since it last went on
	key  key          // see there
	keys int          // how many it has given away
	of   *party       // whom it acts for; nil: itself
	by   *party       // who has spawned it
	lane *party       // in whose lane it is shown; nil: its own

	// Of a process, as faults have it.
	starting bool          // it has not said yet that it is up
	crashing faultKind     // it is to panic, for this
	struck   bool          // something is to be done to it at once
	pause    time.Duration // before its next step
	full     bool          // its mailbox

	// As an explorer has it.
	outside bool   // it is an operation of a thread that is no process,
	stands  *party // of this one
	opaque  bool   // nobody knows what it touches
}

// key is what an actor is called whatever the schedule: how it has come about. Two
// may have the same one, but that is rare.
type key uint16

func keyOf(a, b int) key {
	x := uint64(a+1)*0x9e3779b97f4a7c15 ^ uint64(b+1)*0xc2b2ae3d27d4eb4f
	return key((x ^ x>>29) * 0xbf58476d1ce4e5b9 >> 48)
}

// nextKey is the key of the next thing that p makes.
func (p *party) nextKey() key {
	if p == nil {
		return 0
	}
	p.keys++
	return keyOf(int(p.key), p.keys)
}

func (p *party) String() string {
	if p.name == "" {
		p.name = p.who.Name()
	}
	return p.name
}

// thread is a goroutine that runs only while it has the baton.
type thread struct {
	party *party
	run   func()
	gate  seam.Waiter // where it waits for the baton
	g     uintptr     // its goroutine; 0: not begun
	state threadState
	on    *seam.Waiter  // what it is parked on
	why   string        // it is parked, if on is nil
	guest bool          // a goroutine that the scheduler has not started
	seq   int           // in order of appearance
	cause int32         // of that it is ready
	since time.Duration // when it began to be, without having waited since then
}

type threadState uint8

const (
	threadReady   threadState = iota // waits for the baton
	threadRunning                    // has it
	threadParked                     // waits for something else
	threadAway                       // blocks outside of the scheduler
	threadEnded
)

// mark is an argument by which the goroutine of a thread can be told in a dump of
// all goroutines: an address, twice, in memory. Functions that have one must not
// be inlined.
type mark [2]uintptr

func markOf(t *thread) mark {
	address := uintptr(unsafe.Pointer(t))
	return mark{address, address}
}

func (m mark) String() string { return fmt.Sprintf("{%#x, %#x}", m[0], m[1]) }

// main is the thread's goroutine, which has been given the baton.
//
//go:noinline
func (s *scheduler) main(t *thread, _ mark) {
	t.g = goroutine.Current()
	s.holder.Store(t.g)
	defer s.end(t)
	s.letGo()
	t.run()
}

// end is the last deferred function of a thread. Processes and tasks do not panic
// that far.
func (s *scheduler) end(t *thread) {
	if value := recover(); value != nil {
		s.enter()
		if m, ok := value.(misuse); ok {
			s.refuse(m)
		}
		s.fail(failurePanic, "panic in %s: %v\n%s", t.party, value, stackOfPanic())
	}
	s.enter() // it may have been away
	s.note(event{kind: eventEnded, a: t.party})
	t.state = threadEnded
	t.party.starting = false // a process may go on without a goroutine
	s.forget(t)
	if s.careful || s.aborted {
		s.pass(nil)
	} else {
		s.pass(s.next())
	}
}

// stackOfPanic is the stack of the panic that has just been recovered.
func stackOfPanic() string {
	buf := make([]byte, 1<<16)
	return string(buf[:runtime.Stack(buf, false)])
}

func (s *scheduler) newActor() int {
	return int(s.actors.Add(1)) - 1
}

func (s *scheduler) newParty(name string) *party {
	return &party{id: s.newActor(), name: name, key: keyOf(len(name), int(name[0]))}
}

// partyOf is the party whose threads park on w.
func (s *scheduler) partyOf(w *seam.Waiter) *party {
	s.mu.Lock()
	defer s.mu.Unlock()
	p := s.parties[w]
	if p == nil { // somebody from outside, for one operation
		p = s.newParty("a caller from outside")
		p.outside, p.opaque = true, true
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
	if t.state != threadRunning {
		t.since = s.now
	}
	t.state, t.cause = threadReady, s.cause
	s.ready = append(s.ready, t)
}

func (s *scheduler) parkOn(t *thread, w *seam.Waiter) {
	if t.party.starting && t.party.process().Receives() {
		t.party.starting = false
	}
	t.state, t.on = threadParked, w
	s.parked[w] = t
	s.note(event{kind: eventBlocks, a: t.party, text: s.shownWait(t)})
}

func (s *scheduler) makeReadyOn(w *seam.Waiter) {
	t := s.parked[w]
	if t == nil {
		panic("sim: a thread is made ready that is not parked")
	}
	delete(s.parked, w)
	s.touchThread(t.party)
	t.on = nil
	s.note(event{kind: eventWakes, a: t.party})
	s.makeReady(t)
	t.cause = int32(len(s.events))
}

// parkFor parks t, for a reason of the simulator's own, until somebody makes it
// ready.
func (s *scheduler) parkFor(t *thread, why string) {
	t.state, t.why = threadParked, why
	s.yield(t)
	t.why = ""
}
