package proc

import (
	"context"
	"errors"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/seam"
	"github.com/harkgo/hark/pkg/sel"
)

// delayer is a scheduler that holds back the goroutines that are to start, when it is told to.
type delayer struct {
	*seam.Goroutines
	mu      sync.Mutex
	holding bool
	held    []func()
}

func (h *delayer) Go(of *seam.Waiter, run func()) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.holding {
		h.held = append(h.held, func() { h.Goroutines.Go(of, run) })
	} else {
		h.Goroutines.Go(of, run)
	}
}

func (h *delayer) hold() {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.holding = true
}

// release starts what has been held back, and returns how many that is.
func (h *delayer) release() int {
	h.mu.Lock()
	defer h.mu.Unlock()
	for _, run := range h.held {
		run()
	}
	n := len(h.held)
	h.holding, h.held = false, nil
	return n
}

// loopUntil waits until f, asked with the lock of p held, reports true.
func loopUntil(p *Process, f func() bool) {
	for ok := false; !ok; runtime.Gosched() {
		p.Lock()
		ok = f()
		p.Unlock()
	}
}

func loopResting(p *Process) { loopUntil(p, func() bool { return p.parked && p.resting }) }

// What happens to a process between being woken and having its goroutine happens to it as to one that is busy.
func TestLoop_BetweenWakeAndRise(t *testing.T) {
	type world struct {
		p     Pid[int]
		s     *System
		turns func() int
		h     *delayer
	}
	reason := func(p Pid[int]) ShutdownReason { <-p.Done(); return p.Reason() }
	for name, test := range map[string]func(w world){
		"kill": func(w world) {
			turns := w.turns()
			w.p.Send(1)
			w.p.Kill()
			require.False(t, w.p.Alive())
			require.Equal(t, ExitKilled{}, reason(w.p))
			abandoned := 0
			for range w.s.Abandoned() {
				abandoned++
			}
			require.Equal(t, 1, abandoned, "its goroutine is still to begin")
			require.Equal(t, 1, w.h.release())
			for abandoned > 0 {
				abandoned = 0
				for range w.s.Abandoned() {
					abandoned++
				}
			}
			require.Equal(t, turns, w.turns())
			require.EqualValues(t, 1, w.s.Counters().DeadLetters[letterReasons[letterUnread]])
		},
		"kill of one that has been shut down": func(w world) {
			w.p.Shutdown(ExitNormally{})
			w.p.Kill()
			require.Equal(t, ExitKilled{}, reason(w.p))
			require.Equal(t, 1, w.h.release())
		},
		"shutdown": func(w world) {
			w.p.Send(1)
			w.p.Shutdown(ExitNormallyWith{Detail: "x"})
			require.True(t, w.p.Alive())
			require.Equal(t, 1, w.h.release())
			require.Equal(t, ExitNormallyWith{Detail: "x"}, reason(w.p))
		},
		"all kinds of signals": func(w world) {
			w.p.Send(1)
			w.p.Send(2)
			w.p.Interrupt(InterruptedBy{Value: 1})
			LateEvent(w.p.ID)
			info, _ := w.p.Info()
			require.Equal(t, Busy, info.State)
			require.Equal(t, 1, w.h.release(), "one goroutine is enough")
			loopResting(w.p.local())
			w.p.Send(-3)
			require.Equal(t, ExitNormallyWith{Detail: "3, 1 interrupt"}, reason(w.p))
		},
		"stop": func(w world) {
			w.p.Send(1)
			stopped := make(chan error)
			go func() { stopped <- w.s.Stop(context.Background()) }()
			loopUntil(w.p.local(), func() bool { return w.p.local().ctl.Load() != 0 })
			require.Equal(t, 1, w.h.release())
			require.NoError(t, <-stopped)
		},
	} {
		t.Run(name, func(t *testing.T) {
			h := &delayer{Goroutines: seam.NewGoroutines()}
			s := NewSystem(WithScheduler(h), WithLogger(zerolog.Nop()))
			SetWarm(s, 10, time.Millisecond)
			var mu sync.Mutex
			turns := 0
			type state struct{ sum, interrupts int }
			l := NewLoop(func(self *Self[int], st *state) error {
				mu.Lock()
				turns++
				mu.Unlock()
				for {
					n, err := ReceiveOrHibernate(self, -1, sel.Message[int](), func(n int) int { return n })
					switch {
					case err == Hibernate:
						return err
					case err != nil:
						st.interrupts++
					case n < 0:
						require.Equal(t, state{3, 1}, *st)
						return ExitNormallyWith{Detail: "3, 1 interrupt"}
					default:
						st.sum += n
					}
				}
			})
			p := Spawn(s, func(*Self[int]) error { return l.Enter(state{}) })
			loopResting(p.local())
			h.hold()
			test(world{p, s, func() int { mu.Lock(); defer mu.Unlock(); return turns }, h})
			h.release()
			require.NoError(t, s.Stop(context.Background()))
			n, swept := Warm(s)
			require.Zero(t, n)
			require.False(t, swept)
		})
	}
}

