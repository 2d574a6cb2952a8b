package proc_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

// systemAlone is a system that the test stops by itself, as it leaves processes
// that do not end in time.
func systemAlone(w *harness.World, opts ...proc.Option) *proc.System {
	return proc.NewSystem(append([]proc.Option{proc.WithLogger(zerolog.New(&w.Logs))}, opts...)...)
}

// systemIdle is a body that waits for a message, and returns its interrupt.
func systemIdle(self *proc.Self[string]) error {
	_, err := self.Receive()
	return err
}

// systemStuckHere is where stuck processes are found.
func systemStuckHere(release <-chan struct{}) { <-release }

// systemStuck is a process that is in its own code until release.
func systemStuck(s proc.Host, title string, release <-chan struct{}, opts ...proc.SpawnOption) proc.Pid[string] {
	return proc.Spawn(s, func(*proc.Self[string]) error {
		systemStuckHere(release)
		return nil
	}, append(opts, proc.Titled(title))...)
}

// systemEmpty waits until no process is left in s, nor an abandoned one.
func systemEmpty(w *harness.World, s *proc.System) {
	w.Helper()
	w.Eventually("nothing is left in the system", func() bool {
		for range s.Processes() {
			return false
		}
		for range s.Abandoned() {
			return false
		}
		return true
	})
}

// S2: Stop shuts down every process, with ExitNormallyWith, a success; deferred
// functions have run when it returns.
func TestS2_StopShutsDownEverything(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		const n = 50
		s := w.System()
		started, unwound := make(chan int, n), make(chan int, n)
		var pids []proc.Pid[string]
		for i := range n {
			pids = append(pids, proc.Spawn(s, func(self *proc.Self[string]) error {
				defer func() { unwound <- i }()
				started <- i
				switch i % 3 {
				case 0:
					return self.Sleep(1000 * time.Hour)
				case 1: // would go on for ever if it were an interrupt
					for {
						_, _ = self.Receive()
					}
				default:
					for self.Yield() == nil {
					}
					return nil
				}
			}))
		}
		for range n {
			harness.Value(w, started)
		}
		start := time.Now()
		require.NoError(w, s.Stop(context.Background()))
		if w.Bubble {
			require.Zero(w, time.Since(start))
		}
		require.Len(w, unwound, n)
		for _, pid := range pids {
			select {
			case <-pid.Done():
			default:
				require.Fail(w, "Done is not closed")
			}
			require.IsType(w, proc.ExitNormallyWith{}, pid.Reason())
			require.Equal(w, proc.ExitSuccess, pid.Reason().Severity())
			require.False(w, pid.Alive())
		}
		for info := range s.Processes() {
			require.Fail(w, "a process is left", "%v", info.ID)
		}
		require.NoError(w, s.Stop(context.Background()), "there is nothing to stop any more")
	})
}

// S2: the owned processes are left to their owners: an owner's deferred function
// finds them alive, and may end them in its own order.
func TestS2_OwnedProcessesAreLeftToTheirOwners(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		children, unended := make(chan proc.ID, 2), make(chan bool, 2)
		owner := proc.Spawn(s, func(self *proc.Self[string]) error {
			first := proc.Spawn(self, systemIdle, proc.Owned())
			second := proc.Spawn(self, systemIdle, proc.Owned())
			children <- first.ID
			children <- second.ID
			defer func() {
				for _, id := range []proc.ID{second.ID, first.ID} {
					unended <- id.Alive()
					id.Interrupt(proc.NormalExitRequested{})
					self.AwaitEnd(id, -1)
				}
			}()
			return systemIdle(self)
		})
		first, second := harness.Value(w, children), harness.Value(w, children)
		require.NoError(w, s.Stop(context.Background()))
		require.True(w, harness.Value(w, unended), "the second was shut down by Stop")
		require.True(w, harness.Value(w, unended), "the first was shut down by Stop")
		require.IsType(w, proc.ExitNormally{}, first.Reason())
		require.IsType(w, proc.ExitNormally{}, second.Reason())
		require.IsType(w, proc.ExitNormallyWith{}, owner.Reason())
	})
}

