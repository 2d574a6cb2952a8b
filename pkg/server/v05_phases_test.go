package server_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/server"
)

// What the present phase has no handler for waits, in order, and is found by the
// phase that wants it: among what has come before it and since.
func TestV5_MessagesWaitForTheirPhase(t *testing.T) {
	testMessagesWaitForTheirPhase(t)
}

// The same as a row of the comparison: what waits is neither reversed nor put
// behind what has come since.
func TestF8_WhatWaitsForItsPhaseKeepsItsOrder(t *testing.T) {
	testMessagesWaitForTheirPhase(t)
}

func testMessagesWaitForTheirPhase(t *testing.T) {
	of := describe(
		server.In("red", server.On((*State).red)),
		server.In("green", server.On((*State).green)),
		server.In("all", server.On((*State).red), server.On((*State).green), server.On((*State).blue)))
	harness.Everywhere(t, func(w *harness.World) {
		pid, trace := start(w, w.System(), of)
		for _, m := range []Message{Green{1}, Blue{2}, Red{3}, Green{4}, Blue{5}, Red{6}} {
			pid.Send(m)
		}
		flush(w, pid)
		require.Equal(w, []string{"red 3", "red 6"}, trace.Take())
		info, ok := pid.Info()
		require.True(w, ok)
		require.Equal(w, 4, info.Mailbox)
		to(pid, "green")
		flush(w, pid)
		require.Equal(w, []string{"green 1", "green 4"}, trace.Take())
		pid.Send(Green{7})
		pid.Send(Red{8})
		pid.Send(Blue{9})
		to(pid, "all")
		pid.Send(Red{10})
		flush(w, pid)
		require.Equal(w, []string{"green 7", "blue 2", "blue 5", "red 8", "blue 9", "red 10"}, trace.Take())
	})
}

// They wait over hibernations, at no cost to what comes meanwhile.
func TestV5_TheyWaitOverHibernation(t *testing.T) {
	of := describe(server.In("red", server.On((*State).red)), server.In("green", server.On((*State).green)))
	harness.Everywhere(t, func(w *harness.World) {
		before := harness.Goroutines()
		pid, trace := start(w, w.System(), of)
		for n := range 3 {
			pid.Send(Green{n})
			pid.Send(Red{n})
			rest(w, before)
		}
		to(pid, "green")
		rest(w, before)
		flush(w, pid)
		require.Equal(w, []string{"red 0", "red 1", "red 2", "green 0", "green 1", "green 2"}, trace.Take())
	})
}

// A backlog for another phase is not looked at: with each message of the present
// one that would take hours.
func TestV5_ABacklogIsNotLookedAt(t *testing.T) {
	harness.Production(t, func(w *harness.World) {
		n := 200_000
		if testing.Short() {
			n = 50_000
		}
		count := 0
		of := describe(
			server.In("red", server.On(func(*State, *Self, Red) error { count++; return nil })),
			server.In("green", server.On(func(*State, *Self, Green) error { count++; return nil })))
		pid, _ := start(w, w.Quiet(), of)
		for range n {
			pid.Send(Green{})
		}
		for range n {
			pid.Send(Red{})
		}
		require.Equal(w, n, harness.Value(w, order(pid, func(*State, *Self) int { return count })))
		to(pid, "green")
		require.Equal(w, 2*n, harness.Value(w, order(pid, func(*State, *Self) int { return count })))
	})
}

// A request waits like any message, and its call with it.
func TestV5_CallsWaitForTheirPhase(t *testing.T) {
	of := describe(server.In("closed", server.On((*State).red)), server.In("open", server.OnCall((*State).ask)))
	harness.Everywhere(t, func(w *harness.World) {
		pid, _ := start(w, w.System(), of)
		answer := harness.Async(w, func() outcome {
			n, err := server.CallWithin(context.Background(), -1, pid, new(Ask))
			return outcome{n, err}
		})
		harness.Pending(w, answer, "the call")
		to(pid, "open")
		require.Equal(w, outcome{42, nil}, harness.Value(w, answer))
	})
}

// Handlers of the phase come before those for all phases, wherever they stand.
func TestV5_HandlersOfThePhaseComeFirst(t *testing.T) {
	other := func(s *State, _ *Self, m Red) error { s.trace.Add("other %d", m.N); return nil }
	of := describe(server.On((*State).red),
		server.In("plain", server.On((*State).green)),
		server.In("own", server.On(other)),
		server.In("own", server.On((*State).blue)), // In may be given several times
	)
	harness.Everywhere(t, func(w *harness.World) {
		pid, trace := start(w, w.System(), of)
		pid.Send(Red{1})
		to(pid, "own")
		pid.Send(Red{2})
		pid.Send(Blue{3})
		to(pid, "plain")
		pid.Send(Red{4})
		flush(w, pid)
		require.Equal(w, []string{"red 1", "other 2", "blue 3", "red 4"}, trace.Take())
	})
}

