package sup_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// Who is no process starts a supervisor, or a pool, in a system, and is told of a
// failure by the error alone.
func TestStartIn_WithASystem(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c, s, ctx := newCast(w), w.System(), context.Background()
		ref, err := sup.StartIn(ctx, s, sup.Spec{Children: c.children("a, b")})
		require.NoError(w, err)
		require.Equal(w, words("a running, b running"), list(w, ref))
		require.NoError(w, ref.Stop(ctx))
		c.wrote("a starts", "b starts beside a", "b asked beside a", "a asked")

		c.is("bad", manner{fail: errBroken})
		_, err = sup.StartIn(ctx, s, sup.Spec{Children: c.children("a, bad")}, sup.Registered("top"))
		require.Equal(w, "bad", as[sup.StartFailed](w, err).Child)
		require.ErrorIs(w, err, errBroken)
		require.False(w, c.now("a").Alive())
		_, err = sup.StartIn(ctx, s, sup.Spec{Period: -1})
		as[sup.InvalidSpec](w, err)

		ref, err = sup.StartIn(ctx, s, sup.Spec{}, sup.Registered("top"))
		require.NoError(w, err, "the name is free when a start has failed")
		require.NoError(w, ref.Stop(ctx))

		pool, err := sup.StartPoolIn(ctx, s, newPondSpec(c))
		require.NoError(w, err)
		require.NoError(w, errorOf2(pool.Spawn(ctx, "x", 0)))
		require.NoError(w, pool.Ref().Stop(ctx))
	})
}

func errorOf2(_ proc.Pid[order], err error) error { return err }

// A process as host owns the supervisor, and is not linked with it.
func TestStartIn_WithAProcess(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c, k := newCast(w), newKeeper(w, w.System())
		ref := harness.Do(w, k.Pid, func(self *proc.Self[order]) sup.Ref {
			ref, err := sup.StartIn(self, self, sup.Spec{Intensity: -1, Children: c.children("a")})
			require.NoError(w, err)
			return ref
		})
		c.crash("a", errBroken)
		as[sup.TooManyRestarts](w, harness.Ended(w, ref.ID))
		k.undisturbed()
		ref = harness.Do(w, k.Pid, func(self *proc.Self[order]) sup.Ref {
			ref, err := sup.StartIn(self, self, sup.Spec{Children: c.children("a")})
			require.NoError(w, err)
			return ref
		})
		harness.Leave(k.Pid, nil)
		harness.Ended(w, ref.ID)
		require.False(w, c.now("a").Alive())
	})
}

// The end of ctx, or an interrupt, ends the waiting, and then the supervisor stops,
// in order; with a ctx that has ended nothing begins.
func TestStartIn_WhoStopsWaitingStopsIt(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c, s := newCast(w), w.System()
		c.is("slow", manner{slow: true})
		spec := sup.Spec{Children: c.children("a, slow")}
		ctx, cancel := context.WithCancel(context.Background())
		start := harness.Async(w, func() error {
			_, err := sup.StartIn(ctx, s, spec)
			return err
		})
		c.saw("slow starts")
		cancel()
		require.ErrorIs(w, harness.Value(w, start), context.Canceled)
		harness.Ended(w, c.now("a").ID)
		c.wrote("a starts", "slow starts beside a", "slow asked beside a", "a asked")
		_, err := sup.StartIn(ctx, s, spec)
		require.ErrorIs(w, err, context.Canceled)

		for _, end := range map[string]func(proc.ID){
			"shutdown": func(id proc.ID) { id.Shutdown(proc.ExitNormally{}) },
			"kill":     proc.ID.Kill,
		} {
			lives := c.count("slow")
			waiter := proc.Spawn(s, func(self *proc.Self[int]) error {
				_, err := sup.StartIn(self, s, spec)
				return err
			})
			c.life("slow", lives+1)
			end(waiter.ID)
			harness.Ended(w, c.now("a").ID)
			harness.Ended(w, waiter.ID)
		}

		k, before := newKeeper(w, s), c.count("slow")
		interrupted := harness.Begin(k.Pid, func(self *proc.Self[order]) error {
			_, err := sup.StartIn(self, s, spec)
			return err
		})
		c.life("slow", before+1)
		k.Interrupt(proc.InterruptedBy{Value: "enough"})
		require.Equal(w, proc.InterruptedBy{Value: "enough"}, harness.Value(w, interrupted))
		harness.Ended(w, c.now("a").ID)
	})
}
