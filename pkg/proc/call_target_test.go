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
)

var callName = proc.NewName[callAsk]("call_target_test")

// callRefused holds that the call failed at once because of a full mailbox.
func callRefused(w *harness.World, r callResult) {
	w.Helper()
	_, ok := r.err.(proc.ErrorInterrupt)
	require.True(w, ok, "error is %T: %v", r.err, r.err)
	require.ErrorIs(w, r.err, proc.ErrMailboxFull)
	callAtOnce(w, r)
}

// callBlocked spawns a server that answers only after release.
func callBlocked(s *proc.System, release <-chan struct{}, opts ...proc.SpawnOption) proc.Pid[callAsk] {
	return proc.Spawn(s, func(self *proc.Self[callAsk]) error {
		<-release
		return callDouble(self)
	}, opts...)
}

// Decided: a call whose request a full mailbox refuses fails at once; it is no
// dead letter.
func TestDecided_RefusedRequestFailsTheCall(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		release := make(chan struct{})
		server := callBlocked(s, release, proc.Bounded(2, proc.Reject))
		server.Send(callAsk{})
		first := callWays()[0].from(s, callForever, server, 1)
		w.Eventually("the mailbox is full", func() bool {
			info, _ := server.Info()
			return info.Mailbox == 2
		})
		for _, way := range callWays() {
			callRefused(w, harness.Value(w, way.from(s, callForever, server, 1)))
			callRefused(w, harness.Value(w, way.from(s, 0, server, 1)))
		}
		require.Zero(w, callDeadLetters(s))
		info, _ := server.Info()
		require.Equal(w, 2, info.Mailbox)
		require.Empty(w, first)
		server.Kill()
		require.IsType(w, proc.ExitKilled{}, callDown(w, harness.Value(w, first), server.ID))
		close(release)
		w.Eventually("the message has gone to the dead letters", func() bool { return callDeadLetters(s) > 0 })
		require.EqualValues(w, 1, callDeadLetters(s), "the call is none: its sender was told")
	})
}

// Decided: a call whose queued request is dropped for a newer message fails at
// once; that is no dead letter, the plain message that a call displaces is one.
func TestDecided_DroppedRequestFailsTheCall(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		for _, way := range callWays() {
			var dead []proc.DeadLetter
			s := w.System(proc.WithDeadLetters(func(d proc.DeadLetter) { dead = append(dead, d) }))
			release := make(chan struct{})
			server := callBlocked(s, release, proc.Bounded(1, proc.DropOldest))
			queued := func() bool {
				info, _ := server.Info()
				return info.Mailbox == 1
			}

			dropped := way.from(s, callForever, server, 1)
			w.Eventually("the first request is queued", queued)
			server.Send(callAsk{N: -1})
			callRefused(w, harness.Value(w, dropped))
			require.Zero(w, callDeadLetters(s))

			dropped = way.from(s, callForever, server, 2)
			w.Eventually("the message is dropped", func() bool { return callDeadLetters(s) == 1 })
			require.True(w, queued())
			kept := way.from(s, callForever, server, 3)
			callRefused(w, harness.Value(w, dropped))
			close(release)
			r := harness.Value(w, kept)
			require.NoError(w, r.err)
			require.Equal(w, 6, r.value)
			require.EqualValues(w, 1, callDeadLetters(s))
			require.Len(w, dead, 1)
			require.Equal(w, -1, dead[0].Message.(callAsk).N)
			require.Equal(w, server.ID, dead[0].To)
		}
	})
}

// Decided: a call to the zero Pid fails at once with ExitUnknown.
func TestDecided_CallToTheZeroPid(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for _, way := range callWays() {
			r := harness.Value(w, way.from(s, callForever, proc.Pid[callAsk]{}, 1))
			require.IsType(w, proc.ExitUnknown{}, callDown(w, r, proc.ID{}))
			callAtOnce(w, r)
		}
		require.Zero(w, callDeadLetters(s))
	})
}

