package proc_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// taskResult is what Await returned.
type taskResult struct {
	value int
	err   error
}

// taskAwait is taskResult of a task.
func taskAwait(self proc.Receiver, task proc.Task[int]) taskResult {
	n, err := task.Await(self)
	return taskResult{n, err}
}

// C7: a task runs beside the process: either goes on while the other one blocks.
// Await returns its value, also when it was there before, and its error.
func TestC7_TaskRunsBesideTheProcess(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		results, running, release := make(chan taskResult, 4), make(chan struct{}, 1), make(chan struct{})
		pid := proc.Spawn(s, func(self *proc.Self[string]) error {
			blocked := proc.Go(self, func(context.Context) (int, error) { <-release; return 1, nil })
			quick := proc.Go(self, func(context.Context) (int, error) { running <- struct{}{}; return 2, nil })
			failing := proc.Go(self, func(context.Context) (int, error) { return 3, io.EOF })
			if _, err := self.Receive(); err != nil { // works while a task blocks
				return err
			}
			results <- taskAwait(self, quick)
			results <- taskAwait(self, failing)
			results <- taskAwait(self, blocked)
			return nil
		})
		harness.Value(w, running) // the process is not there yet
		pid.Send("go on")
		require.Equal(w, taskResult{2, nil}, harness.Value(w, results))
		require.ErrorIs(w, harness.Value(w, results).err, io.EOF)
		close(release)
		require.Equal(w, taskResult{1, nil}, harness.Value(w, results))
		require.IsType(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))
	})
}

// C7: the process may be stuck in its own code, its task runs.
func TestC7_TaskRunsWhileTheProcessIsBusy(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		result := make(chan taskResult, 1)
		proc.Spawn(s, func(self *proc.Self[string]) error {
			done := make(chan struct{})
			task := proc.Go(self, func(context.Context) (int, error) { close(done); return 4, nil })
			<-done
			result <- taskAwait(self, task)
			return nil
		})
		require.Equal(w, taskResult{4, nil}, harness.Value(w, result))
	})
}

// C7: the panic of a task is the error of Await, and ends neither the process
// nor the program.
func TestC7_PanicIsTheErrorOfAwait(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		errs := make(chan error, 3)
		pid := proc.Spawn(s, func(self *proc.Self[string]) error {
			_, err := proc.Go(self, func(context.Context) (int, error) { panic("the disk is on fire") }).Await(self)
			errs <- err
			_, err = proc.Go(self, func(context.Context) (int, error) { panic(errCallBroken) }).Await(self)
			errs <- err
			proc.Go(self, func(context.Context) (int, error) { panic("nobody awaits this one") })
			errs <- self.Sleep(time.Millisecond)
			return nil
		})
		require.ErrorContains(w, harness.Value(w, errs), "the disk is on fire")
		require.ErrorIs(w, harness.Value(w, errs), errCallBroken)
		require.NoError(w, harness.Value(w, errs), "no interrupt of it")
		require.IsType(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))
	})
}

// C7: the context of a task ends with the process, however it ends, before its
// end is seen by others.
func TestC7_TaskContextEndsWithTheProcess(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for _, ending := range callEndings {
			contexts, causes := make(chan context.Context, 1), make(chan error, 1)
			start := make(chan struct{})
			pid := proc.Spawn(s, func(self *proc.Self[callAsk]) error {
				proc.Go(self, func(ctx context.Context) (int, error) {
					contexts <- ctx
					<-ctx.Done()
					causes <- context.Cause(ctx)
					return 0, nil
				})
				<-start
				return ending.end(self)
			})
			ctx := harness.Value(w, contexts)
			require.NoError(w, ctx.Err())
			close(start)
			harness.Ended(w, pid.ID)
			require.Error(w, ctx.Err(), ending.name)
			require.Error(w, harness.Value(w, causes))
		}
	})
}

// C7, I4: a shutdown ends the context of a task at once, though the process is
// still busy; so does a kill.
func TestC7_ShutdownEndsTheTaskContextAtOnce(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for name, end := range map[string]func(proc.ID){
			"shutdown": func(id proc.ID) { id.Shutdown(proc.ExitUnhandledError{Err: errCallBroken}) },
			"kill":     func(id proc.ID) { id.Kill() },
		} {
			release, contexts := make(chan struct{}), make(chan context.Context, 1)
			pid := proc.Spawn(s, func(self *proc.Self[string]) error {
				proc.Go(self, func(ctx context.Context) (int, error) {
					contexts <- ctx
					<-ctx.Done()
					return 0, nil
				})
				<-release
				return self.Yield()
			})
			ctx := harness.Value(w, contexts)
			end(pid.ID)
			harness.Value(w, ctx.Done())
			reason, ok := errors.AsType[proc.ShutdownReason](context.Cause(ctx))
			require.True(w, ok, name)
			require.Equal(w, name == "shutdown", errors.Is(reason, errCallBroken))
			close(release)
			harness.Ended(w, pid.ID)
		}
	})
}

