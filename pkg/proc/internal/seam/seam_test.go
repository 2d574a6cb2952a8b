package seam

import (
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// rally is two threads that wake each other in turn: whose turn it is, is what
// each of them parks for. Its state is as of a receive: written under the lock
// of the waiter, by whoever makes it ready.
type rally struct {
	sides [2]struct {
		Waiter
		parked, turn bool
	}
	park, ready func(*Waiter)
}

func newRally(park, ready func(*Waiter)) *rally {
	r := &rally{park: park, ready: ready}
	for i := range r.sides {
		r.sides[i].Init()
	}
	return r
}

// await blocks until it is side i's turn.
func (r *rally) await(i int) {
	s := &r.sides[i]
	s.Lock()
	if !s.turn {
		s.parked = true
		r.park(&s.Waiter)
	} else {
		s.Unlock()
	}
	s.turn = false // nobody else touches it until this side has passed the turn on
}

// pass makes it side i's turn.
func (r *rally) pass(i int) {
	s := &r.sides[i]
	s.Lock()
	s.turn = true
	ready := s.parked
	s.parked = false
	s.Unlock()
	if ready {
		r.ready(&s.Waiter)
	}
}

// play is n turns of each side, on two threads of sched.
func (r *rally) play(sched Scheduler, n int) {
	var both sync.WaitGroup
	both.Add(2)
	for i := range r.sides {
		sched.Go(func() {
			defer both.Done()
			for range n {
				r.await(i)
				r.pass(1 - i)
			}
		})
	}
	r.pass(0)
	both.Wait()
}

func TestParkReady(t *testing.T) {
	var sched Scheduler = NewGoroutines()
	newRally(sched.Park, sched.Ready).play(sched, 10_000)
}

// A thread that is made ready has not got the lock: whoever wakes it may go on
// to hold it.
func TestParkReturnsUnlocked(t *testing.T) {
	var sched Scheduler = NewGoroutines()
	var w Waiter
	w.Init()
	parking, woken := make(chan struct{}), make(chan struct{})
	sched.Go(func() {
		w.Lock()
		close(parking)
		sched.Park(&w)
		w.Lock()
		w.Unlock() //nolint:staticcheck // it can be had
		close(woken)
	})
	<-parking
	w.Lock() // had only once the other one is parked
	w.Unlock()
	sched.Ready(&w)
	<-woken
}

// Ready may come between the release of the lock and the park itself; it is not
// lost then.
func TestReadyBeforePark(t *testing.T) {
	var sched Scheduler = NewGoroutines()
	for range 1000 {
		var w Waiter
		w.Init()
		woken := make(chan struct{})
		w.Lock()
		sched.Go(func() {
			w.Lock()
			w.Unlock() //nolint:staticcheck // from here on the other one parks
			sched.Ready(&w)
			close(woken)
		})
		sched.Park(&w)
		<-woken
	}
}

func TestElapsedGrowsWithNow(t *testing.T) {
	sched := NewGoroutines()
	now, elapsed := sched.Now(), sched.Elapsed()
	require.GreaterOrEqual(t, elapsed, time.Duration(0))
	fired := make(chan time.Duration)
	timer := sched.AfterFunc(time.Millisecond, func() { fired <- sched.Elapsed() })
	assert.GreaterOrEqual(t, <-fired-elapsed, time.Millisecond)
	assert.False(t, timer.Stop())
	assert.True(t, sched.Now().After(now))
}

func TestSeedsDiffer(t *testing.T) {
	sched := NewGoroutines()
	a, b := sched.Seed()
	c, d := sched.Seed()
	assert.NotEqual(t, [2]uint64{a, b}, [2]uint64{c, d})
}

// BenchmarkSeam is what the seam costs where it is met most: a round trip of
// two threads that park and make each other ready, through the interface and
// by the same calls made directly.
func BenchmarkSeam(b *testing.B) {
	sched := NewGoroutines()
	b.Run("interface", func(b *testing.B) {
		var through Scheduler = sched
		newRally(func(w *Waiter) { through.Park(w) }, func(w *Waiter) { through.Ready(w) }).play(sched, b.N)
	})
	b.Run("direct", func(b *testing.B) {
		newRally(func(w *Waiter) { w.cond.Wait() }, func(w *Waiter) { w.cond.Signal() }).play(sched, b.N)
	})
	b.Run("channels", func(b *testing.B) {
		turns := [2]chan struct{}{make(chan struct{}, 1), make(chan struct{}, 1)}
		var both sync.WaitGroup
		for i := range turns {
			both.Go(func() {
				for range b.N {
					<-turns[i]
					turns[1-i] <- struct{}{}
				}
			})
		}
		turns[0] <- struct{}{}
		both.Wait()
	})
}
