package proc_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

// callTimedOut holds that err is a TimeoutInterrupt, which is a deadline exceeded.
func callTimedOut(w *harness.World, err error) proc.TimeoutInterrupt {
	w.Helper()
	timeout, ok := err.(proc.TimeoutInterrupt)
	require.True(w, ok, "error is %T: %v", err, err)
	require.ErrorIs(w, err, context.DeadlineExceeded)
	return timeout
}

// callBases are a process and the outside, where limits are to be the same.
var callBases = []callWay{
	{"a process", callInProcess(callAsProcess[0].derive)},
	{"outside", func(_ *proc.System, f func(context.Context)) { go f(context.Background()) }},
}

// C1: which limit a call has: the deadline of its ctx, else the system's call
// timeout (5 s unless set), that of CallWithin, whichever comes first.
func TestC1_Limits(t *testing.T) {
	within := func(d time.Duration) func(context.Context) (context.Context, context.CancelFunc) {
		return func(c context.Context) (context.Context, context.CancelFunc) { return context.WithTimeout(c, d) }
	}
	cancelable := func(c context.Context) (context.Context, context.CancelFunc) { return context.WithCancel(c) }
	same := func(c context.Context) (context.Context, context.CancelFunc) { return c, func() {} }
	for _, c := range []struct {
		name   string
		opts   []proc.Option
		derive func(context.Context) (context.Context, context.CancelFunc)
		d      time.Duration // of CallWithin, 0: Call
		want   time.Duration
	}{
		{"default", nil, same, 0, 5 * time.Second},
		{"default, derived context", nil, cancelable, 0, 5 * time.Second},
		{"system's", []proc.Option{proc.WithCallTimeout(2 * time.Second)}, same, 0, 2 * time.Second},
		{"deadline past the system's", nil, within(time.Hour), 0, time.Hour},
		{"deadline before the system's", nil, within(time.Second), 0, time.Second},
		{"deadline, system without", []proc.Option{proc.WithCallTimeout(-1)}, within(time.Hour), 0, time.Hour},
		{"CallWithin before the system's", nil, same, 3 * time.Second, 3 * time.Second},
		{"CallWithin past the system's", nil, same, time.Minute, time.Minute},
		{"CallWithin before the deadline", nil, within(time.Hour), time.Second, time.Second},
		{"CallWithin past the deadline", nil, within(time.Second), time.Hour, time.Second},
		{"negative CallWithin, deadline", nil, within(time.Hour), callForever, time.Hour},
	} {
		t.Run(c.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				if !w.Bubble {
					return // these are exact durations
				}
				s := w.System(c.opts...)
				server := proc.Spawn(s, callHold(make(chan callAsk, 10)))
				for _, base := range callBases {
					results := make(chan callResult, 1)
					base.start(s, func(ctx context.Context) {
						ctx, cancel := c.derive(ctx)
						defer cancel()
						results <- callMake(ctx, c.d, server, 1)
					})
					r := harness.Value(w, results)
					callTimedOut(w, r.err)
					require.Equal(w, c.want, r.took, "from %s", base.name)
				}
			})
		})
	}
}

// C1: a negative CallWithin has no limit, nor has a Call in a system without a
// call timeout: the reply counts after days.
func TestC1_NoLimit(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		wait := 20 * time.Millisecond
		if w.Bubble {
			wait = 100 * time.Hour
		}
		for _, c := range []struct {
			timeout time.Duration
			d       time.Duration
		}{{time.Millisecond, callForever}, {-1, 0}} {
			s := w.System(proc.WithCallTimeout(c.timeout))
			for _, base := range callBases {
				server := proc.Spawn(s, func(self *proc.Self[callAsk]) error {
					ask, err := self.Receive()
					if err == nil {
						err = self.Sleep(wait)
					}
					ask.Reply.Reply(7)
					return err
				})
				r := harness.Value(w, base.from(s, c.d, server, 1))
				require.NoError(w, r.err)
				require.Equal(w, 7, r.value)
			}
		}
	})
}

// C1: with real and virtual time a timed-out call says how long it waited.
func TestC1_TimeoutInterruptSaysAfter(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System(proc.WithCallTimeout(3 * time.Millisecond))
		server := proc.Spawn(s, callHold(make(chan callAsk, 10)))
		for _, base := range callBases {
			r := harness.Value(w, base.from(s, 2*time.Millisecond, server, 1))
			require.Equal(w, 2*time.Millisecond, callTimedOut(w, r.err).After)
			r = harness.Value(w, base.from(s, 0, server, 1))
			require.Equal(w, 3*time.Millisecond, callTimedOut(w, r.err).After)
		}
	})
}