// Each entry runs what OnEnter says, first that for all phases. To the present phase
// is no entry. A chain leads to its end before the next message.
func TestV5_EnteringAPhase(t *testing.T) {
	own := func(s *State, _ *Self, p server.Phase) error { s.trace.Add("own %s", p); return nil }
	onTo := func(next server.Phase) func(*State, *Self, server.Phase) error {
		return func(s *State, _ *Self, p server.Phase) error { s.trace.Add("from %s", p); return server.To(next) }
	}
	of := describe(server.OnEnter((*State).entered),
		server.In("a", server.OnEnter(own)),
		server.In("b", server.OnEnter(onTo("c")), server.OnEnter(own)),
		server.In("c", server.OnEnter(onTo("d"))),
		server.In("d", server.OnEnter(onTo("d")), server.OnEnter(own), server.On((*State).red)),
		server.In("e", server.OnEnter(func(*State, *Self, server.Phase) error { return server.Stop })))
	harness.Everywhere(t, func(w *harness.World) {
		pid, trace := start(w, w.System(), of)
		require.Equal(w, []string{"enter a", "own a"}, trace.Take())
		to(pid, "a")
		flush(w, pid)
		require.Empty(w, trace.Take())
		pid.Send(Red{1})
		to(pid, "b")
		flush(w, pid)
		require.Equal(w, []string{"enter b", "from b", "enter c", "from c", "enter d", "from d", "own d", "red 1"}, trace.Take())
		to(pid, "e")
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))
	})
}

// Phases that lead to each other for ever are an end, not a loop.
func TestV5_ACircleOfPhasesEnds(t *testing.T) {
	on := func(next server.Phase) Clause {
		return server.OnEnter(func(*State, *Self, server.Phase) error { return server.To(next) })
	}
	of := describe(server.In[State, Message]("start"), server.In("round", on("and round")), server.In("and round", on("round")))
	harness.Everywhere(t, func(w *harness.World) {
		pid, _ := start(w, w.System(), of)
		to(pid, "round")
		require.ErrorContains(w, harness.Ended(w, pid.ID), "each leads to another one")
	})
}

// A server without phases has nowhere to go.
func TestV5_NoPhases(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		pid, _ := start(w, w.System(), describe())
		to(pid, "anywhere")
		require.ErrorContains(w, harness.Ended(w, pid.ID), `cannot switch to phase "anywhere": the server has no phases`)
	})
}

// Info shows the phase, also of a server that waits without a goroutine or is busy,
// unless the server has set details of its own.
func TestV5_InfoShowsThePhase(t *testing.T) {
	of := describe(server.In[State, Message]("connecting"), server.In[State, Message]("connected"))
	harness.Everywhere(t, func(w *harness.World) {
		before := harness.Goroutines()
		pid, _ := start(w, w.System(), of)
		details := func() string {
			info, ok := pid.Info()
			require.True(w, ok)
			return info.Details
		}
		require.Equal(w, "connecting", details())
		rest(w, before)
		require.Equal(w, "connecting", details())
		to(pid, "connected")
		open := make(chan struct{})
		busy := order(pid, func(*State, *Self) bool { <-open; return true })
		w.Eventually("the phase has been entered", func() bool { return details() == "connected" })
		close(open)
		harness.Value(w, busy)
		harness.Value(w, order(pid, func(_ *State, self *Self) bool { self.SetDetails("to example.org"); return true }))
		require.Equal(w, "to example.org", details())
	})
}

// A phase may be left while the handler's own answer is still on its way.
func TestV5_ToAfterTheReply(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		of := describe(
			server.In("closed", server.OnCall(func(*State, *Self, *Ask) (int, error) { return 1, server.To("open") })),
			server.In("open", server.OnCall(func(*State, *Self, *Ask) (int, error) { return 2, server.Stop })))
		pid, _ := start(w, w.System(), of)
		for want := range 2 {
			n, err := server.CallWithin(context.Background(), time.Hour, pid, new(Ask))
			require.NoError(w, err)
			require.Equal(w, want+1, n)
		}
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))
	})
}

// A handler can ask for the phase. It is the one that the handler runs in, and on
// entering one that.
func TestV5_PhaseOf(t *testing.T) {
	tell := func(s *State, self *Self) error { s.trace.Add("%s", server.PhaseOf(self)); return nil }
	of := server.New(func(s *State, self *Self, t *Trace) error { s.trace = t; return tell(s, self) },
		server.OnEnter(func(s *State, self *Self, _ server.Phase) error { return tell(s, self) }),
		server.OnCall(func(s *State, self *Self, _ *Ask) (int, error) {
			_ = tell(s, self)
			return 0, server.To("second")
		}),
		server.In[State, Message]("first"), server.In[State, Message]("second"),
	).Finally(func(s *State, self *Self) { _ = tell(s, self) })
	harness.Everywhere(t, func(w *harness.World) {
		pid, trace := start(w, w.System(), of)
		_, err := server.Call(context.Background(), pid, new(Ask))
		require.NoError(w, err)
		pid.Interrupt(proc.NormalExitRequested{})
		harness.Ended(w, pid.ID)
		require.Equal(w, []string{"first", "first", "first", "second", "second"}, trace.Take())

		pid, _ = start(w, w.System(), describe())
		require.Empty(w, harness.Value(w, order(pid, func(_ *State, self *Self) server.Phase { return server.PhaseOf(self) })))
		require.Empty(w, harness.Do(w, harness.NewActor(w, w.System()), func(self *proc.Self[harness.Order]) server.Phase { return server.PhaseOf(self) }))
	})
}
