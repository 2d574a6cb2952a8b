package sim

import (
	"container/heap"
	"time"

	"github.com/harkgo/hark/internal/seam"
)

// timer is a timer in virtual time. Which of those that are due fires first, and
// who runs before that, is a choice like others. It is guarded by the lock of the
// scheduler.
type timer struct {
	s     *scheduler
	f     func()
	wakes *thread // instead of f
	does  func()  // instead of f: with the baton, at once
	owner *party
	actor int
	key   key
	due   time.Duration
	after time.Duration // when it was set, for how long
	seq   int
	index int   // in the heap
	cause int32 // the event in whose course it was set
	exact bool  // it is never early
	place timerPlace
}

type timerPlace uint8

const (
	timerIdle timerPlace = iota
	timerPending
	timerDue
)

type timerHeap []*timer

func (h timerHeap) Len() int { return len(h) }
func (h timerHeap) Less(i, j int) bool {
	return h[i].due < h[j].due || h[i].due == h[j].due && h[i].seq < h[j].seq
}
func (h timerHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].index, h[j].index = i, j
}
func (h *timerHeap) Push(x any) {
	t := x.(*timer)
	t.index = len(*h)
	*h = append(*h, t)
}
func (h *timerHeap) Pop() any {
	old := *h
	t := old[len(old)-1]
	old[len(old)-1] = nil
	*h = old[:len(old)-1]
	return t
}

func (s *scheduler) AfterFunc(d time.Duration, f func()) seam.Timer {
	t := s.newTimer()
	t.f = f
	t.Reset(d)
	return t
}

// newTimer is a timer of whoever is at work.
func (s *scheduler) newTimer() *timer {
	t := &timer{s: s}
	if s.has() {
		t.owner = s.actor()
		t.key = t.owner.nextKey()
	}
	s.mu.Lock()
	t.actor = s.newActor()
	s.mu.Unlock()
	return t
}

func (t *timer) Reset(d time.Duration) bool {
	s := t.s
	now := s.Elapsed()
	s.mu.Lock()
	defer s.mu.Unlock()
	was := t.take()
	if t.cause = 0; s.has() {
		t.cause = s.cause
	}
	s.entries++
	t.after = max(0, d)
	t.seq, t.due = s.entries, now+t.after
	if t.due < now {
		t.due = 1<<63 - 1
	}
	t.place = timerPending
	heap.Push(&s.timers, t)
	return was
}

func (t *timer) Stop() bool {
	t.s.mu.Lock()
	defer t.s.mu.Unlock()
	return t.take()
}

// take makes the timer idle, and reports whether it was to fire.
func (t *timer) take() bool {
	s := t.s
	if s.explorer != nil && s.has() {
		s.touchActor(t.actor)
	}
	place := t.place
	t.place = timerIdle
	switch place {
	case timerIdle:
		return false
	case timerPending:
		heap.Remove(&s.timers, t.index)
	case timerDue:
		for i, other := range s.due {
			if other == t {
				s.due = append(s.due[:i], s.due[i+1:]...)
				break
			}
		}
	}
	return true
}

// takeDue moves the timers that are due to those that may fire.
func (s *scheduler) takeDue() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if len(s.timers) > 0 {
		s.takeDueBy(s.now)
	}
	s.firing = append(s.firing[:0], s.due...)
}

func (s *scheduler) takeDueBy(now time.Duration) {
	for len(s.timers) > 0 && s.timers[0].due <= now {
		t := heap.Pop(&s.timers).(*timer)
		t.place = timerDue
		s.due = append(s.due, t)
	}
}

// fire lets a timer that is due fire. It returns the thread that runs its function.
func (s *scheduler) fire(t *timer) *thread {
	s.mu.Lock()
	due := t.place == timerDue && t.take()
	s.mu.Unlock()
	if !due {
		return nil // stopped by a goroutine without the baton
	}
	s.touchActor(t.actor)
	if t.owner != nil {
		s.touchParty(t.owner)
	}
	s.cause = t.cause
	if t.does != nil {
		t.does()
		return nil
	}
	s.note(event{kind: eventFires, a: t.owner, cause: t.cause, text: s.shownTimer(t)})
	s.cause = int32(len(s.events))
	if t.wakes != nil {
		s.touchParty(t.wakes.party)
		s.makeReady(t.wakes)
		t.wakes.cause = everything // whoever sleeps lets all others do what they can
		return nil
	}
	s.touchCode()
	s.latest = t.actor
	name := "a timer"
	if t.owner != nil {
		name = "a timer of " + t.owner.String()
	}
	fired := &thread{party: &party{id: t.actor, name: name, key: t.key, lane: t.owner}, run: t.f, state: threadRunning}
	fired.gate.Init()
	s.list(fired)
	return fired
}