// Decided: a call to an unregistered Named pid, or to a Via pid that finds
// nobody, fails at once with OtherProcessNotRunning.
func TestDecided_CallThatFindsNobody(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		var self proc.Pid[callAsk]
		self = proc.Via(s, func() (proc.Pid[callAsk], bool) { return self, true })
		for name, pid := range map[string]proc.Pid[callAsk]{
			"unregistered": proc.Named(s, callName),
			"false":        proc.Via(s, func() (proc.Pid[callAsk], bool) { return proc.Pid[callAsk]{}, false }),
			"zero pid":     proc.Via(s, func() (proc.Pid[callAsk], bool) { return proc.Pid[callAsk]{}, true }),
			"itself":       self,
			"by detour":    proc.Via(s, func() (proc.Pid[callAsk], bool) { return proc.Named(s, callName), true }),
		} {
			for _, way := range callWays() {
				r := harness.Value(w, way.from(s, callForever, pid, 1))
				_, ok := r.err.(proc.OtherProcessNotRunning)
				require.True(w, ok, "%s, %s: %T: %v", name, way.name, r.err, r.err)
				callAtOnce(w, r)
			}
		}
		require.Zero(w, callDeadLetters(s))
	})
}

// A Named pid and a Via pid are looked up at each call: the process behind them
// may have been replaced. The failure of a call names the process that was found.
func TestDecided_CallLooksUpEachTime(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for _, way := range callWays() {
			var found proc.Pid[callAsk]
			pids := []proc.Pid[callAsk]{
				proc.Named(s, callName),
				proc.Via(s, func() (proc.Pid[callAsk], bool) { return found, true }),
			}
			for i := range 3 {
				found = proc.Spawn(s, func(self *proc.Self[callAsk]) error {
					for ask, err := range self.Messages() {
						if err != nil {
							return err
						}
						if ask.N < 0 {
							return io.EOF
						}
						ask.Reply.Reply(ask.N * i)
					}
					return nil
				}, proc.Registered(callName))
				for _, pid := range pids {
					require.Equal(w, 7*i, harness.Value(w, way.from(s, callForever, pid, 7)).value, way.name)
				}
				r := harness.Value(w, way.from(s, callForever, pids[i%2], -1))
				_, ok := r.err.(proc.OtherProcessNotRunning)
				require.True(w, ok, "%T", r.err)
				require.ErrorIs(w, r.err, io.EOF)
				harness.Ended(w, found.ID)
			}
		}
	})
}

// Decided: a find that panics panics in the caller, of a call as well.
func TestDecided_PanickingFindPanicsInTheCaller(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		pid := proc.Via(s, func() (proc.Pid[callAsk], bool) { panic(errCallBroken) })
		require.PanicsWithValue(w, errCallBroken, func() { callMake(context.Background(), 0, pid, 1) })
		caller := proc.Spawn(s, func(self *proc.Self[string]) error {
			return callMake(self, 0, pid, 1).err
		})
		reason := harness.Ended(w, caller.ID)
		require.IsType(w, proc.ExitPanic{}, reason)
		require.ErrorIs(w, reason, errCallBroken)
	})
}

// C1: a call to a Contramap view is a call to the process behind it.
func TestC1_CallThroughContramap(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		server := proc.Spawn(s, callDouble)
		view := proc.Contramap(server, func(r proc.ReplyTo[int]) callAsk { return callAsk{N: 8, Reply: r} })
		for _, way := range callWays() {
			results := make(chan callResult, 2)
			call := func(ctx context.Context) {
				n, err := proc.CallWithin(ctx, callForever, view, func(r proc.ReplyTo[int]) proc.ReplyTo[int] { return r })
				results <- callResult{value: n, err: err}
			}
			way.start(s, call)
			require.Equal(w, 16, harness.Value(w, results).value)
		}
		server.Kill()
		_, err := proc.Call(context.Background(), view, func(r proc.ReplyTo[int]) proc.ReplyTo[int] { return r })
		require.IsType(w, proc.ExitKilled{}, callDown(w, callResult{err: err}, server.ID))
	})
}

