package server_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
	"github.com/harkgo/hark/pkg/server"
	"github.com/harkgo/hark/pkg/sup"
)

// A handler calls, receives selectively, sleeps, starts tasks and other servers, as
// any process does; what comes meanwhile waits its turn.
func TestV11_WhatAHandlerMayDo(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		other, _ := start(w, s, describe(server.OnCall((*State).ask)))
		of := describe(server.On((*State).red), server.On((*State).green))
		pid, trace := start(w, s, of)
		pid.Send(Order(func(s *State, self *Self) error {
			for n := range 3 {
				self.Pid().Send(Red{n})
				self.Pid().Send(Green{n})
			}
			r, err := proc.Receive(self, sel.Message[Red]().Where(func(r Red) bool { return r.N == 1 }))
			s.trace.Add("received %d %v", r.N, err)
			n, err := server.Call(self, other, new(Ask))
			s.trace.Add("called %d %v", n, err)
			task := proc.Go(self, func(context.Context) (int, error) { return 5, nil })
			n, err = task.Await(self)
			s.trace.Add("task %d %v", n, err)
			nested, err := of.Start(self, self, s.trace, proc.Owned())
			if err != nil {
				return err
			}
			nested.Send(Red{100})
			leave(nested, server.Stop)
			s.trace.Add("ended %v", self.AwaitEnd(nested.ID, -1))
			return self.Sleep(time.Millisecond)
		}))
		w.Settle() // the handler has sent what it sends to itself
		flush(w, pid)
		require.Equal(w, []string{"received 1 <nil>", "called 42 <nil>", "task 5 <nil>", "red 100", "ended true",
			"red 0", "green 0", "green 1", "red 2", "green 2"}, trace.Take())
	})
}

// The ends of processes and tasks, and timers, are messages that are handled by
// their types, in their order, while the server needs no goroutine.
func TestV11_WhatTheRuntimeSends(t *testing.T) {
	of := describe(
		server.On(func(s *State, _ *Self, m proc.ProcessDown) error { s.trace.Add("down: %v", m.Reason); return nil }),
		server.On(func(s *State, _ *Self, m proc.TimerElapsed) error { s.trace.Add("timer"); return nil }),
		server.On(func(s *State, _ *Self, m proc.TaskEnded[int]) error {
			s.trace.Add("task: %d %v", m.Value, m.Err)
			return nil
		}),
		server.On((*State).red))
	harness.Everywhere(t, func(w *harness.World) {
		before := harness.Goroutines()
		pid, trace := start(w, w.System(), of)
		next := func(want string) {
			w.Eventually(want, func() bool { return trace.Len() > 0 })
			require.Equal(w, []string{want}, trace.Take())
			rest(w, before)
		}
		pid.Send(Order(func(_ *State, self *Self) error {
			self.Monitor(proc.Spawn(self, func(other *proc.Self[int]) error { return errBroken }).ID)
			return nil
		}))
		next("down: unhandled error: broken")
		pid.Send(Order(func(_ *State, self *Self) error { proc.StartTimer(self, 400*time.Millisecond); return nil }))
		next("timer")
		pid.Send(Order(func(_ *State, self *Self) error {
			proc.SendAfter[Message](self, 400*time.Millisecond, self.Pid(), Red{1})
			return nil
		}))
		next("red 1")
		pid.Send(Order(func(_ *State, self *Self) error {
			proc.Go(self, func(context.Context) (int, error) { return 7, errPoor }).Notify(self)
			return nil
		}))
		next("task: 7 insufficient funds")
	})
}

// A server is for messages of other types too, which it has given out an address for.
func TestV11_AddressesForOtherTypes(t *testing.T) {
	type Reading float64
	of := describe(server.On(func(s *State, _ *Self, r Reading) error { s.trace.Add("reading %v", r); return nil }))
	harness.Everywhere(t, func(w *harness.World) {
		pid, trace := start(w, w.System(), of)
		readings := harness.Value(w, order(pid, func(_ *State, self *Self) proc.Pid[Reading] { return proc.PidFor[Reading](self) }))
		readings.Send(1.5)
		flush(w, pid)
		require.Equal(w, []string{"reading 1.5"}, trace.Take())
	})
}

