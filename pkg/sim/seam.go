package sim

import (
	"fmt"
	"reflect"
	"runtime"
	"time"

	"github.com/harkgo/hark/internal/goroutine"
	"github.com/harkgo/hark/internal/seam"
)

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
		s.touchParty(s.partyOf(w))
		s.begin(s.partyOf(w), run)
		return
	}
	task := s.kid("task")
	task.opaque = true
	s.begin(task, run)
}

// kid is a new party, named after the running thread.
func (s *scheduler) kid(what string) *party {
	by := s.actor()
	if by == nil {
		return s.newParty(what)
	}
	by.kids++
	kid := s.newParty(fmt.Sprintf("%s %d of %s", what, by.kids, by))
	kid.of, kid.key = by, by.nextKey()
	s.note(event{kind: eventSpawns, a: by, b: kid})
	return kid
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
	s.touch(chance)
	return s.random.Uint64(), s.random.Uint64()
}

func (s *scheduler) Steps() seam.Stepper { return s }

func (s *scheduler) Known(w *seam.Waiter, who seam.Subject) {
	s.enter()
	by := s.actor()
	p := &party{id: s.newActor(), who: who, key: by.nextKey(), starting: s.faulty()}
	if by != nil {
		p.by = by.principal()
	}
	s.processes = append(s.processes, p)
	s.mu.Lock()
	s.parties[w] = p
	s.mu.Unlock()
	s.touch(spawning)
	s.note(event{kind: eventSpawns, a: by, b: p})
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
