package server_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
	"github.com/harkgo/hark/pkg/server"
)

// bothered is a server that is sent all kinds of things that it has no handler for.
func bothered(w *harness.World, s *proc.System, of Server) (proc.Pid[Message], *Trace, <-chan outcome) {
	pid, trace := start(w, s, of)
	pid.Send(Red{1})
	pid.Send(nil)
	answer := harness.Async(w, func() outcome {
		n, err := server.CallWithin(context.Background(), -1, pid, new(Odd))
		return outcome{n, err}
	})
	pid.Send(Order(func(_ *State, self *Self) error {
		proc.StartTimer(self, 0)
		self.Monitor(proc.Spawn(self, func(*proc.Self[int]) error { return nil }).ID)
		proc.Go(self, func(context.Context) (string, error) { return "done", nil }).Notify(self)
		return nil
	}))
	return pid, trace, answer
}

// By default what nobody handles is a dead letter and a line in the log, and a call
// fails at once. What the runtime has sent is no dead letter.
func TestV6_Refuse(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		pid, _, answer := bothered(w, s, describe())
		got := harness.Value(w, answer)
		require.ErrorIs(w, got.err, proc.ErrRefused)
		require.ErrorContains(w, got.err, "(State) does not handle requests of type *server_test.Odd")
		require.IsType(w, proc.ErrorInterrupt{}, got.err)
		lines := func(parts ...string) (n int) {
			for line := range strings.Lines(w.Logs.String()) {
				all := strings.Contains(line, "message refused")
				for _, part := range parts {
					all = all && strings.Contains(line, part)
				}
				if all {
					n++
				}
			}
			return n
		}
		w.Eventually("all has been refused", func() bool { return lines() == 6 })
		require.Equal(w, 1, lines(`"warn"`, "server_test.Red", `"pid":"!1"`, `"title":"State"`))
		require.Equal(w, 1, lines(`"warn"`, "*server_test.Odd"))
		require.Equal(w, 1, lines(`"warn"`, "TaskEnded[string]"))
		require.Equal(w, 1, lines(`"debug"`, "proc.ProcessDown"))
		require.Equal(w, 1, lines(`"debug"`, "proc.TimerElapsed"))
		flush(w, pid)
		require.Equal(w, uint64(2), s.Counters().DeadLetters["refused"]) // Red and nil
		info, _ := pid.Info()
		require.Zero(w, info.Mailbox)
	})
}

func TestV6_RefuseQuietly(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		pid, _, answer := bothered(w, s, describe().Unhandled(server.RefuseQuietly))
		require.ErrorIs(w, harness.Value(w, answer).err, proc.ErrRefused)
		w.Eventually("all has been refused", func() bool {
			info, _ := pid.Info()
			return info.Mailbox == 0 && s.Counters().DeadLetters["refused"] == 2
		})
		require.NotContains(w, w.Logs.String(), "refused")
	})
}

// Left messages stay, for handlers that receive them.
func TestV6_Leave(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		pid, _, answer := bothered(w, s, describe().Unhandled(server.Leave))
		w.Eventually("all has come", func() bool {
			info, _ := pid.Info()
			return info.Mailbox == 6
		})
		harness.Pending(w, answer, "the call")
		require.Equal(w, 1, harness.Value(w, order(pid, func(_ *State, self *Self) int {
			r, err := proc.Receive(self, sel.Message[Red]())
			require.NoError(w, err)
			return r.N
		})))
		leave(pid, server.Stop)
		require.Equal(w, proc.ExitNormally{}, reasonOf(w, harness.Value(w, answer).err))
		require.Equal(w, uint64(1), s.Counters().DeadLetters["unread at exit"]) // nil
	})
}

// With Crash a message of an unknown type ends the server, which says so; a call has
// that as its cause.
func TestV6_Crash(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		of := describe().Unhandled(server.Crash).Finally((*State).finally)
		for _, m := range []Message{Red{1}, nil} {
			pid, trace := start(w, s, of)
			pid.Send(m)
			unhandled, ok := errors.AsType[server.Unhandled](harness.Ended(w, pid.ID))
			require.True(w, ok)
			require.Equal(w, m, unhandled.Message)
			require.ErrorContains(w, unhandled, "no handler for messages of type ")
			require.Equal(w, []string{"finally"}, trace.Take())
		}
		pid, _ := start(w, s, of)
		_, err := server.Call(context.Background(), pid, new(Odd))
		require.IsType(w, server.Unhandled{}, errors.Unwrap(reasonOf(w, err)))
	})
}

// A type that some phase handles is not unhandled in the others, and neither is one
// that a selector is for, whatever it accepts: all of that waits.
func TestV6_TheTypeDecides(t *testing.T) {
	for _, f := range []server.Fallback{server.Refuse, server.RefuseQuietly, server.Leave, server.Crash} {
		harness.Everywhere(t, func(w *harness.World) {
			s := w.System()
			of := describe(
				server.OnSelect(sel.Message[Green]().Where(func(g Green) bool { return g.N > 1 }), (*State).green),
				server.In("now", server.On((*State).red)),
				server.In("later", server.On((*State).numbered), server.On(func(*State, *Self, proc.TimerElapsed) error { return nil })),
			).Unhandled(f)
			pid, trace := start(w, s, of)
			for _, m := range []Message{Green{1}, Blue{2}, Red{3}, Green{4}} {
				pid.Send(m)
			}
			pid.Send(Order(func(_ *State, self *Self) error { proc.StartTimer(self, 0); return nil }))
			w.Eventually("the timer waits", func() bool {
				info, _ := pid.Info()
				return info.ByType["proc.TimerElapsed"] == 1
			})
			flush(w, pid)
			require.Equal(w, []string{"red 3", "green 4"}, trace.Take())
			info, _ := pid.Info()
			require.Equal(w, 3, info.Mailbox)
			require.Empty(w, s.Counters().DeadLetters)
			to(pid, "later")
			flush(w, pid)
			require.Equal(w, []string{"numbered 2"}, trace.Take())
		})
	}
}

// A description of nothing refuses everything.
func TestV6_NoHandlerAtAll(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		of := server.New[State, Message, *Trace](nil)
		pid, err := of.Start(context.Background(), s, nil)
		require.NoError(w, err)
		_, err = server.Call(context.Background(), pid, new(Odd))
		require.ErrorIs(w, err, proc.ErrRefused)
		pid.Interrupt(proc.NormalExitRequested{})
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))

		left, err := server.New[State, Message, *Trace](nil).Unhandled(server.Leave).Start(context.Background(), s, nil)
		require.NoError(w, err)
		left.Send(Red{1})
		left.Shutdown(proc.ExitNormally{})
		harness.Ended(w, left.ID)
		require.Equal(w, uint64(1), s.Counters().DeadLetters["unread at exit"])
	})
}
