package sim

import (
	"fmt"
	"runtime"
	"slices"
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
	on    *seam.Waiter // what it is parked on
	why   string       // it is parked, if on is nil
	guest bool         // a goroutine that the scheduler has not started
	seq   int          // in order of appearance
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
	t.run()
}

// end is the last deferred function of a thread. Processes and tasks do not panic
// that far.
func (s *scheduler) end(t *thread) {
	if value := recover(); value != nil {
		s.enter()
		s.fail(failurePanic, "panic in %s: %v\n%s", t.party, value, stackOfPanic())
	}
	s.enter() // it may have been away
	s.note(event{kind: eventEnded, a: t.party})
	t.state = threadEnded
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
