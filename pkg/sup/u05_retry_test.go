package sup_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// U5: a restart whose start fails counts and is retried, until it succeeds.
func TestU5_AFailedRestartIsRetried(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		ref := start(w, sup.Spec{Intensity: 4, Period: time.Hour, Children: c.children("a, b"), Observe: c.observe})
		c.forget()
		c.is("a", manner{fail: errBroken, times: 3})
		c.crash("a", errBroken)
		c.told("ended a",
			"restarting a attempt 1 after 0s", "start failed a",
			"restarting a attempt 2 after 0s", "start failed a",
			"restarting a attempt 3 after 0s", "start failed a",
			"restarting a attempt 4 after 0s", "started a")
		require.Equal(w, 4, status(w, ref, "a").Restarts)
		require.Equal(w, 0, status(w, ref, "b").Restarts)
		require.Equal(w, 1, c.count("b"))
		require.Equal(w, sup.Running, status(w, ref, "a").State)
	})
}

// U5: failed restarts count like others: past the intensity the supervisor gives
// up, with the failure as the last reason.
func TestU5_FailedRestartsCount(t *testing.T) {
	for _, f := range failures {
		t.Run(f.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *world) {
				c := newCast(w)
				starts := 0
				bad := sup.WorkerReady("bad", 0, func(self *proc.Self[order], ready func()) error {
					if starts++; starts == 1 {
						return c.play("bad", self, ready)
					}
					return f.body(self, ready)
				})
				ref := start(w, sup.Spec{Intensity: 4, Children: []sup.Child{c.child("a"), bad}, Observe: c.observe})
				c.forget()
				c.crash("bad", proc.InterruptedBy{Value: "first"})
				reason := harness.Ended(w, ref.ID)
				many := as[sup.TooManyRestarts](w, reason)
				require.Equal(w, 4, many.Restarts)
				require.Equal(w, "bad", many.Child)
				if f.is != nil {
					require.ErrorIs(w, reason, f.is)
				}
				require.Equal(w, 5, starts)
				c.told("ended bad",
					"restarting bad attempt 1 after 0s", "start failed bad", "restarting bad attempt 2 after 0s", "start failed bad",
					"restarting bad attempt 3 after 0s", "start failed bad", "restarting bad attempt 4 after 0s", "start failed bad",
					"gave up", "stopping all", "ended a")
			})
		})
	}
}

// U5: a restart that does not get ready in time is a failed one.
func TestU5_ARestartThatIsNotReadyInTimeIsRetried(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		c := newCast(w)
		ref := start(w, sup.Spec{Children: []sup.Child{c.childWithin("a", time.Second)}, Observe: c.observe})
		c.forget()
		c.is("a", manner{slow: true})
		c.crash("a", errBroken)
		c.life("a", 3)
		w.Settle() // it waits, slow as it is
		c.is("a", manner{})
		c.life("a", 4)
		c.told("ended a", "restarting a attempt 1 after 0s", "start failed a", "restarting a attempt 2 after 0s", "start failed a",
			"restarting a attempt 3 after 0s", "started a")
		require.Equal(w, 3, status(w, ref, "a").Restarts)
	})
}

// U5, and Erlang's "retried through the supervisor's own mailbox": while a child
// fails again and again, the supervisor answers, and so it does while one is
// being started.
func TestU5_BetweenAttemptsTheSupervisorAnswers(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		attempts := make(chan struct{}, 1)
		broken := sup.WorkerReady("bad", 0, func(self *proc.Self[order], ready func()) error {
			if c.count("bad") == 0 {
				return c.play("bad", self, ready)
			}
			select {
			case attempts <- struct{}{}:
			default:
			}
			return errBroken
		})
		ref := start(w, sup.Spec{Intensity: 1 << 60, Children: []sup.Child{c.child("a"), broken}})
		c.crash("bad", errBroken)
		for range 20 {
			harness.Value(w, attempts)
			require.Equal(w, "a running", list(w, ref)[0])
		}
		harness.Value(w, attempts)
		_, err := ref.StartChild(context.Background(), c.child("new"))
		require.NoError(w, err)
		harness.Value(w, attempts)
		require.NoError(w, ref.StopChild(context.Background(), "a"))
		// Erlang: terminating a child that is being restarted cancels the retry.
		harness.Value(w, attempts)
		require.NoError(w, ref.StopChild(context.Background(), "bad"))
		require.Equal(w, words("a stopped, bad stopped, new running"), list(w, ref))
		select { // what began before the stop
		case <-attempts:
		default:
		}
		w.Settle()
		require.Empty(w, attempts)
		require.Greater(w, status(w, ref, "bad").Restarts, 20)
	})
}

// A supervisor that retries for ever can be stopped at any time.
func TestU5_AStopEndsTheRetries(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for name, do := range map[string]func(ref sup.Ref){
			"Stop":     func(ref sup.Ref) { require.NoError(w, ref.Stop(context.Background())) },
			"shutdown": func(ref sup.Ref) { ref.Shutdown(proc.ExitNormally{}) },
			"kill":     func(ref sup.Ref) { ref.Kill() },
		} {
			c := newCast(w)
			first := true
			bad := sup.WorkerReady("bad", 0, func(self *proc.Self[order], ready func()) error {
				if first {
					first = false
					return c.play("bad", self, ready)
				}
				c.note("bad tries")
				return errBroken
			})
			ref := start(w, sup.Spec{Intensity: 1 << 60, Children: append(c.children("a"), bad)})
			c.crash("bad", errBroken)
			c.saw("bad tries")
			do(ref)
			harness.Ended(w, ref.ID)
			w.Settle()
			c.forget()
			w.Settle()
			require.Empty(w, c.diary(), "%s", name)
			require.False(w, c.now("a").Alive())
		}
	})
}

// Erlang: a restart is not lost when the supervisor is busy stopping another child.
func TestU5_ACrashDuringAStopOfAnotherIsRestarted(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for _, strategy := range []sup.Strategy{sup.OneForOne, sup.RestForOne} {
			c := newCast(w)
			c.is("b", manner{deaf: true})
			ref := start(w, sup.Spec{Strategy: strategy, Children: []sup.Child{
				c.child("a"), c.child("b", stop(sup.Stop{Finish: sup.NoLimit})), c.child("d"),
			}})
			stopped := harness.Async(w, func() error { return ref.StopChild(context.Background(), "b") })
			c.saw("b asked")
			c.crash("d", errBroken)
			if strategy == sup.OneForOne {
				c.life("d", 2)
				harness.Pending(w, stopped, "StopChild")
			}
			harness.Leave(c.now("b"), nil)
			require.NoError(w, harness.Value(w, stopped))
			c.life("d", 2)
			w.Eventually("d is up", func() bool { return status(w, ref, "d").State == sup.Running })
			require.Equal(w, words("a running, b stopped, d running"), list(w, ref))
		}
	})
}
