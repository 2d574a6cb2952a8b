package proc_test

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
)

// callAsk is a request that is answered with a number.
type callAsk struct {
	N     int
	Reply proc.ReplyTo[int]
}

// callResult is what a call ended with, and how long it took.
type callResult struct {
	value int
	err   error
	took  time.Duration
}

// callForever is the limit of a call that has none.
const callForever = time.Duration(-1)

// callMake calls to with the number n. With d = 0 it is a Call, else a CallWithin.
func callMake(ctx context.Context, d time.Duration, to proc.Pid[callAsk], n int) callResult {
	start := time.Now()
	ask := func(r proc.ReplyTo[int]) callAsk { return callAsk{N: n, Reply: r} }
	var v int
	var err error
	if d == 0 {
		v, err = proc.Call(ctx, to, ask)
	} else {
		v, err = proc.CallWithin(ctx, d, to, ask)
	}
	return callResult{value: v, err: err, took: time.Since(start)}
}

// callDouble is a server that answers every request with twice its number.
func callDouble(self *proc.Self[callAsk]) error {
	for ask, err := range self.Messages() {
		if err != nil {
			return err
		}
		ask.Reply.Reply(2 * ask.N)
	}
	return nil
}

// callHold is a server that passes each request to the test and answers none.
func callHold(held chan<- callAsk) func(*proc.Self[callAsk]) error {
	return func(self *proc.Self[callAsk]) error {
		for ask, err := range self.Messages() {
			if err != nil {
				return err
			}
			held <- ask
		}
		return nil
	}
}

// callWay is one way to make a call: start runs f once, elsewhere, with its
// kind of context.
type callWay struct {
	name  string
	start func(s *proc.System, f func(context.Context))
}

// from makes one call this way and passes on what it ended with.
func (way callWay) from(s *proc.System, d time.Duration, to proc.Pid[callAsk], n int) <-chan callResult {
	results := make(chan callResult, 1)
	way.start(s, func(ctx context.Context) { results <- callMake(ctx, d, to, n) })
	return results
}

// callInProcess is a way of a process, with what derive makes of its context.
func callInProcess(derive func(context.Context) (context.Context, context.CancelFunc)) func(*proc.System, func(context.Context)) {
	return func(s *proc.System, f func(context.Context)) {
		proc.Spawn(s, func(self *proc.Self[string]) error {
			ctx, cancel := derive(self)
			defer cancel()
			f(ctx)
			return nil
		})
	}
}

type callKey struct{}

// callAsProcess are the contexts that act as the process they come from.
var callAsProcess = []struct {
	name   string
	derive func(context.Context) (context.Context, context.CancelFunc)
}{
	{"self", func(c context.Context) (context.Context, context.CancelFunc) { return c, func() {} }},
	{"WithTimeout(self)", func(c context.Context) (context.Context, context.CancelFunc) {
		return context.WithTimeout(c, 1000*time.Hour)
	}},
	{"WithCancelCause(self)", func(c context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancelCause(c)
		return ctx, func() { cancel(nil) }
	}},
	{"WithValue(WithCancel(self))", func(c context.Context) (context.Context, context.CancelFunc) {
		ctx, cancel := context.WithCancel(c)
		return context.WithValue(ctx, callKey{}, 1), cancel
	}},
}

// callWays are all ways, those from outside of processes included.
func callWays() []callWay {
	ways := []callWay{
		{"a plain context", func(_ *proc.System, f func(context.Context)) { go f(context.Background()) }},
		{"a plain context with a deadline", func(_ *proc.System, f func(context.Context)) {
			ctx, cancel := context.WithTimeout(context.Background(), 1000*time.Hour)
			go func() {
				defer cancel()
				f(ctx)
			}()
		}},
		{"Outside(self)", func(s *proc.System, f func(context.Context)) {
			proc.Spawn(s, func(self *proc.Self[string]) error {
				done := make(chan struct{})
				outside := proc.Outside(self)
				go func() {
					defer close(done)
					f(outside)
				}()
				<-done
				return nil
			})
		}},
		{"a task", func(s *proc.System, f func(context.Context)) {
			proc.Spawn(s, func(self *proc.Self[string]) error {
				done := make(chan struct{})
				proc.Go(self, func(ctx context.Context) (int, error) {
					defer close(done)
					f(ctx)
					return 0, nil
				})
				<-done
				return nil
			})
		}},
	}
	for _, c := range callAsProcess {
		ways = append(ways, callWay{c.name, callInProcess(c.derive)})
	}
	return ways
}

// callAtOnce holds that no time has passed, where time can be measured.
func callAtOnce(w *harness.World, r callResult) {
	w.Helper()
	if w.Bubble {
		require.Zero(w, r.took, "ended later")
	}
}

