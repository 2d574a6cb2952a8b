package sup_test

import (
	"context"
	"sync"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

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
	everywhere(t, func(w *world) {
		c := newCast(w)
		s := w.system()
		id, returned := run(s, sup.Spec{AutoShutdown: sup.AnySignificant, Children: c.children("a, b", restart(sup.Transient), significant)})
		c.life("b", 1)
		pending(w, returned, "Run")
		c.crash("a", nil)
		require.NoError(w.T, value(w, returned))
		require.Equal(w.T, proc.ExitNormally{}, ended(w, id))
		c.wrote("a starts", "b starts beside a", "b asked")

		id, returned = run(s, sup.Spec{Intensity: -1, Children: c.children("a, b")})
		c.life("b", 2)
		w.settle()
		c.crash("a", errBroken)
		err := value(w, returned)
		require.ErrorIs(w.T, err, errBroken)
		require.Equal(w.T, "a", as[sup.TooManyRestarts](w, err).Child)
		require.ErrorIs(w.T, ended(w, id), errBroken)

		id, returned = run(s, sup.Spec{Children: c.children("a, a")})
		as[sup.InvalidSpec](w, value(w, returned))
		ended(w, id)

		c.is("bad", manner{fail: errBroken})
		id, returned = run(s, sup.Spec{Children: c.children("a, bad")})
		require.Equal(w.T, "bad", as[sup.StartFailed](w, value(w, returned)).Child)
		require.ErrorIs(w.T, ended(w, id), errBroken)
	})
}

// An interrupt stops the tree in order, also during its start; then Run returns
// nil if that was NormalExitRequested, else the interrupt.
func TestRun_AnInterruptStopsTheTreeInOrder(t *testing.T) {
	for _, interrupt := range []proc.InterruptReason{proc.NormalExitRequested{}, proc.InterruptedBy{Value: "reload"}} {
		everywhere(t, func(w *world) {
			c := newCast(w)
			id, returned := run(w.system(), c.tree())
			c.life("b", 1)
			w.settle()
			c.forget()
			id.Interrupt(interrupt)
			err := value(w, returned)
			if interrupt == (proc.NormalExitRequested{}) {
				require.NoError(w.T, err)
			} else {
				require.Equal(w.T, interrupt, err)
			}
			c.wrote(treeAsked...)

			c.is("b", manner{slow: true})
			id, returned = run(w.systems[0], sup.Spec{Children: c.children("a, b")})
			c.life("b", 2)
			c.forget()
			id.Interrupt(interrupt)
			err = value(w, returned)
			if err != nil || interrupt != (proc.NormalExitRequested{}) {
				require.Equal(w.T, interrupt, err)
			}
			c.wrote("b asked beside a", "a asked")
		})
	}
}

// The three steps of a program: the first signal asks to finish; the second one
// makes what is left clean up, in the same order; and its timeout kills.
func TestRun_OneSignalFinishesASecondOneCleansUp(t *testing.T) {
	virtually(t, func(w *world) {
		c := newCast(w)
		c.is("r", manner{deaf: true})
		c.is("x", manner{numb: true})
		patient := stop(sup.Stop{Finish: sup.NoLimit, Cleanup: sup.NoLimit})
		ctx, stopSystem := context.WithCancel(context.Background())
		main := make(chan proc.ID, 1)
		over := async(func() error {
			return proc.Run(ctx, func(self *proc.Self[string]) error {
				main <- self.ID()
				return sup.Run(self, sup.Spec{Children: []sup.Child{
					c.child("a", patient), c.child("x", patient), sup.Supervisor("n", sup.Spec{Children: c.children("l, r", patient)}), c.child("b", patient),
				}})
			}, proc.WithLogger(zerolog.New(&w.logs)), proc.WithStopTimeout(time.Minute))
		})
		id := value(w, main)
		c.saw("b starts")
		w.settle()
		c.forget()
		id.Interrupt(proc.NormalExitRequested{})
		time.Sleep(24 * time.Hour)
		c.wrote("b asked beside a x l r", "r asked beside a x l")
		began := time.Now()
		stopSystem()
		c.saw("x cleans up")
		c.wrote("r cleans up beside a x l", "l cleans up beside a x", "x cleans up beside a")
		require.Zero(w.T, time.Since(began))
		value(w, over)
		require.LessOrEqual(w.T, time.Since(began), time.Minute+time.Second)
		require.Equal(w.T, proc.ExitKilled{}, c.now("x").Reason())
		require.False(w.T, c.now("a").Alive())
	})
}

// Decided, S3: a start that fails because the system stops is neither counted
// nor retried: the supervisor waits to be stopped, and then ends as it is told.
func TestDecided_AStartThatFailsBecauseTheSystemStops(t *testing.T) {
	for _, strategy := range []sup.Strategy{sup.OneForOne, sup.OneForAll} {
		virtually(t, func(w *world) {
			c := newCast(w)
			s := w.system(proc.WithStopTimeout(time.Hour))
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
			ref := value(w, refs)
			w.settle()
			stopped := async(func() error { return s.Stop(context.Background()) })
			w.settle()
			c.forget()
			require.True(w.T, ref.Alive())
			c.crash("b", errBroken)
			w.settle()
			time.Sleep(time.Minute)
			require.True(w.T, ref.Alive())
			restarting := 0
			for _, e := range c.trace() {
				require.NotEqual(w.T, "gave up", e)
				if e == "restarting b attempt 1 after 0s" || e == "restarting b attempt 2 after 0s" {
					restarting++
				}
			}
			require.LessOrEqual(w.T, restarting, 1, "%v", c.trace())
			if strategy == sup.OneForOne {
				c.crash("a", errBroken)
				c.crash("d", errBroken)
				w.settle()
				require.True(w.T, ref.Alive(), "what fails like that was counted")
			}
			release()
			require.NoError(w.T, value(w, stopped))
			require.Equal(w.T, proc.ExitSuccess, ref.Reason().Severity(), "%v", ref.Reason())
		})
	}
}

// Start of a supervisor that gives up at once: either Start fails, and nothing
// else reaches the parent, or it has succeeded, and the link tells the rest.
func TestStart_AnEarlyCrashIsToldOnce(t *testing.T) {
	everywhere(t, func(w *world) {
		k := newKeeper(w, w.system())
		for range sized(200, 50) {
			got := value(w, k.begin(sup.Spec{Intensity: -1, Children: []sup.Child{
				sup.Worker("job", func(self *proc.Self[string]) error { return errBroken }),
			}}))
			if got.err != nil {
				require.ErrorIs(w.T, got.err, errBroken)
				k.undisturbed()
				continue
			}
			crashed := as[proc.LinkedProcessCrashed](w, value(w, k.interrupts))
			require.Equal(w.T, got.ref.ID, crashed.ID)
		}
		k.undisturbed()
	})
}
