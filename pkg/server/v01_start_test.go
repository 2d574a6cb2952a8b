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

// initialised describes servers with an init of the test's own.
func initialised(init func(s *State, self *Self, t *Trace) error, clauses ...Clause) Server {
	return server.New(init, append(clauses, server.On((*State).order))...).Finally((*State).finally)
}

// Who has the pid has a server whose init has returned, and whose first phase has
// been entered.
func TestV1_UpBeforeThePidIsKnown(t *testing.T) {
	of := initialised(func(s *State, self *Self, t *Trace) error {
		s.trace = t
		if err := self.Sleep(time.Millisecond); err != nil {
			return err
		}
		t.Add("init")
		return nil
	}, server.OnEnter((*State).entered), server.In("first", server.OnEnter((*State).entered)))
	harness.Everywhere(t, func(w *harness.World) {
		_, trace := start(w, w.System(), of)
		require.Equal(w, []string{"init", "enter first", "enter first"}, trace.Take())
	})
}

// The error of init is that of the start; nothing is left, and Finally is not for
// what has not begun.
func TestV1_AnInitThatFails(t *testing.T) {
	endings := map[string]struct {
		init func(self *Self) error
		want func(w *harness.World, reason proc.ShutdownReason)
	}{
		"error": {func(*Self) error { return errBroken }, func(w *harness.World, reason proc.ShutdownReason) {
			require.Equal(w, proc.ExitUnhandledError{Err: errBroken}, reason)
		}},
		"panic": {func(*Self) error { panic(errBroken) }, func(w *harness.World, reason proc.ShutdownReason) {
			require.ErrorIs(w, reason, errBroken)
			require.IsType(w, proc.ExitPanic{}, reason)
		}},
		"stop": {func(*Self) error { return server.Stop }, func(w *harness.World, reason proc.ShutdownReason) {
			require.Equal(w, proc.ExitNormally{}, reason)
		}},
		"interrupt": {func(self *Self) error {
			self.ID().Interrupt(proc.InterruptedBy{Value: errBroken})
			return self.Sleep(time.Hour)
		}, func(w *harness.World, reason proc.ShutdownReason) { require.ErrorIs(w, reason, errBroken) }},
		"exit": {func(self *Self) error { self.Exit(proc.ExitNormallyWith{Detail: "no"}); return nil }, func(w *harness.World, reason proc.ShutdownReason) {
			require.Equal(w, proc.ExitNormallyWith{Detail: "no"}, reason)
		}},
		"to an unknown phase": {func(*Self) error { return server.To("nowhere") }, func(w *harness.World, reason proc.ShutdownReason) {
			unknown, ok := errors.AsType[server.UnknownPhase](reason)
			require.True(w, ok)
			require.Equal(w, server.UnknownPhase{Phase: "nowhere", Known: []server.Phase{"first"}}, unknown)
		}},
		"hibernate": {func(*Self) error { return proc.Hibernate }, func(w *harness.World, reason proc.ShutdownReason) {
			require.ErrorIs(w, reason, proc.Hibernate)
		}},
	}
	for name, e := range endings {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				of := initialised(func(s *State, self *Self, t *Trace) error {
					s.trace = t
					return e.init(self)
				}, server.OnEnter((*State).entered), server.In[State, Message]("first"))
				trace := new(Trace)
				pid, err := of.Start(context.Background(), w.System(), trace)
				failed, ok := errors.AsType[server.StartFailed](err)
				require.True(w, ok, "%v", err)
				require.Equal(w, pid.ID, failed.ID)
				require.Equal(w, "State", failed.State)
				e.want(w, failed.Reason)
				require.ErrorContains(w, err, "server State (process !1) did not start: ")
				require.Equal(w, failed.Reason, harness.Ended(w, pid.ID))
				require.Empty(w, trace.Take())
			})
		})
	}
}

// An OnEnter that fails before the server is up is a failed start as well; init has
// been done, so Finally undoes it.
func TestV1_AFirstPhaseThatCannotBeEntered(t *testing.T) {
	of := initialised((*State).begin, server.OnEnter(func(*State, *Self, server.Phase) error { return errBroken }))
	harness.Everywhere(t, func(w *harness.World) {
		trace := new(Trace)
		_, err := of.Start(context.Background(), w.System(), trace)
		require.ErrorIs(w, err, errBroken)
		require.IsType(w, server.StartFailed{}, err)
		require.Equal(w, []string{"finally"}, trace.Take())
	})
}

// An init may choose where the server begins: no other phase is entered before.
func TestV1_InitChoosesThePhase(t *testing.T) {
	of := initialised(func(s *State, _ *Self, t *Trace) error { s.trace = t; return server.To("second") },
		server.OnEnter((*State).entered),
		server.In("first", server.On((*State).red)),
		server.In("second", server.On((*State).green)))
	harness.Everywhere(t, func(w *harness.World) {
		pid, trace := start(w, w.System(), of)
		pid.Send(Red{1})
		pid.Send(Green{2})
		flush(w, pid)
		require.Equal(w, []string{"enter second", "green 2"}, trace.Take())
	})
}