// S2: what is left after the stop timeout (10 s by default), or when ctx ends, is
// killed. If it unwinds then, Stop returns nil.
func TestS2_StopKillsAfterTheTimeout(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		for _, c := range []struct {
			opts      []proc.Option
			ctx, want time.Duration
		}{
			{nil, 0, 10 * time.Second},
			{[]proc.Option{proc.WithStopTimeout(3 * time.Millisecond)}, 0, 3 * time.Millisecond},
			{[]proc.Option{proc.WithStopTimeout(time.Hour)}, 4 * time.Millisecond, 4 * time.Millisecond},
			{[]proc.Option{proc.WithStopTimeout(5 * time.Millisecond)}, time.Hour, 5 * time.Millisecond},
		} {
			if c.want > time.Second && !w.Bubble {
				continue
			}
			s := systemAlone(w, c.opts...)
			ids := make(chan proc.ID, 1)
			var a, b proc.Pid[string]
			ready := make(chan struct{})
			unwound := make(chan struct{}, 2)
			wait := func(other *proc.Pid[string]) func(*proc.Self[string]) error {
				return func(self *proc.Self[string]) error {
					<-ready
					defer func() { unwound <- struct{}{} }()
					defer self.AwaitEnd(other.ID, -1) // each waits for the other one
					return systemIdle(self)
				}
			}
			a, b = proc.Spawn(s, wait(&b)), proc.Spawn(s, wait(&a))
			quick := proc.Spawn(s, func(self *proc.Self[string]) error { ids <- self.ID(); return systemIdle(self) })
			close(ready)
			harness.Value(w, ids)
			w.Eventually("all wait", func() bool {
				ia, _ := a.Info()
				ib, _ := b.Info()
				return ia.State == proc.Receiving && ib.State == proc.Receiving
			})
			ctx, cancel := context.Background(), func() {}
			if c.ctx > 0 {
				ctx, cancel = context.WithTimeout(ctx, c.ctx)
			}
			start := time.Now()
			require.NoError(w, s.Stop(ctx))
			if w.Bubble {
				require.Equal(w, c.want, time.Since(start))
			}
			cancel()
			require.Len(w, unwound, 2)
			_, first := a.Reason().(proc.ExitKilled)
			_, second := b.Reason().(proc.ExitKilled)
			require.True(w, first || second, "%v, %v", a.Reason(), b.Reason()) // one kill sets the other free
			if w.Bubble {                                                      // else the time may be over before it has had any
				require.IsType(w, proc.ExitNormallyWith{}, quick.Reason())
			}
			systemEmpty(w, s)
		}
	})
}

// S2, F11, D16: Stop is bounded though processes are stuck: it gives the killed
// 100 ms, then names each that has not unwound, with the stack it is stuck in.
// They are listed as abandoned until they go.
func TestF11_StopNamesTheStuckWithTheirStacks(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := systemAlone(w, proc.WithStopTimeout(20*time.Millisecond))
		release := make(chan struct{})
		stuck := map[proc.ID]string{}
		for i := range 3 {
			title := fmt.Sprintf("stuck-%d", i)
			stuck[systemStuck(s, title, release).ID] = title
		}
		fine := proc.Spawn(s, systemIdle)
		w.Eventually("they are stuck", func() bool {
			busy := 0
			for info := range s.Processes() {
				if info.State == proc.Busy {
					busy++
				}
			}
			return busy == 3 && fine.Alive()
		})
		start := time.Now()
		err := s.Stop(context.Background())
		if w.Bubble {
			require.Equal(w, 120*time.Millisecond, time.Since(start))
		}
		stopError, ok := errors.AsType[proc.StopError](err)
		require.True(w, ok, "%T: %v", err, err)
		require.Len(w, stopError.Stuck, 3)
		named := map[proc.ID]string{}
		for _, info := range stopError.Stuck {
			named[info.ID] = info.Title
			require.Contains(w, info.Stack, "systemStuckHere")
			require.True(w, strings.Contains(err.Error(), info.Title) || strings.Contains(err.Error(), info.ID.String()), err.Error())
			require.IsType(w, proc.ExitKilled{}, info.ID.Reason())
			require.False(w, info.ID.Alive())
		}
		require.Equal(w, stuck, named)
		abandoned := 0
		for info := range s.Abandoned() {
			require.Contains(w, stuck, info.ID)
			abandoned++
		}
		require.Equal(w, 3, abandoned)
		for info := range s.Processes() {
			require.Fail(w, "not live any more", "%v", info)
		}
		close(release)
		systemEmpty(w, s)
	})
}

