package proc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

// runMain runs main in a system whose log goes to w.Logs.
func runMain(ctx context.Context, w *harness.World, main func(*proc.Self[string]) error, opts ...proc.Option) error {
	return proc.Run(ctx, main, append([]proc.Option{proc.WithLogger(zerolog.New(&w.Logs))}, opts...)...)
}

// S1, D15: Run returns main's reason: nil if it ended normally.
func TestS1_RunReturnsTheReason(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		for name, main := range map[string]func(self *proc.Self[string]) error{
			"nil":                 func(*proc.Self[string]) error { return nil },
			"NormalExitRequested": func(*proc.Self[string]) error { return proc.NormalExitRequested{} },
			"ExitNormally":        func(*proc.Self[string]) error { return proc.ExitNormally{} },
			"Exit(nil)":           func(self *proc.Self[string]) error { self.Exit(nil); return io.EOF },
			"interrupted": func(self *proc.Self[string]) error {
				self.ID().Interrupt(proc.NormalExitRequested{})
				return systemIdle(self)
			},
		} {
			require.NoError(w, runMain(context.Background(), w, main), name)
		}
		for _, ending := range callEndings[2:] {
			if ending.name == "exits" { // with a success
				continue
			}
			err := proc.Run(context.Background(), ending.end, proc.WithLogger(zerolog.New(&w.Logs)))
			require.Error(w, err, ending.name)
			reason, ok := errors.AsType[proc.ShutdownReason](err)
			require.True(w, ok, "%s: %T", ending.name, err)
			require.True(w, ending.is(reason), "%s: %T: %v", ending.name, err, err)
		}
	})
}

// D15: the reason is main's own, though others crash at the same time, or it
// dies because of them: then the chain says why.
func TestD15_MainsReasonIsNotSwallowed(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		require.NoError(w, runMain(context.Background(), w, func(self *proc.Self[string]) error {
			pid, _ := proc.SpawnMonitor(self, func(*proc.Self[string]) error { return errCallBroken })
			self.AwaitEnd(pid.ID, -1)
			return nil
		}))
		err := runMain(context.Background(), w, func(self *proc.Self[string]) error {
			proc.SpawnLink(self, func(*proc.Self[string]) error { return fmt.Errorf("db ping: %w", io.EOF) })
			return systemIdle(self)
		})
		require.ErrorIs(w, err, io.EOF)
		require.ErrorContains(w, err, "db ping: EOF")
		crash, ok := errors.AsType[proc.LinkedProcessCrashed](err)
		require.True(w, ok)
		require.NotZero(w, crash.ID)
	})
}

// S1: when main's body has ended, however, everything else is shut down before
// Run returns: deferred functions have run.
func TestS1_EverythingElseIsShutDown(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		for _, ending := range callEndings {
			const n = 20
			pids, unwound, ready := make(chan proc.ID, n), make(chan int, n), make(chan struct{}, n)
			var s *proc.System
			_ = proc.Run(context.Background(), func(self *proc.Self[callAsk]) error {
				s = self.System()
				for i := range n {
					pids <- proc.Spawn(self, func(other *proc.Self[string]) error {
						defer func() { unwound <- i }()
						ready <- struct{}{}
						for {
							_, _ = other.Receive() // an interrupt would not end it
						}
					}).ID
				}
				for range n {
					<-ready
				}
				return ending.end(self)
			}, proc.WithLogger(zerolog.New(&w.Logs)))
			require.Len(w, unwound, n, "main %s", ending.name)
			for range n {
				id := <-pids
				require.False(w, id.Alive())
				require.IsType(w, proc.ExitNormallyWith{}, id.Reason())
			}
			for range s.Processes() {
				require.Fail(w, "a process is left")
			}
		}
	})
}