// A killed process that rests has no goroutine to be waited for.
func TestLoop_AKillOfAProcessThatRestsLeavesNothing(t *testing.T) {
	h := &delayer{Goroutines: seam.NewGoroutines()}
	s := NewSystem(WithScheduler(h), WithLogger(zerolog.Nop()))
	l := NewLoop(func(self *Self[int], _ *[]byte) error {
		_, err := ReceiveOrHibernate(self, time.Hour, sel.Or(sel.Equal(1), sel.Equal(2)), nil)
		return err
	})
	p := Spawn(s, func(*Self[int]) error { return l.Enter(make([]byte, 10)) })
	loopResting(p.local())
	h.hold()
	p.Kill()
	require.Zero(t, h.release())
	q := p.local()
	require.Nil(t, q.in)
	require.Nil(t, q.wantedMany)
	require.Equal(t, hasLeft, q.goroutine)
	require.Zero(t, q.alarm.armed)
	require.NoError(t, s.Stop(context.Background()))
}

// With any scheduler a process in a loop is started, parked and made ready as others are.
func TestLoop_GoesThroughTheSeam(t *testing.T) {
	r := &recorder{Goroutines: seam.NewGoroutines(), delivered: make(map[seam.Kind]int)}
	s := NewSystem(WithScheduler(r), WithLogger(zerolog.Nop()))
	SetWarm(s, 10, time.Millisecond)
	got := make(chan int)
	l := NewLoop(func(self *Self[int], _ *int) error {
		for {
			n, err := ReceiveOrHibernate(self, -1, sel.Message[int](), func(n int) int { return n })
			if err != nil {
				return err
			}
			got <- n
		}
	})
	p := Spawn(s, func(*Self[int]) error { return l.Enter(0) })
	for i := range 5 {
		loopResting(p.local())
		p.Send(i)
		require.Equal(t, i, <-got)
		p.Send(i)
		require.Equal(t, i, <-got)
	}
	require.NoError(t, s.Stop(context.Background()))
	r.mu.Lock()
	defer r.mu.Unlock()
	require.GreaterOrEqual(t, r.started, 6)
	require.Equal(t, r.parked, r.readied)
}

// Of a system only so many processes are warm at a time; the one that has been it for longest makes room.
func TestLoop_OnlySoManyAreWarm(t *testing.T) {
	s := NewSystem(WithLogger(zerolog.Nop()))
	SetWarm(s, 3, time.Hour)
	l := NewLoop(func(self *Self[int], _ *int) error {
		for {
			if _, err := ReceiveOrHibernate(self, -1, sel.Message[int](), func(n int) int { return n }); err != nil {
				return err
			}
		}
	})
	var all []Pid[int]
	for i := range 10 {
		p := Spawn(s, func(*Self[int]) error { return l.Enter(0) })
		all = append(all, p)
		p.Send(1)
		loopUntil(p.local(), func() bool { q := p.local(); return q.parked && q.lingers })
		if i >= 3 {
			loopResting(all[i-3].local())
		}
		n, swept := Warm(s)
		require.Equal(t, min(i+1, 3), n)
		require.True(t, swept)
	}
	all[9].Kill()
	loopUntil(all[9].local(), func() bool { return all[9].local().goroutine == hasLeft })
	n, _ := Warm(s)
	require.Equal(t, 2, n)
	require.NoError(t, s.Stop(context.Background()))
	n, swept := Warm(s)
	require.Zero(t, n)
	require.False(t, swept)
}

