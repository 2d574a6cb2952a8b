package sup_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// run spawns a process whose body is sup.Run, and passes on what that returns.
func run(s proc.Host, spec sup.Spec) (proc.ID, <-chan error) {
	returned := make(chan error, 1)
	return proc.Spawn(s, func(self *proc.Self[string]) error {
		err := sup.Run(self, spec)
		returned <- err
		return err
	}).ID, returned
}

// Run returns when the supervisor has ended: nil if that was normally, else its reason.
func TestRun_ReturnsHowTheSupervisorEnded(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		s := w.System()
		id, returned := run(s, sup.Spec{AutoShutdown: sup.AnySignificant, Children: c.children("a, b", restart(sup.Transient), significant)})
		c.life("b", 1)
		harness.Pending(w, returned, "Run")
		c.crash("a", nil)
		require.NoError(w, harness.Value(w, returned))
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, id))
		c.wrote("a starts", "b starts beside a", "b asked")

		id, returned = run(s, sup.Spec{Intensity: -1, Children: c.children("a, b")})
		c.life("b", 2)
		w.Settle()
		c.crash("a", errBroken)
		err := harness.Value(w, returned)
		require.ErrorIs(w, err, errBroken)
		require.Equal(w, "a", as[sup.TooManyRestarts](w, err).Child)
		require.ErrorIs(w, harness.Ended(w, id), errBroken)

		id, returned = run(s, sup.Spec{Children: c.children("a, a")})
		as[sup.InvalidSpec](w, harness.Value(w, returned))
		harness.Ended(w, id)

		c.is("bad", manner{fail: errBroken})
		id, returned = run(s, sup.Spec{Children: c.children("a, bad")})
		require.Equal(w, "bad", as[sup.StartFailed](w, harness.Value(w, returned)).Child)
		require.ErrorIs(w, harness.Ended(w, id), errBroken)
	})
}

// An interrupt stops the tree in order, also during its start; then Run returns
// nil if that was NormalExitRequested, else the interrupt.
func TestRun_AnInterruptStopsTheTreeInOrder(t *testing.T) {
	for _, interrupt := range []proc.InterruptReason{proc.NormalExitRequested{}, proc.InterruptedBy{Value: "reload"}} {
		harness.Everywhere(t, func(w *world) {
			c := newCast(w)
			id, returned := run(w.System(), c.tree())
			c.life("b", 1)
			w.Settle()
			c.forget()
			id.Interrupt(interrupt)
			err := harness.Value(w, returned)
			if interrupt == (proc.NormalExitRequested{}) {
				require.NoError(w, err)
			} else {
				require.Equal(w, interrupt, err)
			}
			c.wrote(treeAsked...)

			c.is("b", manner{slow: true})
			id, returned = run(w.Systems()[0], sup.Spec{Children: c.children("a, b")})
			c.life("b", 2)
			c.forget()
			id.Interrupt(interrupt)
			err = harness.Value(w, returned)
			if err != nil || interrupt != (proc.NormalExitRequested{}) {
				require.Equal(w, interrupt, err)
			}
			c.wrote("b asked beside a", "a asked")
		})
	}
}