// Who stops waiting, by an interrupt or the end of its context, shuts the server
// down.
func TestV1_WhoGivesUpLeavesNothing(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		pids := make(chan proc.ID, 1)
		of := initialised(func(_ *State, self *Self, _ *Trace) error {
			pids <- self.ID()
			return self.Sleep(24 * time.Hour)
		})
		s := w.System()
		a := harness.NewActor(w, s)
		starts := harness.Begin(a, func(self *proc.Self[harness.Order]) error {
			_, err := of.Start(self, self, new(Trace))
			return err
		})
		id := harness.Value(w, pids)
		a.Interrupt(proc.InterruptedBy{Value: "enough"})
		require.Equal(w, proc.InterruptedBy{Value: "enough"}, harness.Value(w, starts))
		require.Equal(w, proc.ExitSuccess, harness.Ended(w, id).Severity())

		ctx, cancel := context.WithCancelCause(context.Background())
		started := harness.Async(w, func() error { _, err := of.Start(ctx, s, new(Trace)); return err })
		id = harness.Value(w, pids)
		cancel(errPoor)
		require.ErrorIs(w, harness.Value(w, started), errPoor)
		harness.Ended(w, id)
	})
}

// A name in use, and a system that stops, are failed starts; init does not run.
func TestV1_WhatNeverRan(t *testing.T) {
	name := proc.NewName[Message]("desk")
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		first, _ := start(w, s, describe(), proc.Registered(name))
		_, err := describe().Start(context.Background(), s, new(Trace), proc.Registered(name))
		taken, ok := errors.AsType[proc.NameTaken](err)
		require.True(w, ok, "%v", err)
		require.Equal(w, first.ID, taken.Holder)
		require.IsType(w, server.StartFailed{}, err)

		require.NoError(w, s.Stop(context.Background()))
		_, err = describe().Start(context.Background(), s, new(Trace))
		require.ErrorIs(w, err, proc.ErrStopping)
	})
}

// A new server that calls who waits for its start is told at once that neither
// would ever go on.
func TestV1_ARingOfStartAndCall(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		parent, _ := start(w, w.System(proc.WithCallTimeout(-1)), describe(server.OnCall((*State).ask)))
		err := harness.Value(w, order(parent, func(s *State, self *Self) error {
			_, err := initialised(func(_ *State, child *Self, _ *Trace) error {
				_, err := server.Call(child, self.Pid(), new(Ask))
				return err
			}).Start(self, self, s.trace)
			return err
		}))
		_, ok := errors.AsType[proc.CallRing](err)
		require.True(w, ok, "%v", err)
	})
}

// A server that goes on as another before it is up is up when that is.
func TestV1_AnotherServerBeforeItIsUp(t *testing.T) {
	slow := server.New(func(s *State, _ *Self, t *Trace) error { s.trace = t; t.Add("second begins"); return nil },
		server.OnEnter(func(s *State, _ *Self, _ server.Phase) error { s.trace.Add("second is up"); return nil }),
		server.On((*State).order))
	failing := server.New(func(*State, *Self, *Trace) error { return errBroken }, server.On((*State).order))
	loop := proc.NewLoop(func(self *Self, s *State) error {
		m, err := self.Receive()
		if err != nil {
			return err
		}
		return m.(Order)(s, self)
	})
	for name, enter := range map[string]func(to func(self *Self, t *Trace) error) Server{
		"init": func(to func(*Self, *Trace) error) Server {
			return server.New(func(_ *State, self *Self, t *Trace) error { return to(self, t) }, server.On((*State).order))
		},
		"OnEnter": func(to func(*Self, *Trace) error) Server {
			return describe(server.OnEnter(func(s *State, self *Self, _ server.Phase) error { return to(self, s.trace) }))
		},
		"a line of three": func(to func(*Self, *Trace) error) Server {
			between := describe(server.OnEnter(func(s *State, self *Self, _ server.Phase) error { return to(self, s.trace) }))
			return describe(server.OnEnter(func(s *State, self *Self, _ server.Phase) error { return between.Enter(self, s.trace, nil) }))
		},
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				own := 0
				pid, trace := start(w, w.System(), enter(func(self *Self, t *Trace) error { return slow.Enter(self, t, func() { own++ }) }))
				require.Equal(w, 1, own, "its own ready is called too")
				require.Equal(w, []string{"second begins", "second is up"}, trace.Take())
				flush(w, pid)

				_, err := enter(func(self *Self, t *Trace) error { return failing.Enter(self, t, nil) }).
					Start(context.Background(), w.Quiet(), new(Trace))
				require.ErrorIs(w, err, errBroken)

				pid, _ = start(w, w.System(), enter(func(*Self, *Trace) error { return loop.Enter(State{}) }))
				flush(w, pid)
			})
		})
	}
}