// A sweep that comes late, for a process that has been cooled and is warm again since, leaves it warm: else it
// would stay in the list when it has ended.
func TestLoop_ALateSweepCoolsNobodyWhoIsWarmAgain(t *testing.T) {
	s := NewSystem(WithLogger(zerolog.Nop()))
	SetWarm(s, 3, time.Hour)
	l := NewLoop(func(self *Self[int], _ *int) error {
		for {
			if _, err := ReceiveOrHibernate(self, -1, sel.Message[int](), func(n int) int { return n }); err != nil {
				return err
			}
		}
	})
	p := Spawn(s, func(*Self[int]) error { return l.Enter(0) })
	q := p.local()
	warmed := func() *warmth {
		p.Send(1)
		loopUntil(q, func() bool { return q.parked && q.lingers })
		s.warm.mu.Lock()
		defer s.warm.mu.Unlock()
		require.NotNil(t, s.warm.nodes[q])
		return s.warm.nodes[q]
	}
	early := warmed()
	s.warm.cool(early)
	loopResting(q)
	again := warmed()
	require.NotSame(t, early, again)
	s.warm.cool(early)
	loopUntil(q, func() bool { return q.parked && q.lingers && q.warm })
	require.Same(t, again, warmed())
	require.NoError(t, s.Stop(context.Background()))
	n, swept := Warm(s)
	require.Zero(t, n)
	require.False(t, swept)
}

// Nobody is swept for a process that is busy with something else, or keeps its goroutine for another reason.
func TestLoop_NoSweepsForOneThatDoesNotWaitInItsLoop(t *testing.T) {
	for name, wait := range map[string]func(self *Self[int], busy <-chan bool){
		"asleep":           func(self *Self[int], _ <-chan bool) { _ = self.Sleep(time.Hour) },
		"receiving":        func(self *Self[int], _ <-chan bool) { _, _ = Receive(self, sel.Message[string]()) },
		"busy":             func(_ *Self[int], busy <-chan bool) { <-busy },
		"refusing a while": func(self *Self[int], _ <-chan bool) { _, _ = ReceiveOrHibernate(self, -1, sel.Equal(7), nil) },
	} {
		t.Run(name, func(t *testing.T) {
			s := NewSystem(WithLogger(zerolog.Nop()))
			SetWarm(s, 10, time.Millisecond)
			busy := make(chan bool)
			began := make(chan bool)
			l := NewLoop(func(self *Self[int], _ *int) error {
				for {
					n, err := ReceiveOrHibernate(self, -1, sel.Message[int](), func(n int) int { return n })
					if err != nil {
						return err
					}
					if n == 2 {
						close(began)
						wait(self, busy)
					}
				}
			})
			p := Spawn(s, func(*Self[int]) error { return l.Enter(0) })
			for n := 0; n != 1; n, _ = Warm(s) { // it may have been, and not be any more
				p.Send(1)
				for read := false; !read; { // or it might be flooded, and never wait
					runtime.Gosched()
					info, _ := p.Info()
					read = info.Mailbox == 0
				}
			}
			p.Send(2)
			<-began
			p.Send(3) // which one of them refuses
			for n, swept := 1, true; n > 0 || swept; n, swept = Warm(s) {
				time.Sleep(time.Millisecond)
			}
			close(busy)
			p.Interrupt(InterruptedBy{Value: 1})
			p.Send(1)
			require.NoError(t, s.Stop(context.Background()))
		})
	}
}

// setWarmTime is SetWarm in the midst of things.
func setWarmTime(s *System, long time.Duration) {
	s.warm.mu.Lock()
	defer s.warm.mu.Unlock()
	s.warm.time = long
	if s.warm.armed {
		s.warm.timer.Reset(long)
	}
}