// C7: Await waits like a call: an interrupt ends the waiting, the process and
// the task go on; a result that comes later is no message.
func TestC7_InterruptEndsAwait(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for _, reason := range callInterrupts {
			results, started, left := make(chan taskResult, 1), make(chan struct{}, 1), make(chan []any, 1)
			release, finished := make(chan struct{}), make(chan struct{}, 1)
			pid := proc.Spawn(s, func(self *proc.Self[string]) error {
				task := proc.Go(self, func(ctx context.Context) (int, error) {
					started <- struct{}{}
					<-release
					defer func() { finished <- struct{}{} }()
					return 1, ctx.Err()
				})
				results <- taskAwait(self, task)
				if _, err := proc.Receive(self, sel.Equal("after")); err != nil {
					return err
				}
				left <- self.Flush()
				return nil
			})
			harness.Value(w, started)
			pid.Interrupt(reason)
			require.Equal(w, reason, harness.Value(w, results).err)
			close(release)
			harness.Value(w, finished)
			pid.Send("after")
			require.Empty(w, harness.Value(w, left))
		}
	})
}

// C7: Await waits like a call: it has the system's call timeout.
func TestC7_AwaitTimesOutLikeACall(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System(proc.WithCallTimeout(2 * time.Millisecond))
		results, took := make(chan taskResult, 1), make(chan time.Duration, 1)
		proc.Spawn(s, func(self *proc.Self[string]) error {
			task := proc.Go(self, func(ctx context.Context) (int, error) { <-ctx.Done(); return 0, nil })
			start := time.Now()
			results <- taskAwait(self, task)
			took <- time.Since(start)
			return nil
		})
		callTimedOut(w, harness.Value(w, results).err)
		if w.Bubble {
			require.Equal(w, 2*time.Millisecond, harness.Value(w, took))
		}

		s = w.System(proc.WithCallTimeout(-1))
		proc.Spawn(s, func(self *proc.Self[string]) error {
			task := proc.Go(self, func(context.Context) (int, error) {
				<-time.After(10 * time.Millisecond)
				return 6, nil
			})
			results <- taskAwait(self, task)
			return nil
		})
		require.Equal(w, taskResult{6, nil}, harness.Value(w, results))
	})
}

// I3: a shutdown or kill during Await unwinds the process.
func TestC7_ShutdownEndsAwait(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for _, end := range []func(proc.ID){
			func(id proc.ID) { id.Shutdown(proc.ExitNormallyWith{Detail: "closing"}) },
			func(id proc.ID) { id.Kill() },
		} {
			started, unwound, returned := make(chan struct{}, 1), make(chan struct{}, 1), make(chan taskResult, 1)
			pid := proc.Spawn(s, func(self *proc.Self[string]) error {
				defer func() { unwound <- struct{}{} }()
				returned <- taskAwait(self, proc.Go(self, func(ctx context.Context) (int, error) {
					started <- struct{}{}
					<-ctx.Done()
					return 0, ctx.Err()
				}))
				return nil
			})
			harness.Value(w, started)
			end(pid.ID)
			harness.Value(w, unwound)
			harness.Ended(w, pid.ID)
			require.Empty(w, returned)
		}
	})
}

// C7: a task's context does not lead to the process: a call with it is neither
// ended by the process's interrupts nor counted in its rings, and a Join of the
// process with it waits for the process.
func TestC7_TaskContextDoesNotLeadToTheProcess(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		held, result, got := make(chan callAsk, 1), make(chan callResult, 1), make(chan error, 1)
		server := proc.Spawn(s, callHold(held))
		joined := make(chan error, 1)
		pid := proc.Spawn(s, func(self *proc.Self[string]) error {
			id := self.ID()
			proc.Go(self, func(ctx context.Context) (int, error) {
				result <- callMake(ctx, callForever, server, 1)
				return 0, nil
			})
			proc.Go(self, func(ctx context.Context) (int, error) {
				_, err := proc.Join(ctx, id)
				joined <- err
				return 0, nil
			})
			_, err := self.Receive()
			got <- err
			_, err = self.Receive()
			return err
		})
		ask := harness.Value(w, held)
		pid.Interrupt(proc.InterruptedBy{Value: 1})
		require.Equal(w, proc.InterruptedBy{Value: 1}, harness.Value(w, got))
		require.True(w, ask.Reply.Live())
		ask.Reply.Reply(3)
		require.Equal(w, 3, harness.Value(w, result).value)
		require.Empty(w, joined, "a ring, or an interrupt not meant for the task")
		pid.Send("end")
		harness.Ended(w, pid.ID)
		_, ring := errors.AsType[proc.CallRing](harness.Value(w, joined))
		require.False(w, ring)
	})
}

// C7: tasks leave nothing in the mailbox, be they awaited or not.
func TestC7_TasksAreNoMessages(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		left, errs := make(chan []any, 1), make(chan error, 1)
		proc.Spawn(s, func(self *proc.Self[string]) error {
			var last error
			for i := range 100 {
				task := proc.Go(self, func(context.Context) (int, error) { return i, nil })
				if i%2 == 0 {
					if n, err := task.Await(self); err != nil || n != i {
						last = errors.Join(io.ErrUnexpectedEOF, err)
					}
				}
			}
			errs <- last
			if err := self.Sleep(time.Millisecond); err != nil {
				return err
			}
			left <- self.Flush()
			return nil
		})
		require.NoError(w, harness.Value(w, errs))
		require.Empty(w, harness.Value(w, left))
	})
}