// The three steps of a program: the first signal asks to finish; the second one
// makes what is left clean up, in the same order; and its timeout kills.
func TestRun_OneSignalFinishesASecondOneCleansUp(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		c := newCast(w)
		c.is("r", manner{deaf: true})
		c.is("x", manner{numb: true})
		patient := stop(sup.Stop{Finish: sup.NoLimit, Cleanup: sup.NoLimit})
		ctx, stopSystem := context.WithCancel(context.Background())
		main := make(chan proc.ID, 1)
		over := harness.Async(w, func() error {
			return proc.Run(ctx, func(self *proc.Self[string]) error {
				main <- self.ID()
				return sup.Run(self, sup.Spec{Children: []sup.Child{
					c.child("a", patient), c.child("x", patient), sup.Supervisor("n", sup.Spec{Children: c.children("l, r", patient)}), c.child("b", patient),
				}})
			}, proc.WithLogger(zerolog.New(&w.Logs)), proc.WithStopTimeout(time.Minute))
		})
		id := harness.Value(w, main)
		c.saw("b starts")
		w.Settle()
		c.forget()
		id.Interrupt(proc.NormalExitRequested{})
		time.Sleep(24 * time.Hour)
		c.wrote("b asked beside a x l r", "r asked beside a x l")
		began := time.Now()
		stopSystem()
		c.saw("x cleans up")
		c.wrote("r cleans up beside a x l", "l cleans up beside a x", "x cleans up beside a")
		require.Zero(w, time.Since(began))
		harness.Value(w, over)
		require.LessOrEqual(w, time.Since(began), time.Minute+time.Second)
		require.Equal(w, proc.ExitKilled{}, c.now("x").Reason())
		require.False(w, c.now("a").Alive())
	})
}

// Decided, S3: a start that fails because the system stops is neither counted
// nor retried: the supervisor waits to be stopped, and then ends as it is told.
func TestDecided_AStartThatFailsBecauseTheSystemStops(t *testing.T) {
	for _, strategy := range []sup.Strategy{sup.OneForOne, sup.OneForAll} {
		harness.Virtually(t, func(w *world) {
			c := newCast(w)
			s := w.System(proc.WithStopTimeout(time.Hour))
			hold := make(chan struct{})
			release := sync.OnceFunc(func() { close(hold) })
			w.Cleanup(release)
			refs := make(chan sup.Ref, 1)
			// The supervisor is owned by a process that is long in going.
			proc.Spawn(s, func(self *proc.Self[order]) error {
				defer func() { <-hold }()
				ref, err := sup.Start(self, sup.Spec{Strategy: strategy, Intensity: 1, Observe: c.observe, Children: []sup.Child{
					c.child("a"), sup.Worker("b", func(self *proc.Self[order]) error { return c.play("b", self, func() {}) }), c.child("d"),
				}})
				if err != nil {
					return err
				}
				refs <- ref
				_, err = self.Receive()
				return err
			})
			ref := harness.Value(w, refs)
			w.Settle()
			stopped := harness.Async(w, func() error { return s.Stop(context.Background()) })
			w.Settle()
			c.forget()
			require.True(w, ref.Alive())
			c.crash("b", errBroken)
			w.Settle()
			time.Sleep(time.Minute)
			require.True(w, ref.Alive())
			restarting := 0
			for _, e := range c.trace() {
				require.NotEqual(w, "gave up", e)
				if e == "restarting b attempt 1 after 0s" || e == "restarting b attempt 2 after 0s" {
					restarting++
				}
			}
			require.LessOrEqual(w, restarting, 1, "%v", c.trace())
			if strategy == sup.OneForOne {
				c.crash("a", errBroken)
				c.crash("d", errBroken)
				w.Settle()
				require.True(w, ref.Alive(), "what fails like that was counted")
			}
			release()
			require.NoError(w, harness.Value(w, stopped))
			require.Equal(w, proc.ExitSuccess, ref.Reason().Severity(), "%v", ref.Reason())
		})
	}
}

// Start of a supervisor that gives up at once: either Start fails, and nothing
// else reaches the parent, or it has succeeded, and the link tells the rest.
func TestStart_AnEarlyCrashIsToldOnce(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		k := newKeeper(w, w.System())
		for range w.Sized(200, 50, 5) {
			got := harness.Value(w, k.begin(sup.Spec{Intensity: -1, Children: []sup.Child{
				sup.Worker("job", func(self *proc.Self[string]) error { return errBroken }),
			}}))
			if got.err != nil {
				require.ErrorIs(w, got.err, errBroken)
				k.undisturbed()
				continue
			}
			crashed := as[proc.LinkedProcessCrashed](w, harness.Value(w, k.interrupts))
			require.Equal(w, got.ref.ID, crashed.ID)
		}
		k.undisturbed()
	})
}
