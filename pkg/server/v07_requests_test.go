package server_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/server"
)

// A call ends with the value or the error of its handler, after which the server
// goes on.
func TestV7_ValuesAndErrors(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		var fails error
		pid, _ := start(w, w.System(), describe(server.OnCall(func(*State, *Self, *Ask) (int, error) { return 42, fails })))
		for _, fails = range []error{nil, errPoor, proc.TimeoutInterrupt{}, proc.ErrorInterrupt{Err: errPoor}, proc.ExitNormally{},
			errors.Join(server.Stop), proc.OtherProcessNotRunning{Reason: proc.ExitKilled{}}, server.Failure{Err: io.EOF}} {
			n, err := server.Call(context.Background(), pid, new(Ask))
			if fails == nil {
				require.NoError(w, err)
				require.Equal(w, 42, n)
				continue
			}
			require.Equal(w, server.Failure{Err: fails}, err)
			require.ErrorIs(w, err, fails)
			require.Equal(w, fails.Error(), err.Error())
			require.Zero(w, n)
		}
	})
}

// Stop and To are obeyed once the answer has been sent. A handler that answers
// itself has answered: so a request fails and the server stops.
func TestV7_AnswerAndStop(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		pid, _ := start(w, s, describe(server.OnCall(func(*State, *Self, *Ask) (int, error) { return 7, server.Stop })))
		n, err := server.Call(context.Background(), pid, new(Ask))
		require.NoError(w, err)
		require.Equal(w, 7, n)
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))

		pid, _ = start(w, s, describe(server.OnCall(func(_ *State, _ *Self, q *Ask) (int, error) { q.Fail(errPoor); return 7, server.Stop })))
		_, err = server.Call(context.Background(), pid, new(Ask))
		require.Equal(w, server.Failure{Err: errPoor}, err)
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))
	})
}

// An answer may come later, while the server does other things and hibernates.
func TestV7_AnsweredLater(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		before := harness.Goroutines()
		pid, trace := start(w, w.System(), describe(server.On((*State).keep), server.On((*State).red)))
		first := askKept(w, pid)
		harness.Pending(w, first, "the call")
		second := askKept(w, pid)
		harness.Pending(w, second, "the call")
		pid.Send(Red{1})
		w.Eventually("it has been handled", func() bool { return trace.Len() == 1 })
		rest(w, before+2)
		require.Equal(w, []string{"red 1"}, trace.Take())
		pid.Send(Order(func(s *State, _ *Self) error {
			require.True(w, s.kept[1].Live())
			s.kept[1].Reply(2)
			s.kept[1].Fail(errPoor) // only the first answer counts
			require.False(w, s.kept[1].Live())
			s.kept[0].Fail(nil) // whatever that means
			return nil
		}))
		require.Equal(w, outcome{2, nil}, harness.Value(w, second))
		require.ErrorContains(w, harness.Value(w, first).err, "not told why")
	})
}

// Another process may answer, and a task; a server that ends fails what is open, and
// who answers later finds nobody.
func TestV7_AnsweredByAnother(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		of := describe(server.On((*State).keep))
		pid, _ := start(w, s, of)
		one, two, three := askKept(w, pid), (<-chan outcome)(nil), (<-chan outcome)(nil)
		harness.Pending(w, one, "the call")
		two = askKept(w, pid)
		harness.Pending(w, two, "the call")
		three = askKept(w, pid)
		harness.Pending(w, three, "the call")
		late := make(chan server.Request[int], 1)
		pid.Send(Order(func(s *State, self *Self) error {
			delegated := s.kept[0].Delegate()
			proc.Spawn(self, func(*proc.Self[int]) error { delegated.Reply(1); return nil })
			request := s.kept[1]
			proc.Go(self, func(context.Context) (int, error) { request.Reply(2); return 0, nil })
			late <- s.kept[2].Delegate()
			return nil
		}))
		require.Equal(w, outcome{1, nil}, harness.Value(w, one))
		require.Equal(w, outcome{2, nil}, harness.Value(w, two))
		leave(pid, errBroken)
		require.Equal(w, proc.ExitUnhandledError{Err: errBroken}, reasonOf(w, harness.Value(w, three).err))
		request := harness.Value(w, late)
		require.False(w, request.Live())
		request.Reply(3)
	})
}

