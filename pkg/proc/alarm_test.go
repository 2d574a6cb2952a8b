package proc

import (
	"runtime"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/seam"
)

// handClock is a scheduler whose time the test sets, with one timer. It counts
// how often the clock is read.
type handClock struct {
	*seam.Goroutines
	mu    sync.Mutex
	now   time.Duration
	reads int
	rings time.Duration // when the timer rings; 0: not
	ring  func()
}

func (c *handClock) Elapsed() time.Duration {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.reads++
	return c.now
}

func (c *handClock) AfterFunc(d time.Duration, f func()) seam.Timer {
	c.ring = f
	c.Reset(d)
	return c
}

func (c *handClock) Reset(d time.Duration) bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.rings = c.now + d
	return true
}

func (c *handClock) Stop() bool { return true }

// at sets the time, and rings if the timer is due.
func (c *handClock) at(now time.Duration) {
	c.mu.Lock()
	c.now = now
	due := c.rings != 0 && c.rings <= now
	if due {
		c.rings = 0
	}
	c.mu.Unlock()
	if due {
		c.ring()
	}
}

// overdue sets the time, and the timer does not ring yet.
func (c *handClock) overdue(now time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = now
}

func (c *handClock) readings() int {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.reads
}

// hotThread is a thread whose state has changed so often that its changes go
// without a stamp.
func hotThread() (*handClock, *thread) {
	clock := &handClock{Goroutines: seam.NewGoroutines(), now: time.Second}
	s := NewSystem(WithScheduler(clock), WithLogger(zerolog.Nop()))
	t := &thread{sys: s}
	t.Init()
	t.since, t.at, t.skip = s.clock.elapsed(), s.clock.latest.Load(), 200
	return clock, t
}

// parkWith parks t with a limit, and returns when it is parked; the channel is
// closed when it has been woken.
func parkWith(t *thread, l *limit) (woken chan struct{}) {
	woken = make(chan struct{})
	go func() {
		t.Lock()
		t.park(l)
		close(woken)
	}()
	for parked := false; !parked; runtime.Gosched() {
		t.Lock()
		parked = t.parked
		t.Unlock()
	}
	return woken
}

func wakeUp(t *thread, woken chan struct{}) {
	t.Lock()
	ready := t.wake(byMessage)
	t.Unlock()
	if ready {
		t.ready()
	}
	<-woken
}

const (
	hotLimit = 640 * time.Millisecond
	hotLate  = hotLimit / lateness
)

// A thread whose state changes all the time does not read the clock for each of
// its limits; such a limit is not over early, and not later than by a 64th.
func TestC1_TheLimitOfAHotProcess(t *testing.T) {
	clock, th := hotThread()
	first := within(hotLimit)
	wakeUp(th, parkWith(th, &first)) // reads the clock, and arms the timer

	reads := clock.readings()
	l := within(hotLimit)
	woken := parkWith(th, &l)
	require.Equal(t, reads, clock.readings())

	clock.at(time.Second + hotLate) // from here on the limit counts
	clock.at(time.Second + hotLimit)
	clock.at(time.Second + hotLimit + hotLate - 1)
	th.Lock()
	require.True(t, th.parked, "it is over early")
	th.Unlock()
	clock.at(time.Second + hotLimit + hotLate)
	<-woken
	require.True(t, l.expired)
}

// If such a thread is woken, and busy when its timer rings, its limit goes on when
// it parks again: it does not begin anew.
func TestR4_TheLimitOfAHotProcessIsOfTheWholeWait(t *testing.T) {
	clock, th := hotThread()
	first := within(hotLimit)
	wakeUp(th, parkWith(th, &first))

	l := within(hotLimit)
	wakeUp(th, parkWith(th, &l))       // woken by a message that it does not want
	clock.at(time.Second + hotLate)    // rings while it looks at that
	clock.at(time.Second + 3*hotLimit) // which takes long
	require.LessOrEqual(t, l.due, time.Second+hotLimit+hotLate)
	th.pass(&l)
	require.True(t, l.expired)
}

// The timer of such a thread may be overdue, as of a machine with much to do, when a limit
// begins: that is not taken to have begun when the timer was to ring.
func TestC1_TheLimitOfAHotProcessIsNeverEarly(t *testing.T) {
	for name, rings := range map[string]bool{"it has not rung": false, "it rings late": true} {
		t.Run(name, func(t *testing.T) {
			clock, th := hotThread()
			first := within(hotLimit)
			wakeUp(th, parkWith(th, &first))

			begun := time.Second + hotLate + 5*time.Millisecond
			clock.overdue(begun)
			reads := clock.readings()
			l := within(hotLimit)
			wakeUp(th, parkWith(th, &l)) // woken by a message that it does not want
			require.Equal(t, reads, clock.readings())
			if rings {
				clock.at(begun + time.Millisecond)
			}
			wakeUp(th, parkWith(th, &l))
			require.GreaterOrEqual(t, l.due, begun+hotLimit)
			require.LessOrEqual(t, l.due, begun+hotLimit+time.Millisecond)
		})
	}
}

// Short limits are exact: to be a little late would not save anything.
func TestC1_AShortLimitOfAHotProcessIsExact(t *testing.T) {
	clock, th := hotThread()
	for range 2 {
		l := within(lateness * leastLateness / 2)
		woken := parkWith(th, &l)
		require.Equal(t, clock.now+lateness*leastLateness/2, l.due)
		wakeUp(th, woken)
	}
}