// Decided: calls to a process of another system work, with all their endings.
func TestDecided_CallToAnotherSystem(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		here, there := w.System(), w.System()
		server := proc.Spawn(there, func(self *proc.Self[callAsk]) error {
			for ask, err := range self.Messages() {
				if err != nil {
					return err
				}
				switch {
				case ask.N > 0:
					ask.Reply.Reply(2 * ask.N)
				case ask.N < 0:
					return io.EOF
				}
			}
			return nil
		})
		results, left := make(chan callResult, 1), make(chan []any, 1)
		client := proc.Spawn(here, callClient(server, results, left))

		client.Send(callRequests{0, 4})
		require.Equal(w, 8, harness.Value(w, results).value)
		client.Send(callRequests{time.Millisecond, 0})
		callTimedOut(w, harness.Value(w, results).err)
		client.Send(callRequests{callForever, 0})
		w.Settle()
		client.Interrupt(proc.InterruptedBy{Value: 1})
		require.Equal(w, proc.InterruptedBy{Value: 1}, harness.Value(w, results).err)
		client.Send(callRequests{callForever, -1})
		require.ErrorIs(w, callDown(w, harness.Value(w, results), server.ID), io.EOF)
		client.Send(callRequests{callForever, 1})
		require.ErrorIs(w, callDown(w, harness.Value(w, results), server.ID), io.EOF)

		client.Interrupt(proc.NormalExitRequested{})
		require.Empty(w, harness.Value(w, left))
		require.Zero(w, callDeadLetters(here)+callDeadLetters(there))
	})
}

// M3 and C1: the request of a call that has failed is no dead letter, also when
// the server leaves it in its mailbox.
func TestC1_FailedCallIsNoDeadLetter(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		release := make(chan struct{})
		server := proc.Spawn(s, func(*proc.Self[callAsk]) error {
			<-release
			return nil
		})
		for _, way := range callWays() {
			callTimedOut(w, harness.Value(w, way.from(s, time.Millisecond, server, 1)).err)
		}
		waiting := callWays()[0].from(s, callForever, server, 1)
		server.Send(callAsk{N: 5})
		w.Arrive()
		w.Eventually("all are queued", func() bool {
			info, _ := server.Info()
			return info.ByType["proc_test.callAsk"] >= 2
		})
		close(release)
		callDown(w, harness.Value(w, waiting), server.ID)
		harness.Ended(w, server.ID)
		require.EqualValues(w, 1, callDeadLetters(s), "the plain message alone")
		r := harness.Value(w, callWays()[0].from(s, 0, server, 1))
		callDown(w, r, server.ID)
		require.EqualValues(w, 1, callDeadLetters(s))
		server.Send(callAsk{})
		w.Arrive()
		require.EqualValues(w, 2, callDeadLetters(s))
	})
}

// Every error of a call is an InterruptReason: it can be returned from a body,
// which then ends as decided for that interrupt.
func TestC1_ErrorsAreInterruptReasons(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		silent := proc.Spawn(s, callHold(make(chan callAsk, 10)))
		dead := proc.Spawn(s, func(*proc.Self[callAsk]) error { return io.EOF })
		harness.Ended(w, dead.ID)
		body := func(call func(self *proc.Self[callAsk]) error) proc.ShutdownReason {
			return harness.Ended(w, proc.Spawn(s, call).ID)
		}

		reason := body(func(self *proc.Self[callAsk]) error { return callMake(self, 0, dead, 1).err })
		down, ok := reason.(proc.ExitOtherProcessNotRunning)
		require.True(w, ok, "%T", reason)
		require.Equal(w, dead.ID, down.ID)
		require.ErrorIs(w, reason, io.EOF)

		reason = body(func(self *proc.Self[callAsk]) error { return callMake(self, time.Millisecond, silent, 1).err })
		require.IsType(w, proc.ExitUnhandledError{}, reason)
		require.ErrorIs(w, reason, context.DeadlineExceeded)

		reason = body(func(self *proc.Self[callAsk]) error { return callMake(self, 0, self.Pid(), 1).err })
		require.IsType(w, proc.ExitUnhandledError{}, reason)
		_, ok = errors.AsType[proc.CallRing](reason)
		require.True(w, ok, "%v", reason)

		reason = body(func(self *proc.Self[callAsk]) error {
			self.ID().Interrupt(proc.NormalExitRequested{})
			return callMake(self, 0, silent, 1).err
		})
		require.IsType(w, proc.ExitNormally{}, reason)
	})
}