// However a server ends, its open calls fail at that moment with its reason: those
// that it has kept, that it is at, and that wait in its mailbox.
func TestV7_OpenCallsFailWithTheReason(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System(proc.WithCallTimeout(-1))
		for _, c := range []struct {
			end  func(pid proc.Pid[Message])
			want error
		}{
			{func(pid proc.Pid[Message]) { leave(pid, errBroken) }, errBroken},
			{func(pid proc.Pid[Message]) { leave(pid, server.Stop) }, proc.ExitNormally{}},
			{func(pid proc.Pid[Message]) { pid.Send(Order(func(*State, *Self) error { panic(io.EOF) })) }, io.EOF},
			{func(pid proc.Pid[Message]) { pid.Shutdown(proc.ExitNormallyWith{Detail: "so"}) }, proc.ExitNormallyWith{Detail: "so"}},
			{func(pid proc.Pid[Message]) { pid.Kill() }, proc.ExitKilled{}},
			{func(pid proc.Pid[Message]) { pid.Interrupt(proc.InterruptedBy{Value: io.EOF}) }, io.EOF},
		} {
			pid, _ := start(w, s, describe(server.On((*State).keep), server.In[State, Message]("first"),
				server.In("never", server.OnCall((*State).ask))))
			kept := askKept(w, pid)
			harness.Pending(w, kept, "the call")
			waiting := harness.Async(w, func() error { _, err := server.Call(context.Background(), pid, new(Ask)); return err })
			harness.Pending(w, waiting, "the call")
			c.end(pid)
			require.ErrorIs(w, reasonOf(w, harness.Value(w, kept).err), c.want)
			require.ErrorIs(w, reasonOf(w, harness.Value(w, waiting)), c.want)
			_, err := server.Call(context.Background(), pid, new(Ask))
			require.ErrorIs(w, reasonOf(w, err), c.want)
		}
	})
}

// A handler that panics over a request fails its call at once, with the panic as
// cause.
func TestF1_APanicOfAHandlerIsTheCauseOfTheFailedCall(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		pid, _ := start(w, w.System(proc.WithCallTimeout(-1)),
			describe(server.OnCall(func(*State, *Self, *Ask) (int, error) { panic(io.ErrUnexpectedEOF) })))
		_, err := server.Call(context.Background(), pid, new(Ask))
		require.ErrorIs(w, err, io.ErrUnexpectedEOF)
		require.IsType(w, proc.ExitPanic{}, reasonOf(w, err))
	})
}

// Of servers that call each other the one that closes the ring learns it at once.
func TestF15_ServersThatCallEachOther(t *testing.T) {
	type Meet struct {
		server.Request[string]
		back proc.Pid[any]
	}
	type state struct{}
	of := server.New(func(*state, *proc.Self[any], struct{}) error { return nil },
		server.OnCall(func(_ *state, self *proc.Self[any], m *Meet) (string, error) {
			if m.back == (proc.Pid[any]{}) {
				return "met", nil
			}
			return server.Call(self, m.back, &Meet{back: self.Pid()})
		}))
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System(proc.WithCallTimeout(-1))
		a, err := of.Start(context.Background(), s, struct{}{})
		require.NoError(w, err)
		b, err := of.Start(context.Background(), s, struct{}{})
		require.NoError(w, err)
		_, err = server.Call(context.Background(), a, &Meet{back: b})
		ring, ok := errors.AsType[proc.CallRing](err)
		require.True(w, ok, "%v", err)
		require.ElementsMatch(w, []proc.ID{a.ID, b.ID}, ring.Members)
		answer, err := server.Call(context.Background(), a, &Meet{}) // and both go on
		require.NoError(w, err)
		require.Equal(w, "met", answer)
	})
}

// Nobody waits for the answer to a caller that has left, or to what was sent without
// a call; to give it does no harm.
func TestV7_CallersThatHaveLeft(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		pid, _ := start(w, w.System(), describe(server.On((*State).keep)))
		_, err := server.CallWithin(context.Background(), time.Millisecond, pid, new(Keep))
		require.Equal(w, proc.TimeoutInterrupt{After: time.Millisecond}, err)
		ctx, cancel := context.WithCancelCause(context.Background())
		call := harness.Async(w, func() error { _, err := server.Call(ctx, pid, new(Keep)); return err })
		harness.Pending(w, call, "the call")
		cancel(errPoor)
		require.ErrorIs(w, harness.Value(w, call), errPoor)
		pid.Send(new(Keep))
		require.Equal(w, []bool{false, false, false}, harness.Value(w, order(pid, func(s *State, _ *Self) (live []bool) {
			for _, r := range s.kept {
				live = append(live, r.Live())
				r.Reply(1)
			}
			return live
		})))
	})
}

