package server_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
	"github.com/harkgo/hark/pkg/server"
)

// handled is what a server makes of messages that are there when it looks.
func handled(w *harness.World, of Server, messages ...Message) []string {
	w.Helper()
	pid, trace := start(w, w.System(), of)
	open := make(chan struct{})
	pid.Send(Order(func(*State, *Self) error { <-open; return nil }))
	for _, m := range messages {
		pid.Send(m)
	}
	close(open)
	flush(w, pid)
	return trace.Take()
}

// Messages of all handled types are taken in the order in which they have come.
func TestV2_TheOrderOfArrival(t *testing.T) {
	of := describe(server.On((*State).red), server.On((*State).green), server.On((*State).blue))
	harness.Everywhere(t, func(w *harness.World) {
		require.Equal(w, []string{"blue 1", "red 2", "green 3", "red 4", "blue 5"},
			handled(w, of, Blue{1}, Red{2}, Green{3}, Red{4}, Blue{5}))
	})
}

// Of several handlers for a message the first gets it; that those of a phase come
// first is shown by TestV5_HandlersOfThePhaseComeFirst.
func TestV2_TheFirstHandlerThatIsForIt(t *testing.T) {
	even := sel.With(func(r Red) (int, bool) { return r.N / 2, r.N%2 == 0 })
	half := func(s *State, _ *Self, n int) error { s.trace.Add("half %d", n); return nil }
	harness.Everywhere(t, func(w *harness.World) {
		of := describe(server.OnSelect(even, half), server.On((*State).red), server.On((*State).numbered))
		require.Equal(w, []string{"red 1", "half 1", "numbered 3", "half 2"}, handled(w, of, Red{1}, Red{2}, Blue{3}, Red{4}))

		// The order of the handlers is that of the description.
		of = describe(server.On((*State).blue), server.On((*State).numbered))
		require.Equal(w, []string{"numbered 1", "blue 2"}, handled(w, of, Red{1}, Blue{2}))
	})
}

// A handler for all messages of the server gets what no handler before it gets, nil
// included.
func TestV2_AHandlerForEachMessage(t *testing.T) {
	each := func(s *State, self *Self, m Message) error {
		if do, ok := m.(Order); ok {
			return do(s, self)
		}
		s.trace.Add("any %T", m)
		return nil
	}
	of := server.New((*State).begin, server.On((*State).red), server.On(each))
	harness.Everywhere(t, func(w *harness.World) {
		require.Equal(w, []string{"any server_test.Green", "red 2", "any <nil>"}, handled(w, of, Green{1}, Red{2}, nil))
	})
}

// pair is a message that is no interface, and needs memory to be made one.
type pair struct {
	n     int
	reply proc.ReplyTo[int]
}

type pairs struct{ trace *Trace }

func (p *pairs) begin(_ *proc.Self[pair], t *Trace) error { p.trace = t; return nil }

// pair handles a pair; 0 makes the server watch a process that sends it some pairs
// and ends.
func (p *pairs) pair(self *proc.Self[pair], m pair) error {
	if p.trace.Add("pair %d", m.n); m.n == 0 {
		me := self.Pid()
		proc.SpawnMonitor(self, func(*proc.Self[int]) error {
			for n := range 50 {
				me.Send(pair{n: n + 1})
			}
			return nil
		})
	}
	m.reply.Reply(m.n + 1)
	return nil
}
func (p *pairs) down(*proc.Self[pair], proc.ProcessDown) error {
	p.trace.Add("down")
	return server.Stop
}

// A server of one type of messages, which go straight from hand to hand, keeps the
// order with all else that it receives, and is called as any process is.
func TestV2_MessagesOfOneType(t *testing.T) {
	of := server.New((*pairs).begin, server.On((*pairs).down), server.On((*pairs).pair))
	harness.Everywhere(t, func(w *harness.World) {
		trace := new(Trace)
		pid, err := of.Start(context.Background(), w.System(), trace)
		require.NoError(w, err)
		for n := range 3 {
			m, err := proc.Call(context.Background(), pid, func(r proc.ReplyTo[int]) pair { return pair{n + 100, r} })
			require.NoError(w, err)
			require.Equal(w, n+101, m)
		}
		pid.Send(pair{n: 0})
		harness.Ended(w, pid.ID)
		want := []string{"pair 100", "pair 101", "pair 102"}
		for n := range 51 {
			want = append(want, fmt.Sprintf("pair %d", n))
		}
		require.Equal(w, append(want, "down"), trace.Take())
	})
}

// Messages may be pointers, and anything at all: then ProcessDowns are messages too.
func TestV2_MessagesOfAnyType(t *testing.T) {
	type state struct{ trace *Trace }
	of := server.New(func(s *state, self *proc.Self[any], t *Trace) error {
		s.trace = t
		child := proc.Spawn(self, func(*proc.Self[int]) error { return nil })
		self.Monitor(child.ID)
		return nil
	}, server.On(func(s *state, self *proc.Self[any], m int) error { s.trace.Add("int %d", m); return nil }),
		server.On(func(s *state, self *proc.Self[any], m any) error {
			s.trace.Add("any %T", m)
			if m == nil {
				return server.Stop
			}
			return nil
		}))
	harness.Everywhere(t, func(w *harness.World) {
		trace := new(Trace)
		pid, err := of.Start(context.Background(), w.System(), trace)
		require.NoError(w, err)
		pid.Send(1)
		pid.Send("text")
		w.Eventually("the end of the child is handled", func() bool { return trace.Len() == 3 })
		pid.Send(nil)
		harness.Ended(w, pid.ID)
		require.ElementsMatch(w, []string{"any proc.ProcessDown", "int 1", "any string", "any <nil>"}, trace.Take())
	})
}

// A predicate that panics is a crash of the server; the message goes to the dead
// letters with the others.
func TestV2_APredicateThatPanics(t *testing.T) {
	of := describe(server.OnSelect(sel.Message[Red]().Where(func(Red) bool { panic(errBroken) }), (*State).red)).Finally((*State).finally)
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		pid, trace := start(w, s, of)
		pid.Send(Red{1})
		require.ErrorIs(w, harness.Ended(w, pid.ID), errBroken)
		require.Equal(w, []string{"finally"}, trace.Take())
		require.Equal(w, uint64(1), s.Counters().DeadLetters["unread at exit"])
	})
}