// S2: the killed have 100 ms to unwind: who needs 60 is not reported, who needs
// 160 is.
func TestS2_StopGivesTheKilledAMoment(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		if !w.Bubble {
			return // these are exact durations
		}
		for _, needs := range []time.Duration{60 * time.Millisecond, 160 * time.Millisecond} {
			s := systemAlone(w, proc.WithStopTimeout(time.Second))
			proc.Spawn(s, func(*proc.Self[string]) error {
				<-time.After(time.Second + needs) // no operation of its process
				return nil
			}, proc.Titled("slow"))
			start := time.Now()
			err := s.Stop(context.Background())
			require.LessOrEqual(w, time.Since(start), 1100*time.Millisecond)
			if needs < 100*time.Millisecond {
				require.NoError(w, err)
			} else {
				stopError, ok := errors.AsType[proc.StopError](err)
				require.True(w, ok, "%v", err)
				require.Equal(w, "slow", stopError.Stuck[0].Title)
			}
			systemEmpty(w, s)
		}
	})
}

// S2, L9: a stuck process with an owner is named too, within the same limit.
func TestS2_StuckOwnedProcessIsNamed(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := systemAlone(w, proc.WithStopTimeout(10*time.Millisecond))
		release, spawned := make(chan struct{}), make(chan proc.ID, 1)
		proc.Spawn(s, func(self *proc.Self[string]) error {
			proc.Spawn(self, func(middle *proc.Self[string]) error {
				spawned <- systemStuck(middle, "the stuck one", release, proc.Owned()).ID
				return systemIdle(middle)
			}, proc.Owned())
			return systemIdle(self)
		})
		id := harness.Value(w, spawned)
		w.Eventually("it is stuck", func() bool {
			info, _ := id.Info()
			return info.State == proc.Busy
		})
		start := time.Now()
		err := s.Stop(context.Background())
		if w.Bubble {
			require.LessOrEqual(w, time.Since(start), 110*time.Millisecond)
		}
		stopError, ok := errors.AsType[proc.StopError](err)
		require.True(w, ok, "%v", err)
		require.Len(w, stopError.Stuck, 1)
		require.Equal(w, id, stopError.Stuck[0].ID)
		require.Contains(w, stopError.Stuck[0].Stack, "systemStuckHere")
		close(release)
		systemEmpty(w, s)
	})
}

// Decided: Stop with a process of the system as its ctx begins the stop and
// unwinds that process, with self and with what is derived from it; what Stop
// would have returned is logged.
func TestDecided_StopFromAProcess(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		for _, c := range callAsProcess {
			s := systemAlone(w, proc.WithStopTimeout(5*time.Millisecond))
			release := make(chan struct{})
			title := "stuck while " + c.name
			stuck := systemStuck(s, title, release)
			idle := proc.Spawn(s, systemIdle)
			returned, unwound := make(chan error, 1), make(chan struct{}, 1)
			stopper := proc.Spawn(s, func(self *proc.Self[string]) error {
				defer func() { unwound <- struct{}{} }()
				ctx, cancel := c.derive(self)
				defer cancel()
				returned <- self.System().Stop(ctx)
				return nil
			})
			harness.Value(w, unwound)
			require.IsType(w, proc.ExitNormallyWith{}, harness.Ended(w, stopper.ID))
			require.IsType(w, proc.ExitNormallyWith{}, harness.Ended(w, idle.ID))
			require.IsType(w, proc.ExitKilled{}, harness.Ended(w, stuck.ID))
			w.Eventually("the StopError is logged", func() bool {
				for _, line := range append(loggingWith(w, title), loggingWith(w, stuck.ID.String())...) {
					if line.Title != title { // not one of its own lines
						return true
					}
				}
				return false
			})
			close(release)
			systemEmpty(w, s)
			require.Empty(w, returned)
		}
	})
}

// Stop with a process of another system as its ctx is a stop from outside.
func TestS2_StopAnotherSystem(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		here, there := w.System(), w.System()
		idle := proc.Spawn(there, systemIdle)
		errs := make(chan error, 1)
		stopper := proc.Spawn(here, func(self *proc.Self[string]) error {
			errs <- there.Stop(self)
			return systemIdle(self)
		})
		require.NoError(w, harness.Value(w, errs))
		require.IsType(w, proc.ExitNormallyWith{}, harness.Ended(w, idle.ID))
		require.True(w, stopper.Alive())
	})
}
