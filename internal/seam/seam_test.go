package seam

import (
	"runtime"
	"strings"
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
	by      way
	sched   Scheduler
	runtime Runtime
}

// way is how a rally parks and makes ready. It is asked in place, for a frame
// more on the stack of a parked goroutine would be measured, too.
type way int

const (
	byRuntime   way = iota // as processes do
	byInterface            // with an indirect call
	directly               // without the seam
)

func newRally(by way) *rally {
	sched := NewGoroutines()
	r := &rally{by: by, sched: sched, runtime: RuntimeOf(sched)}
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
		switch r.by {
		case byRuntime:
			r.runtime.Park(&s.Waiter)
		case byInterface:
			r.sched.Park(&s.Waiter)
		default:
			s.Wait()
		}
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
	if !ready {
		return
	}
	switch r.by {
	case byRuntime:
		r.runtime.Ready(&s.Waiter)
	case byInterface:
		r.sched.Ready(&s.Waiter)
	default:
		s.Signal()
	}
}

// play is n turns of each side, on two threads.
func (r *rally) play(n int) {
	var both sync.WaitGroup
	both.Add(2)
	for i := range r.sides {
		r.sched.Go(nil, func() {
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
	for _, by := range []way{byRuntime, byInterface} {
		newRally(by).play(10_000)
	}
}

// passLock returns when the lock could be had.
func passLock(w *Waiter) {
	w.Lock()
	defer w.Unlock()
}

// A thread that is made ready has not got the lock: whoever wakes it may go on
// to hold it.
func TestParkReturnsUnlocked(t *testing.T) {
	var sched Scheduler = NewGoroutines()
	var w Waiter
	w.Init()
	parking, woken := make(chan struct{}), make(chan struct{})
	sched.Go(nil, func() {
		w.Lock()
		close(parking)
		sched.Park(&w)
		passLock(&w)
		close(woken)
	})
	<-parking
	passLock(&w) // had only once the other one is parked
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
		sched.Go(nil, func() {
			passLock(&w) // from here on the other one parks
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
// two threads that park and make each other ready, as processes do it, through
// the interface, and by the same calls made directly.
func BenchmarkSeam(b *testing.B) {
	b.Run("runtime", func(b *testing.B) { newRally(byRuntime).play(b.N) })
	b.Run("interface", func(b *testing.B) { newRally(byInterface).play(b.N) })
	b.Run("direct", func(b *testing.B) { newRally(directly).play(b.N) })
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

// The runtime knows the reason of a wait by a number. If it is not that of a
// Cond, a bubble of testing/synctest never finds its goroutines idle.
func TestTheWaitHasItsName(t *testing.T) {
	var sched Scheduler = NewGoroutines()
	var w Waiter
	w.Init()
	left := make(chan struct{})
	w.Lock()
	sched.Go(nil, func() {
		sched.Park(&w)
		close(left)
	})
	passLock(&w) // had only once the other one is about to park
	defer func() { <-left }()
	defer sched.Ready(&w)
	for stacks := make([]byte, 1<<16); ; runtime.Gosched() {
		all := string(stacks[:runtime.Stack(stacks, true)])
		for _, stack := range strings.Split(all, "\n\n") {
			if strings.Contains(stack, "seam.TestTheWaitHasItsName.func") && !strings.Contains(stack, "[runn") {
				assert.Contains(t, stack, "[sync.Cond.Wait]")
				return
			}
		}
	}
}