// callOps are the operations that the end of a ctx ends. Each is started with
// something that will not happen by itself.
func callOps(w *harness.World, s *proc.System, release <-chan struct{}) map[string]func(context.Context) error {
	stuck := proc.Spawn(s, func(*proc.Self[callAsk]) error {
		<-release
		return nil
	})
	full := proc.Spawn(s, func(*proc.Self[callAsk]) error {
		<-release
		return nil
	}, proc.Bounded(1, proc.Reject))
	full.Send(callAsk{})
	w.Arrive()
	return map[string]func(context.Context) error{
		"Call":                func(ctx context.Context) error { return callMake(ctx, 0, stuck, 1).err },
		"CallWithin":          func(ctx context.Context) error { return callMake(ctx, time.Hour, stuck, 1).err },
		"CallWithin for ever": func(ctx context.Context) error { return callMake(ctx, callForever, stuck, 1).err },
		"Join": func(ctx context.Context) error {
			_, err := proc.Join(ctx, stuck.ID)
			return err
		},
		"SendContext": func(ctx context.Context) error { return full.SendContext(ctx, callAsk{}) },
	}
}

var errCallCause = errors.New("the customer has left")

// Decided: a call, Join or SendContext whose ctx is cancelled ends with an
// ErrorInterrupt that holds the cause; past its deadline with a TimeoutInterrupt.
// It makes no difference whether that was before or after it began.
func TestDecided_EndOfTheContextEndsTheOperation(t *testing.T) {
	cancelled := func(cause error) func(w *harness.World, err error) {
		return func(w *harness.World, err error) {
			w.Helper()
			e, ok := err.(proc.ErrorInterrupt)
			require.True(w, ok, "error is %T: %v", err, err)
			require.ErrorIs(w, e.Err, cause)
		}
	}
	for _, c := range []struct {
		name string
		make func(context.Context) (context.Context, context.CancelFunc)
		want func(w *harness.World, err error)
	}{
		{"already cancelled", func(c context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancel(c)
			cancel()
			return ctx, cancel
		}, cancelled(context.Canceled)},
		{"already cancelled with a cause", func(c context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(c)
			cancel(errCallCause)
			return ctx, func() {}
		}, cancelled(errCallCause)},
		{"cancelled with a cause", func(c context.Context) (context.Context, context.CancelFunc) {
			ctx, cancel := context.WithCancelCause(c)
			stop := time.AfterFunc(2*time.Millisecond, func() { cancel(errCallCause) })
			return ctx, func() { stop.Stop() }
		}, cancelled(errCallCause)},
		{"already past its deadline", func(c context.Context) (context.Context, context.CancelFunc) {
			return context.WithDeadline(c, time.Now().Add(-time.Second))
		}, func(w *harness.World, err error) { callTimedOut(w, err) }},
		{"past its deadline", func(c context.Context) (context.Context, context.CancelFunc) {
			return context.WithTimeout(c, 2*time.Millisecond)
		}, func(w *harness.World, err error) { callTimedOut(w, err) }},
	} {
		t.Run(c.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				release := make(chan struct{})
				defer close(release)
				for op, run := range callOps(w, s, release) {
					for _, base := range callBases {
						w.Logf("%s, from %s", op, base.name)
						errs := make(chan error, 1)
						base.start(s, func(ctx context.Context) {
							ctx, cancel := c.make(ctx)
							defer cancel()
							errs <- run(ctx)
						})
						c.want(w, harness.Value(w, errs))
					}
				}
				require.Zero(w, callDeadLetters(s), "the sender was told")
			})
		})
	}
}

// callInterrupts are interrupts of every kind that others can send.
var callInterrupts = []proc.InterruptReason{
	proc.NormalExitRequested{},
	proc.InterruptedBy{Value: "look here"},
	proc.ErrorInterrupt{Err: errCallCause},
	proc.TimeoutInterrupt{After: time.Minute},
}

// C1, I1: an interrupt ends a call, a Join and a SendContext, with self and with
// every context derived from it; the process may carry on.
func TestC1_InterruptEndsTheOperation(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		release := make(chan struct{})
		defer close(release)
		for op, run := range callOps(w, s, release) {
			for _, c := range callAsProcess {
				w.Logf("%s with %s", op, c.name)
				errs, started := make(chan error, 10), make(chan struct{}, 1)
				pid := proc.Spawn(s, func(self *proc.Self[string]) error {
					ctx, cancel := c.derive(self)
					defer cancel()
					started <- struct{}{}
					for range callInterrupts {
						errs <- run(ctx)
					}
					return nil
				})
				harness.Value(w, started)
				for _, reason := range callInterrupts {
					pid.Interrupt(reason)
				}
				for _, reason := range callInterrupts {
					require.Equal(w, reason, harness.Value(w, errs), "in order, none lost")
				}
				require.IsType(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))
			}
		}
		require.Zero(w, callDeadLetters(s))
	})
}