// callDown holds that the call failed because of the end of to, and returns
// the reason it was told.
func callDown(w *harness.World, r callResult, to proc.ID) proc.ShutdownReason {
	w.Helper()
	down, ok := r.err.(proc.OtherProcessNotRunning)
	require.True(w, ok, "error is %T: %v", r.err, r.err)
	require.Equal(w, to, down.ID)
	require.NotNil(w, down.Reason)
	return down.Reason
}

// callDeadLetters is how many dead letters s has counted.
func callDeadLetters(s *proc.System) (n uint64) {
	for _, k := range s.Counters().DeadLetters {
		n += k
	}
	return n
}

var errCallBroken = errors.New("broken request")

// callEndings are the ways in which a server may end.
var callEndings = []struct {
	name string
	end  func(self *proc.Self[callAsk]) error
	is   func(proc.ShutdownReason) bool
}{
	{
		"returns nil",
		func(*proc.Self[callAsk]) error { return nil },
		func(r proc.ShutdownReason) bool { _, ok := r.(proc.ExitNormally); return ok },
	},
	{
		"returns NormalExitRequested",
		func(*proc.Self[callAsk]) error { return proc.NormalExitRequested{} },
		func(r proc.ShutdownReason) bool { _, ok := r.(proc.ExitNormally); return ok },
	},
	{
		"returns an error",
		func(*proc.Self[callAsk]) error { return fmt.Errorf("db ping: %w", io.EOF) },
		func(r proc.ShutdownReason) bool {
			e, ok := r.(proc.ExitUnhandledError)
			return ok && e.Err.Error() == "db ping: EOF" && errors.Is(r, io.EOF)
		},
	},
	{
		"panics",
		func(*proc.Self[callAsk]) error { panic(errCallBroken) },
		func(r proc.ShutdownReason) bool {
			e, ok := r.(proc.ExitPanic)
			return ok && e.Value == any(errCallBroken) && errors.Is(r, errCallBroken)
		},
	},
	{
		"exits",
		func(self *proc.Self[callAsk]) error {
			self.Exit(proc.ExitNormallyWith{Detail: "enough"})
			return nil
		},
		func(r proc.ShutdownReason) bool {
			e, ok := r.(proc.ExitNormallyWith)
			return ok && e.Detail == "enough"
		},
	},
	{
		"is shut down",
		func(self *proc.Self[callAsk]) error {
			self.ID().Shutdown(proc.ExitUnhandledError{Err: errCallBroken})
			return self.Yield()
		},
		func(r proc.ShutdownReason) bool {
			_, ok := r.(proc.ExitUnhandledError)
			return ok && errors.Is(r, errCallBroken)
		},
	},
	{
		"is killed",
		func(self *proc.Self[callAsk]) error {
			self.ID().Kill()
			return self.Yield()
		},
		func(r proc.ShutdownReason) bool { _, ok := r.(proc.ExitKilled); return ok },
	},
}

// callEachEnding runs test for every way to call and every ending of the server.
func callEachEnding(t *testing.T, test func(w *harness.World, way callWay, end func(*proc.Self[callAsk]) error, is func(proc.ShutdownReason) bool)) {
	harness.Everywhere(t, func(w *harness.World) {
		for _, ending := range callEndings {
			for _, way := range callWays() {
				w.Logf("the server %s; called with %s", ending.name, way.name)
				test(w, way, ending.end, ending.is)
			}
		}
	})
}

// C1: a call ends with the reply, whatever kind of context it is made with.
func TestC1_CallEndsWithTheReply(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		server := proc.Spawn(s, callDouble)
		for i, way := range callWays() {
			for _, d := range []time.Duration{0, time.Hour, callForever} {
				r := harness.Value(w, way.from(s, d, server, i))
				require.NoError(w, r.err, "%s, limit %v", way.name, d)
				require.Equal(w, 2*i, r.value, way.name)
				callAtOnce(w, r)
			}
		}
		require.Zero(w, callDeadLetters(s))
	})
}

// C1, F1: a call whose server ends while it works on the request fails at once
// with the real reason, be it a crash, a panic, a kill or a normal end.
func TestC1_ServerEndsAfterReceiving(t *testing.T) {
	callEachEnding(t, func(w *harness.World, way callWay, end func(*proc.Self[callAsk]) error, is func(proc.ShutdownReason) bool) {
		s := w.System()
		server := proc.Spawn(s, func(self *proc.Self[callAsk]) error {
			if _, err := self.Receive(); err != nil {
				return err
			}
			return end(self)
		})
		r := harness.Value(w, way.from(s, callForever, server, 1))
		reason := callDown(w, r, server.ID)
		require.True(w, is(reason), "%T: %v", reason, reason)
		callAtOnce(w, r)
		require.Zero(w, callDeadLetters(s))
	})
}

