package server_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/server"
)

// An interrupt goes to the first handler for its type, those of the phase first;
// the server goes on.
func TestV8_InterruptsByTheirType(t *testing.T) {
	add := func(what string) func(*State, error) error {
		return func(s *State, why error) error { s.trace.Add("%s: %v", what, why); return nil }
	}
	of := describe(
		server.OnInterrupt(func(s *State, _ *Self, why proc.InterruptedBy) error { return add("common")(s, why) }),
		server.OnInterrupt(func(s *State, _ *Self, why proc.InterruptReason) error { return add("any")(s, why) }),
		server.In[State, Message]("first"),
		server.In("second", server.OnInterrupt(func(s *State, _ *Self, why proc.InterruptedBy) error { return add("second")(s, why) })))
	harness.Everywhere(t, func(w *harness.World) {
		before := harness.Goroutines()
		s := w.System()
		pid, trace := start(w, s, of)
		rest(w, before)
		all := func() {
			pid.Interrupt(proc.InterruptedBy{Value: 1})
			pid.Interrupt(proc.NormalExitRequested{})
			w.Eventually("both have been handled", func() bool { return trace.Len() == 2 })
		}
		all()
		require.Equal(w, []string{"common: interrupted by 1", "any: normal exit requested"}, trace.Take())
		to(pid, "second")
		flush(w, pid)
		all()
		require.Equal(w, []string{"second: interrupted by 1", "any: normal exit requested"}, trace.Take())

		child := harness.Value(w, order(pid, func(_ *State, self *Self) proc.ID {
			return proc.SpawnLink(self, func(*proc.Self[int]) error { return errBroken }).ID
		}))
		harness.Ended(w, child)
		w.Eventually("the link has fired", func() bool { return trace.Len() == 1 })
		require.Equal(w, []string{"any: linked process " + child.String() + " crashed: unhandled error: broken"}, trace.Take())
	})
}

// One that nothing handles ends the server, as it does any process: hibernating or
// busy.
func TestV8_UnhandledInterrupts(t *testing.T) {
	of := describe(server.OnInterrupt(func(*State, *Self, proc.LinkedProcessCrashed) error { return nil })).Finally((*State).finally)
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		before := harness.Goroutines()
		for why, want := range map[proc.InterruptReason]proc.ShutdownReason{
			proc.NormalExitRequested{}:              proc.ExitNormally{},
			proc.InterruptedBy{Value: "x"}:          proc.ExitUnhandledError{Err: proc.InterruptedBy{Value: "x"}},
			proc.TimeoutInterrupt{After: time.Hour}: proc.ExitUnhandledError{Err: proc.TimeoutInterrupt{After: time.Hour}},
			proc.ErrorInterrupt{Err: errPoor}:       proc.ExitUnhandledError{Err: proc.ErrorInterrupt{Err: errPoor}},
		} {
			pid, trace := start(w, s, of)
			rest(w, before)
			pid.Interrupt(why)
			require.Equal(w, want, harness.Ended(w, pid.ID))
			require.Equal(w, []string{"finally"}, trace.Take())
		}
	})
}

// A handler of interrupts has the same say as others: it stops, or switches to a
// phase in which the server comes to its end in its own time.
func TestV8_AnInterruptThatBeginsTheEnd(t *testing.T) {
	of := describe(server.On((*State).red),
		server.In("open", server.OnInterrupt(func(*State, *Self, proc.NormalExitRequested) error { return server.To("closing") })),
		server.In("closing", server.OnInterrupt(func(*State, *Self, proc.NormalExitRequested) error { return server.Stop }))).Finally((*State).finally)
	harness.Everywhere(t, func(w *harness.World) {
		pid, trace := start(w, w.System(), of)
		pid.Interrupt(proc.NormalExitRequested{})
		pid.Send(Red{1})
		flush(w, pid)
		pid.Interrupt(proc.NormalExitRequested{})
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))
		require.Equal(w, []string{"red 1", "finally"}, trace.Take())
	})
}