// C1, L1: the crash of a linked process ends a call.
func TestC1_CrashOfALinkedProcessEndsTheCall(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		held := make(chan callAsk, 1)
		server := proc.Spawn(s, callHold(held))
		friend := proc.Spawn(s, func(self *proc.Self[error]) error {
			fault, err := self.Receive()
			if err == nil {
				err = fault
			}
			return err
		})
		result := make(chan callResult, 1)
		proc.Spawn(s, func(self *proc.Self[string]) error {
			if err := self.Link(friend.ID); err != nil {
				return err
			}
			result <- callMake(self, callForever, server, 1)
			return nil
		})
		harness.Value(w, held)
		friend.Send(errCallBroken)
		r := harness.Value(w, result)
		crash, ok := r.err.(proc.LinkedProcessCrashed)
		require.True(w, ok, "%T", r.err)
		require.Equal(w, friend.ID, crash.ID)
		require.ErrorIs(w, r.err, errCallBroken)
	})
}

// I1, C7: a call made with Outside(self) is not the process's: its interrupts go
// to the process, not to the call.
func TestC7_InterruptDoesNotEndACallFromOutside(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		held := make(chan callAsk, 1)
		server := proc.Spawn(s, callHold(held))
		result, got := make(chan callResult, 1), make(chan error, 1)
		pid := proc.Spawn(s, func(self *proc.Self[string]) error {
			outside := proc.Outside(self)
			go func() { result <- callMake(outside, callForever, server, 1) }()
			_, err := self.Receive()
			got <- err
			_, err = self.Receive()
			return err
		})
		ask := harness.Value(w, held)
		pid.Interrupt(proc.InterruptedBy{Value: 1})
		require.Equal(w, proc.InterruptedBy{Value: 1}, harness.Value(w, got))
		require.True(w, ask.Reply.Live())
		ask.Reply.Reply(3)
		r := harness.Value(w, result)
		require.NoError(w, r.err)
		require.Equal(w, 3, r.value)
	})
}

// Outside(self) ends with the process, however it ends, with its reason as
// cause, and so do the calls made with it.
func TestC7_OutsideEndsWithTheProcess(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		for _, ending := range callEndings {
			held, release := make(chan callAsk, 1), make(chan struct{})
			server := proc.Spawn(s, callHold(held))
			result, causes := make(chan callResult, 1), make(chan error, 1)
			pid := proc.Spawn(s, func(self *proc.Self[callAsk]) error {
				outside := proc.Outside(self)
				go func() {
					result <- callMake(outside, callForever, server, 1)
					<-outside.Done()
					causes <- context.Cause(outside)
				}()
				<-release
				return ending.end(self)
			})
			ask := harness.Value(w, held)
			close(release)
			r := harness.Value(w, result)
			e, ok := r.err.(proc.ErrorInterrupt)
			require.True(w, ok, "%s: %T", ending.name, r.err)
			cause, ok := harness.Value(w, causes).(proc.ShutdownReason)
			require.True(w, ok && ending.is(cause), ending.name)
			reason, ok := errors.AsType[proc.ShutdownReason](e)
			require.True(w, ok && ending.is(reason), ending.name)
			require.True(w, ending.is(harness.Ended(w, pid.ID)))
			require.False(w, ask.Reply.Live())
		}
	})
}

// I3: a shutdown or a kill of a process that calls unwinds it, with every kind
// of context of its own: the call does not return, deferred functions run, and
// nobody waits for the reply any more.
func TestC1_ShutdownUnwindsTheCaller(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		ends := map[string]func(proc.ID){
			"shutdown": func(id proc.ID) { id.Shutdown(proc.ExitNormallyWith{Detail: "closing"}) },
			"kill":     func(id proc.ID) { id.Kill() },
		}
		for name, end := range ends {
			for _, c := range callAsProcess {
				w.Logf("%s, %s", name, c.name)
				held := make(chan callAsk, 1)
				server := proc.Spawn(s, callHold(held))
				returned, unwound := make(chan callResult, 1), make(chan struct{}, 1)
				pid := proc.Spawn(s, func(self *proc.Self[string]) error {
					defer func() { unwound <- struct{}{} }()
					ctx, cancel := c.derive(self)
					defer cancel()
					returned <- callMake(ctx, callForever, server, 1)
					return nil
				})
				ask := harness.Value(w, held)
				require.True(w, ask.Reply.Live())
				end(pid.ID)
				harness.Value(w, unwound)
				harness.Ended(w, pid.ID)
				require.Empty(w, returned)
				require.False(w, ask.Reply.Live())
				ask.Reply.Reply(1)
			}
		}
		require.Zero(w, callDeadLetters(s))
	})
}