// C1: so does a call whose request the server has not received yet. It is no
// dead letter: the caller was told.
func TestC1_ServerEndsBeforeReceiving(t *testing.T) {
	callEachEnding(t, func(w *harness.World, way callWay, end func(*proc.Self[callAsk]) error, is func(proc.ShutdownReason) bool) {
		s := w.System()
		release := make(chan struct{})
		server := proc.Spawn(s, func(self *proc.Self[callAsk]) error {
			<-release
			return end(self)
		})
		result := way.from(s, callForever, server, 1)
		w.Eventually("the request is queued", func() bool {
			info, _ := server.Info()
			return info.Mailbox == 1
		})
		close(release)
		r := harness.Value(w, result)
		reason := callDown(w, r, server.ID)
		require.True(w, is(reason), "%T: %v", reason, reason)
		callAtOnce(w, r)
		harness.Ended(w, server.ID)
		require.Zero(w, callDeadLetters(s))
	})
}

// C1: a call to a server that ended before fails with the reason it ended with.
func TestC1_ServerEndedBeforeTheCall(t *testing.T) {
	callEachEnding(t, func(w *harness.World, way callWay, end func(*proc.Self[callAsk]) error, is func(proc.ShutdownReason) bool) {
		s := w.System()
		server := proc.Spawn(s, end)
		harness.Ended(w, server.ID)
		r := harness.Value(w, way.from(s, callForever, server, 1))
		reason := callDown(w, r, server.ID)
		require.True(w, is(reason), "%T: %v", reason, reason)
		callAtOnce(w, r)
		require.Zero(w, callDeadLetters(s))
	})
}

// C1: killing a server that is stuck in its own code fails the calls to it at
// once, though its goroutine is still there.
func TestC1_StuckServerIsKilled(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		received, release := make(chan struct{}, 1), make(chan struct{})
		server := proc.Spawn(s, func(self *proc.Self[callAsk]) error {
			_, err := self.Receive()
			received <- struct{}{}
			<-release
			return err
		})
		defer close(release)
		for i, way := range callWays() {
			result := way.from(s, callForever, server, i)
			if i == 0 {
				harness.Value(w, received)
				server.Kill()
			}
			r := harness.Value(w, result)
			require.IsType(w, proc.ExitKilled{}, callDown(w, r, server.ID))
			callAtOnce(w, r)
		}
	})
}

// F1: a call to a server that panics while handling it learns the panic.
func TestF1_PanicIsTheCauseOfTheFailedCall(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		server := proc.Spawn(s, func(self *proc.Self[callAsk]) error {
			if _, err := self.Receive(); err != nil {
				return err
			}
			panic(errCallBroken)
		})
		result := make(chan callResult, 1)
		proc.Spawn(s, func(self *proc.Self[string]) error {
			result <- callMake(self, 0, server, 1)
			return nil
		})
		r := harness.Value(w, result)
		require.ErrorIs(w, r.err, errCallBroken)
		panicked, ok := errors.AsType[proc.ExitPanic](r.err)
		require.True(w, ok)
		require.Contains(w, panicked.Stack, "TestF1_PanicIsTheCauseOfTheFailedCall")
		callAtOnce(w, r)
	})
}

// C1 with L4: a call fails as soon as the server's body has ended, also while
// the server still waits for the processes it owns.
func TestC1_FailsBeforeTheOwnedProcessesHaveEnded(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		started, release := make(chan struct{}, 1), make(chan struct{})
		server := proc.Spawn(s, func(self *proc.Self[callAsk]) error {
			proc.Spawn(self, func(child *proc.Self[string]) error {
				defer func() { <-release }()
				started <- struct{}{}
				_, err := child.Receive()
				return err
			}, proc.Owned())
			if _, err := self.Receive(); err != nil {
				return err
			}
			return io.EOF
		})
		harness.Value(w, started)
		for _, way := range callWays() { // the first one ends the server, the others come after
			r := harness.Value(w, way.from(s, callForever, server, 1))
			require.ErrorIs(w, callDown(w, r, server.ID), io.EOF, way.name)
			callAtOnce(w, r)
			select {
			case <-server.Done():
				require.Fail(w, "the server has ended before its owned process")
			default:
			}
		}
		close(release)
		require.ErrorIs(w, harness.Ended(w, server.ID), io.EOF)
	})
}

// C1: while the deferred functions of a server run that has returned, its body
// has not ended: a call is open and can be answered.
func TestC1_DeferredFunctionsMayAnswer(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for _, ending := range callEndings[:6] { // after a kill the call has failed already
			for _, way := range callWays() {
				server := proc.Spawn(s, func(self *proc.Self[callAsk]) error {
					ask, err := self.Receive()
					if err != nil {
						return err
					}
					defer ask.Reply.Reply(ask.N + 1)
					return ending.end(self)
				})
				r := harness.Value(w, way.from(s, callForever, server, 4))
				require.NoError(w, r.err, "the server %s; %s", ending.name, way.name)
				require.Equal(w, 5, r.value)
			}
		}
	})
}