// S1: the end of Run's ctx is a Stop: main is shut down, and what a Stop does is
// a success.
func TestS1_EndOfTheContextIsAStop(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		for _, timeout := range []bool{false, true} {
			ctx, cancel := context.WithCancel(context.Background())
			if timeout && w.Bubble { // there, not before main has begun
				ctx, cancel = context.WithTimeout(context.Background(), 3*time.Millisecond)
			}
			ready, unwound := make(chan proc.ID, 2), make(chan struct{}, 2)
			result := make(chan error, 1)
			go func() {
				result <- runMain(ctx, w, func(self *proc.Self[string]) error {
					defer func() { unwound <- struct{}{} }()
					proc.Spawn(self, func(other *proc.Self[string]) error {
						defer func() { unwound <- struct{}{} }()
						ready <- other.ID()
						for {
							_, _ = other.Receive()
						}
					})
					ready <- self.ID()
					for {
						_, _ = self.Receive()
					}
				})
			}()
			ids := []proc.ID{harness.Value(w, ready), harness.Value(w, ready)}
			if !timeout || !w.Bubble {
				cancel()
			}
			require.NoError(w, harness.Value(w, result))
			require.Len(w, unwound, 2)
			for _, id := range ids {
				require.IsType(w, proc.ExitNormallyWith{}, id.Reason())
			}
			cancel()
		}
	})
}

// S2: Run returns the StopError if main ended normally, else main's reason.
func TestS2_RunReturnsTheStopError(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		for _, fault := range []error{nil, errCallBroken} {
			release := make(chan struct{})
			var s *proc.System
			err := runMain(context.Background(), w, func(self *proc.Self[string]) error {
				s = self.System()
				started := make(chan struct{})
				proc.Spawn(self, func(*proc.Self[string]) error {
					close(started)
					systemStuckHere(release)
					return nil
				}, proc.Titled("stuck"))
				<-started
				return fault
			}, proc.WithStopTimeout(5*time.Millisecond))
			stopError, stopped := errors.AsType[proc.StopError](err)
			if fault == nil {
				require.True(w, stopped, "%T: %v", err, err)
				require.Len(w, stopError.Stuck, 1)
				require.Equal(w, "stuck", stopError.Stuck[0].Title)
				require.Contains(w, stopError.Stuck[0].Stack, "systemStuckHere")
			} else {
				require.ErrorIs(w, err, errCallBroken)
				require.IsType(w, proc.ExitUnhandledError{}, err)
			}
			close(release)
			systemEmpty(w, s)
		}
	})
}

// F11, D16: Run is bounded, and says so, though main itself is stuck when its ctx ends.
func TestD16_RunSaysThatMainIsStuck(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		ctx, cancel := context.WithCancel(context.Background())
		release, stuck, result := make(chan struct{}), make(chan *proc.System, 1), make(chan error, 1)
		go func() {
			result <- runMain(ctx, w, func(self *proc.Self[string]) error {
				stuck <- self.System()
				systemStuckHere(release)
				return nil
			}, proc.WithStopTimeout(5*time.Millisecond))
		}()
		s := harness.Value(w, stuck)
		start := time.Now()
		cancel()
		require.Error(w, harness.Value(w, result))
		if w.Bubble {
			require.Equal(w, 105*time.Millisecond, time.Since(start))
		}
		close(release)
		systemEmpty(w, s)
	})
}

// Decided: "stopping" begins when main's body and deferred functions have ended:
// until then main can spawn and call as before.
func TestDecided_StoppingBeginsAfterMainsDeferredFunctions(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		result, down := make(chan callResult, 2), make(chan proc.ID, 1)
		require.NoError(w, runMain(context.Background(), w, func(self *proc.Self[string]) error {
			before := proc.Spawn(self, callDouble)
			defer func() {
				result <- callMake(self, callForever, before, 1)
				after := proc.Spawn(self, callDouble)
				result <- callMake(self, callForever, after, 2)
				down <- after.ID
			}()
			return nil
		}))
		for _, want := range []int{2, 4} {
			r := harness.Value(w, result)
			require.NoError(w, r.err)
			require.Equal(w, want, r.value)
		}
		require.IsType(w, proc.ExitNormallyWith{}, harness.Value(w, down).Reason())
	})
}

// Main has a mailbox, an id and a system as other processes have.
func TestS1_MainIsAProcess(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		got := make(chan string, 1)
		require.NoError(w, runMain(context.Background(), w, func(self *proc.Self[string]) error {
			main := self.Pid()
			proc.Spawn(self, func(*proc.Self[int]) error { main.Send("hello"); return nil })
			m, err := self.Receive()
			got <- m
			return err
		}))
		require.Equal(w, "hello", harness.Value(w, got))
	})
}