// Processes that are as busy with each other as can be are not swept until memory is collected, and then rest if they
// have stopped meanwhile; in a bubble, where that happens outside, they are swept by their timer however fast they seem
// to be.
func TestLoop_HotProcesses(t *testing.T) {
	// begin lets two processes send something to and fro until quiet is set.
	begin := func(t *testing.T, pause func(), quiet *atomic.Bool) (s *System, a, b Pid[int]) {
		s = NewSystem(WithLogger(zerolog.Nop()))
		SetWarm(s, 10, 2*time.Millisecond)
		l := NewLoop(func(self *Self[int], to **Pid[int]) error {
			for {
				n, err := ReceiveOrHibernate(self, -1, sel.Message[int](), func(n int) int { return n })
				if err != nil {
					return err
				}
				if pause(); !quiet.Load() {
					(*to).Send(n)
				}
			}
		})
		a = Spawn(s, func(*Self[int]) error { return l.Enter(&b) })
		b = Spawn(s, func(*Self[int]) error { return l.Enter(&a) })
		loopResting(a.local())
		loopResting(b.local())
		a.Send(1)
		t.Cleanup(func() {
			quiet.Store(true)
			require.NoError(t, s.Stop(context.Background()))
		})
		return s, a, b
	}
	t.Run("production", func(t *testing.T) {
		var quiet atomic.Bool
		s, a, b := begin(t, func() {}, &quiet)
		// How fast they really are depends on the machine: it is set.
		at := time.Hour
		heat := func() {
			at++
			for _, p := range []Pid[int]{a, b} {
				p := p.local()
				p.Lock()
				p.stamp = stamp{since: at, hot: hotChanges}
				p.Unlock()
			}
		}
		setWarmTime(s, time.Hour) // the sweeps are those that the test makes
		quiet.Store(true)
		for _, p := range []Pid[int]{a, b} {
			p.Send(1) // and it waits as one that has worked
			loopUntil(p.local(), func() bool { p := p.local(); return p.parked && p.lingers && p.warm })
		}
		heat()
		s.warm.sweep()
		heat() // they have been as busy as that since
		s.warm.sweep()
		n, swept := Warm(s)
		require.Equal(t, 2, n)
		require.False(t, swept, "a timer is pending though all are hot")
		// They have stopped, and memory is collected.
		setWarmTime(s, time.Millisecond)
		for _, p := range []Pid[int]{a, b} {
			for !Rests(p.ID) {
				runtime.GC()
				time.Sleep(time.Millisecond)
			}
		}
		n, _ = Warm(s)
		require.Zero(t, n)
	})
	t.Run("in a bubble", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) {
			var quiet atomic.Bool
			s, _, _ := begin(t, func() { time.Sleep(10 * time.Microsecond) }, &quiet)
			for range 20 {
				time.Sleep(time.Millisecond)
				_, swept := Warm(s)
				require.True(t, swept)
			}
			runtime.GC()
		})
	})
}

// A process that is stuck after it has hibernated is found in a dump, as others are.
func TestLoop_AStuckProcessHasAStack(t *testing.T) {
	s := NewSystem(WithLogger(zerolog.Nop()), WithStopTimeout(time.Millisecond))
	stuck, began := make(chan bool), make(chan bool)
	l := NewLoop(func(self *Self[int], _ *int) error {
		if _, err := ReceiveOrHibernate(self, -1, sel.Message[int](), nil); err != nil {
			return err
		}
		close(began)
		<-stuck
		return nil
	})
	p := Spawn(s, func(*Self[int]) error { return l.Enter(0) })
	loopResting(p.local())
	p.Send(1)
	<-began // before that, it would end where it receives
	var err StopError
	require.True(t, errors.As(s.Stop(context.Background()), &err))
	require.Len(t, err.Stuck, 1)
	require.Contains(t, err.Stuck[0].Stack, "TestLoop_AStuckProcessHasAStack")
	close(stuck)
	for abandoned := 1; abandoned > 0; {
		abandoned = 0
		for range s.Abandoned() {
			abandoned++
		}
	}
}
