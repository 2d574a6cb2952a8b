package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
	"github.com/harkgo/hark/pkg/server"
)

// What a handler returns is the fate of its server, and what it returns wrapped is
// an error like others.
func TestV4_WhatAHandlerReturns(t *testing.T) {
	is := func(reason proc.ShutdownReason) func(*harness.World, proc.ShutdownReason) {
		return func(w *harness.World, got proc.ShutdownReason) { require.Equal(w, reason, got) }
	}
	crash := func(target error) func(*harness.World, proc.ShutdownReason) {
		return func(w *harness.World, got proc.ShutdownReason) {
			require.IsType(w, proc.ExitUnhandledError{}, got)
			require.ErrorIs(w, got, target)
		}
	}
	for name, c := range map[string]struct {
		returns error
		want    func(*harness.World, proc.ShutdownReason)
	}{
		"Stop":                {server.Stop, is(proc.ExitNormally{})},
		"wrapped Stop":        {fmt.Errorf("so: %w", server.Stop), crash(server.Stop)},
		"joined Stop":         {errors.Join(server.Stop), crash(server.Stop)},
		"wrapped To":          {fmt.Errorf("so: %w", server.To("second")), crash(server.To("second"))},
		"To nowhere":          {server.To("nowhere"), crash(server.UnknownPhase{Phase: "nowhere"})},
		"error":               {errBroken, is(proc.ExitUnhandledError{Err: errBroken})},
		"exit reason":         {proc.ExitNormallyWith{Detail: "done"}, is(proc.ExitNormallyWith{Detail: "done"})},
		"NormalExitRequested": {proc.NormalExitRequested{}, is(proc.ExitNormally{})},
		"timeout":             {proc.TimeoutInterrupt{}, is(proc.ExitUnhandledError{Err: proc.TimeoutInterrupt{}})},
		"joined interrupt":    {errors.Join(proc.NormalExitRequested{}), crash(proc.NormalExitRequested{})},
		"Hibernate":           {proc.Hibernate, crash(proc.Hibernate)},
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				of := describe(server.In[State, Message]("first"), server.In[State, Message]("second")).Finally((*State).finally)
				pid, trace := start(w, w.System(), of)
				leave(pid, c.returns)
				reason := harness.Ended(w, pid.ID)
				if unknown, ok := errors.AsType[server.UnknownPhase](reason); ok {
					require.Equal(w, []server.Phase{"first", "second"}, unknown.Known)
					require.ErrorContains(w, unknown, `cannot switch to phase "nowhere": the phases are ["first" "second"]`)
				} else {
					c.want(w, reason)
				}
				require.Equal(w, []string{"finally"}, trace.Take())
			})
		})
	}
}

// A panic, Exit and Goexit end the server as they end any process.
func TestV4_WhatAHandlerDoesNotReturnFrom(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		end := func(f func(self *Self)) proc.ShutdownReason {
			pid, trace := start(w, s, describe().Finally((*State).finally))
			pid.Send(Order(func(_ *State, self *Self) error { f(self); return nil }))
			reason := harness.Ended(w, pid.ID)
			require.Equal(w, []string{"finally"}, trace.Take())
			return reason
		}
		panicked := end(func(*Self) { panic(io.EOF) })
		require.ErrorIs(w, panicked, io.EOF)
		require.Contains(w, panicked.(proc.ExitPanic).Stack, "TestV4_WhatAHandlerDoesNotReturnFrom")
		require.Equal(w, proc.ExitNormallyWith{Detail: "so"}, end(func(self *Self) { self.Exit(proc.ExitNormallyWith{Detail: "so"}) }))
		require.IsType(w, proc.ExitUnhandledError{}, end(func(*Self) { runtime.Goexit() }))
	})
}

// Only the server itself hibernates: a handler that asks for it, and passes that
// on, ends it, and Finally is called once.
func TestV4_AHandlerCannotHibernate(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		pid, trace := start(w, w.System(), describe().Finally((*State).finally))
		pid.Send(Order(func(_ *State, self *Self) error {
			for {
				if _, err := proc.ReceiveOrHibernate(self, -1, sel.None[int](), nil); err != nil {
					return err
				}
			}
		}))
		require.ErrorIs(w, harness.Ended(w, pid.ID), proc.Hibernate)
		require.Equal(w, []string{"finally"}, trace.Take())
	})
}

// A handler may make its process another server, with a state of another type.
func TestV4_AnotherServer(t *testing.T) {
	type second struct{ trace *Trace }
	seconds := server.New(func(s *second, _ *Self, t *Trace) error { s.trace = t; t.Add("second"); return nil },
		server.On(func(s *second, _ *Self, m Green) error { s.trace.Add("second green %d", m.N); return server.Stop }))
	of := describe(server.On((*State).red),
		server.On(func(s *State, self *Self, _ Blue) error { return seconds.Enter(self, s.trace, nil) })).
		Finally((*State).finally).Unhandled(server.Leave)
	harness.Everywhere(t, func(w *harness.World) {
		pid, trace := start(w, w.System(), of)
		for _, m := range []Message{Red{1}, Green{2}, Blue{3}} {
			pid.Send(m)
		}
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))
		require.Equal(w, []string{"red 1", "finally", "second", "second green 2"}, trace.Take())
	})
}

// seconds are what the servers of the tests below become. They answer an Odd.
var seconds = describe(server.OnCall(func(s *State, _ *Self, _ *Odd) (int, error) { s.trace.Add("second"); return 2, nil }))

// become is a handler's last word by which its process becomes another server.
func become(s *State, self *Self) error { return seconds.Enter(self, s.trace, nil) }

// A handler of calls has the same say: its answer is sent, then the process is the
// other server.
func TestV4_AnotherServerAfterTheReply(t *testing.T) {
	of := describe(server.OnCall(func(s *State, self *Self, _ *Ask) (int, error) { return 7, become(s, self) })).
		Finally((*State).finally)
	harness.Everywhere(t, func(w *harness.World) {
		pid, trace := start(w, w.System(), of)
		n, err := server.Call(context.Background(), pid, new(Ask))
		require.NoError(w, err)
		require.Equal(w, 7, n)
		n, err = server.Call(context.Background(), pid, new(Odd))
		require.NoError(w, err)
		require.Equal(w, 2, n)
		require.Equal(w, []string{"finally", "second"}, trace.Take())
	})
}