// Named and bounded, linked and monitored, a server is a process like others.
func TestV11_OptionsOfProcesses(t *testing.T) {
	name := proc.NewName[Message]("teller")
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		pid, trace := start(w, s, describe(server.On((*State).red), server.OnCall((*State).ask)),
			proc.Registered(name), proc.Bounded(2, proc.Reject), proc.Titled("teller no. 1"))
		info, _ := pid.Info()
		require.Equal(w, "teller no. 1", info.Title)
		require.Equal(w, "teller", info.Name)
		n, err := server.Call(context.Background(), proc.Named(s, name), new(Ask))
		require.NoError(w, err)
		require.Equal(w, 42, n)
		open := make(chan struct{})
		busy := order(pid, func(*State, *Self) bool { <-open; return true })
		w.Settle()
		require.NoError(w, pid.TrySend(Red{1}))
		require.NoError(w, pid.TrySend(Red{2}))
		require.ErrorIs(w, pid.TrySend(Red{3}), proc.ErrMailboxFull)
		_, err = server.Call(context.Background(), pid, new(Ask))
		require.ErrorIs(w, err, proc.ErrMailboxFull)
		close(open)
		harness.Value(w, busy)
		w.Eventually("both have been handled", func() bool { return trace.Len() == 2 })
		require.Equal(w, []string{"red 1", "red 2"}, trace.Take())
	})
}

// As a child it is up when its init has returned, and each life has a fresh state.
func TestV11_ServersAsChildren(t *testing.T) {
	type counter struct{ n int }
	fails := make(chan error, 1)
	counters := server.New(func(c *counter, _ *proc.Self[any], from int) error {
		if c.n != 0 {
			return errors.New("the state is not fresh")
		}
		c.n = from
		select {
		case err := <-fails:
			return err
		default:
			return nil
		}
	}, server.OnCall(func(c *counter, _ *proc.Self[any], _ *Ask) (int, error) { c.n++; return c.n, nil }),
		server.On(func(*counter, *proc.Self[any], error) error { return errBroken }))
	name := proc.NewName[any]("counter")
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		pool := sup.NewPool(sup.PoolSpec[string, int, any]{
			BodyReady: func(self *proc.Self[any], _ string, from int, ready func()) error {
				return counters.Enter(self, from, ready)
			},
		})
		a := harness.NewActor(w, s)
		supervised := harness.Value(w, harness.Begin(a, func(self *proc.Self[harness.Order]) error {
			_, err := sup.Start(self, sup.Spec{Children: []sup.Child{
				sup.WorkerReady("counter", 0, counters.BodyReady(10), proc.Registered(name)),
				sup.Worker("plain", counters.Body(20)),
				pool.Child("pool"),
			}})
			return err
		}))
		require.NoError(w, supervised)
		ask := func(pid proc.Pid[any]) int {
			n, err := server.Call(context.Background(), pid, new(Ask))
			require.NoError(w, err)
			return n
		}
		require.Equal(w, 11, ask(proc.Named(s, name)))
		require.Equal(w, 12, ask(proc.Named(s, name)))
		first, _ := proc.Whereis(s, name)
		first.Send(errBroken)
		require.ErrorIs(w, harness.Ended(w, first.ID), errBroken)
		w.Eventually("it runs again", func() bool { _, ok := proc.Whereis(s, name); return ok })
		require.Equal(w, 11, ask(proc.Named(s, name)))

		child, err := pool.Spawn(context.Background(), "k", 30)
		require.NoError(w, err)
		require.Equal(w, 31, ask(child))
		fails <- errPoor
		_, err = pool.Spawn(context.Background(), "l", 40)
		require.ErrorIs(w, err, errPoor)
		harness.Leave(a, nil)
		harness.Ended(w, a.ID)
		harness.Ended(w, child.ID)
	})
}