// Whoever calls with a request that is no message of the server is told.
func TestV7_ARequestOfAnotherProtocol(t *testing.T) {
	type Stranger struct{ server.Request[int] }
	harness.Everywhere(t, func(w *harness.World) {
		pid, _ := start(w, w.System(), describe())
		_, err := server.Call(context.Background(), pid, new(Stranger))
		require.ErrorContains(w, err, "cannot call with a *server_test.Stranger: the server is for messages of type server_test.Message")
		_, err = server.CallWithin(context.Background(), -1, pid, new(Stranger))
		require.IsType(w, proc.ErrorInterrupt{}, err)
	})
}

// A server may be for requests of one type alone.
func TestV7_TheRequestIsTheMessage(t *testing.T) {
	type state struct{ n int }
	of := server.New[state, *Ask, int](func(s *state, _ *proc.Self[*Ask], n int) error { s.n = n; return nil },
		server.OnCall(func(s *state, _ *proc.Self[*Ask], _ *Ask) (int, error) { return s.n, nil }))
	harness.Everywhere(t, func(w *harness.World) {
		pid, err := of.Start(context.Background(), w.System(), 5)
		require.NoError(w, err)
		for range 3 {
			n, err := server.Call(context.Background(), pid, new(Ask))
			require.NoError(w, err)
			require.Equal(w, 5, n)
		}
	})
}

// What a server has kept when it becomes another one stays open: whoever has it
// answers, or the process ends.
func TestV7_KeptCallsOfAServerThatBecomesAnother(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		pid, _ := start(w, w.System(), describe(server.On((*State).keep), server.On(func(s *State, self *Self, _ Blue) error { return become(s, self) })))
		first, second := askKept(w, pid), askKept(w, pid)
		w.Settle()
		kept := harness.Value(w, order(pid, func(s *State, _ *Self) []server.Request[int] { return s.kept }))
		require.Len(w, kept, 2)
		pid.Send(Blue{})
		n, err := server.Call(context.Background(), pid, new(Odd))
		require.NoError(w, err)
		require.Equal(w, 2, n)
		harness.Pending(w, first, "a kept call")
		kept[0].Reply(1)
		kept[1].Reply(1)
		require.Equal(w, outcome{n: 1}, harness.Value(w, first))
		require.Equal(w, outcome{n: 1}, harness.Value(w, second))

		pid, _ = start(w, w.System(), describe(server.On((*State).keep), server.On(func(s *State, self *Self, _ Blue) error { return become(s, self) })))
		open := askKept(w, pid)
		w.Settle()
		pid.Send(Blue{})
		leave(pid, errBroken)
		require.ErrorIs(w, reasonOf(w, harness.Value(w, open).err), errBroken)
	})
}

// Whether the server has answered is told by the outermost error, whatever that wraps.
func TestV7_AnAnswerMayWrapTheEndOfAnother(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.Quiet()
		gone := proc.Spawn(s, func(*proc.Self[Message]) error { return errBroken })
		harness.Ended(w, gone.ID)
		ask := func(_ *State, self *Self, _ *Ask) (int, error) { return server.Call(self, gone, new(Ask)) }
		front, _ := start(w, s, describe(server.OnCall(ask)))
		_, err := server.Call(context.Background(), front, new(Ask))
		require.True(w, front.Alive())
		other, ok := errors.AsType[proc.OtherProcessNotRunning](err)
		require.True(w, ok)
		require.Equal(w, gone.ID, other.ID)
		answer, answered := server.Answered(err)
		require.True(w, answered)
		require.Equal(w, other, answer)
		_, answered = server.Answered(fmt.Errorf("asking: %w", err))
		require.True(w, answered)

		// And one that has ended with what another has answered has answered nothing.
		back, _ := start(w, s, describe(server.On(func(_ *State, self *Self, _ *Ask) error {
			_, err := server.Call(self, front, new(Ask))
			return err
		})))
		_, err = server.Call(context.Background(), back, new(Ask))
		require.ErrorAs(w, err, new(server.Failure))
		_, answered = server.Answered(err)
		require.False(w, answered)
		_, answered = server.Answered(nil)
		require.False(w, answered)
	})
}