// An interrupt that meets a busy handler is the error of what that waits for. If the
// handler returns it, it is as if it had come between two messages.
func TestV8_InterruptsOfHandlers(t *testing.T) {
	sleep := func(_ *State, self *Self, _ Red) error { return self.Sleep(24 * 365 * time.Hour) }
	add := func(s *State, _ *Self, why proc.InterruptReason) error { s.trace.Add("%v", why); return nil }
	interrupted := func(w *harness.World, of Server, why proc.InterruptReason) (proc.Pid[Message], *Trace) {
		pid, trace := start(w, w.System(), of)
		pid.Send(Red{})
		w.Settle()
		pid.Interrupt(why)
		return pid, trace
	}
	harness.Everywhere(t, func(w *harness.World) {
		pid, trace := interrupted(w, describe(server.On(sleep), server.OnInterrupt(add)), proc.NormalExitRequested{})
		flush(w, pid)
		require.Equal(w, []string{"normal exit requested"}, trace.Take())

		// Without a handler for it the server ends with it.
		pid, _ = interrupted(w, describe(server.On(sleep)), proc.NormalExitRequested{})
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))

		// It is the handler's to keep.
		pid, trace = interrupted(w, describe(server.OnInterrupt(add), server.On(func(s *State, self *Self, m Red) error {
			s.trace.Add("kept: %v", sleep(s, self, m))
			return nil
		})), proc.NormalExitRequested{})
		flush(w, pid)
		require.Equal(w, []string{"kept: normal exit requested"}, trace.Take())

		// An interrupt that a handler of interrupts returns ends the server.
		pid, _ = interrupted(w, describe(server.On(sleep), server.OnInterrupt(func(_ *State, _ *Self, why proc.InterruptedBy) error { return why })),
			proc.InterruptedBy{Value: "x"})
		require.Equal(w, proc.ExitUnhandledError{Err: proc.InterruptedBy{Value: "x"}}, harness.Ended(w, pid.ID))

		// What tells that something else has failed is no interrupt of the server.
		pid, trace = start(w, w.System(), describe(server.OnInterrupt(add)))
		leave(pid, proc.TimeoutInterrupt{After: time.Second})
		require.ErrorIs(w, harness.Ended(w, pid.ID), context.DeadlineExceeded)
		require.Empty(w, trace.Take())

		// And it holds for OnEnter and OnIdle.
		pid, trace = start(w, w.System(), describe(server.OnInterrupt(add), server.OnIdle(time.Millisecond, func(s *State, self *Self) error {
			if s.trace.Len() == 0 {
				self.ID().Interrupt(proc.InterruptedBy{Value: "idle"})
				return self.Yield()
			}
			return server.To("next")
		}), server.In[State, Message]("first"), server.In("next", server.OnEnter(func(s *State, self *Self, _ server.Phase) error {
			self.ID().Interrupt(proc.NormalExitRequested{})
			return self.Yield()
		}), server.OnIdle(time.Millisecond, func(*State, *Self) error { return server.Stop }))))
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))
		require.Equal(w, []string{"interrupted by idle", "normal exit requested"}, trace.Take())
	})
}

// The call that an interrupted handler was at ends with the server; if that goes on,
// the call fails with the interrupt.
func TestV8_InterruptedCalls(t *testing.T) {
	sleep := server.OnCall(func(_ *State, self *Self, _ *Ask) (int, error) { return 0, self.Sleep(24 * 365 * time.Hour) })
	harness.Everywhere(t, func(w *harness.World) {
		call := func(of Server) error {
			pid, _ := start(w, w.System(proc.WithCallTimeout(-1)), of)
			answer := harness.Async(w, func() error { _, err := server.Call(context.Background(), pid, new(Ask)); return err })
			harness.Pending(w, answer, "the call")
			pid.Interrupt(proc.InterruptedBy{Value: errPoor})
			return harness.Value(w, answer)
		}
		require.ErrorIs(w, reasonOf(w, call(describe(sleep))), errPoor)
		require.Equal(w, server.Failure{Err: proc.InterruptedBy{Value: errPoor}},
			call(describe(sleep, server.OnInterrupt(func(*State, *Self, error) error { return nil }))))
		err := call(describe(sleep, server.OnInterrupt(func(*State, *Self, error) error { return errBroken })))
		require.ErrorIs(w, reasonOf(w, err), errBroken)
		require.False(w, errors.Is(err, errPoor))
	})
}

// The same if the process goes on as another server.
func TestV8_AnInterruptedCallOfAServerThatBecomesAnother(t *testing.T) {
	of := describe(
		server.OnCall(func(_ *State, self *Self, _ *Ask) (int, error) { return 0, self.Sleep(24 * 365 * time.Hour) }),
		server.OnInterrupt(func(s *State, self *Self, _ proc.InterruptedBy) error { return become(s, self) }))
	harness.Everywhere(t, func(w *harness.World) {
		pid, _ := start(w, w.System(proc.WithCallTimeout(-1)), of)
		answer := harness.Async(w, func() error { _, err := server.Call(context.Background(), pid, new(Ask)); return err })
		harness.Pending(w, answer, "the call")
		pid.Interrupt(proc.InterruptedBy{Value: "x"})
		require.Equal(w, server.Failure{Err: proc.InterruptedBy{Value: "x"}}, harness.Value(w, answer))
		n, err := server.Call(context.Background(), pid, new(Odd))
		require.NoError(w, err)
		require.Equal(w, 2, n)
	})
}
