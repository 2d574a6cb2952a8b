package sup_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// A stop cancels the waits for restarts at once, not only when it comes to them:
// the back-off of a may be over while b is still finishing.
func TestU5_AWaitEndsWithTheStopThoughASiblingIsSlow(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		c := newCast(w)
		c.is("b", manner{finish: 2500 * time.Millisecond})
		ref := start(w, sup.Spec{Backoff: sup.Backoff{First: time.Second}, Children: c.children("a, b"), Observe: c.observe})
		c.crash("a", errBroken)
		w.Settle()
		require.NoError(w, ref.Stop(context.Background()))
		require.Equal(w, 1, c.count("a"), c.diary())
	})
	harness.Virtually(t, func(w *world) { // the same when the supervisor gives up
		c := newCast(w)
		c.is("b", manner{finish: 2500 * time.Millisecond})
		c.is("c", manner{finish: 2500 * time.Millisecond})
		ref := start(w, sup.Spec{Intensity: 1, Backoff: sup.Backoff{First: time.Second}, Children: c.children("a, b, c"), Observe: c.observe})
		c.crash("a", errBroken)
		w.Settle()
		c.crash("b", errBroken)
		require.Error(w, ref.Wait(context.Background()))
		require.Equal(w, 1, c.count("a"), c.diary())
	})
}

// NoLimit is a limit like others: for ever.
func TestDecided_ReadinessWithoutLimit(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		c := newCast(w)
		c.is("a", manner{})
		ref := start(w, sup.Spec{Backoff: sup.Backoff{First: time.Second}, Children: []sup.Child{c.childWithin("a", sup.NoLimit)}, Observe: c.observe})
		time.Sleep(time.Second)
		c.crash("a", errBroken)
		time.Sleep(time.Minute)
		require.Equal(w, words("a running"), list(w, ref))
		require.Equal(w, 2, c.count("a"), c.diary())
	})
	harness.Virtually(t, func(w *world) { // and no other child waits for it
		c := newCast(w)
		c.is("b", manner{slow: true})
		ref := start(w, sup.Spec{Backoff: sup.Backoff{First: time.Second}, Children: c.children("a"), Observe: c.observe})
		time.Sleep(time.Second)
		started := harness.Async(w, func() error { return errorOf(ref.StartChild(context.Background(), c.childWithin("b", sup.NoLimit))) })
		w.Settle()
		c.crash("a", errBroken)
		time.Sleep(time.Hour)
		require.Equal(w, words("a running, b starting"), list(w, ref))
		harness.Pending(w, started, "StartChild")
	})
}

// That nothing starts any more is a matter of the supervisor's own system: a child
// may end for that reason of another one.
func TestDecided_AnotherSystemThatStops(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		c := newCast(w)
		ref := start(w, sup.Spec{Children: c.children("a, b"), Observe: c.observe})
		other := proc.NewSystem()
		require.NoError(w, other.Stop(context.Background()))
		refused := proc.Spawn(other, func(*proc.Self[int]) error { return nil })
		harness.Leave(c.now("b"), refused.Reason())
		w.Settle()
		c.crash("a", errBroken)
		w.Settle()
		require.Equal(w, words("a running, b running"), list(w, ref))
	})
}

// The limits of an adopted function are those of its child; the stop timeout of the
// system, 10 s, has no say.
func TestAdopt_ItsCleanupIsAsLongAsItsStopSays(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		child := sup.Adopt("web", func(ctx context.Context) error {
			<-ctx.Done()
			time.Sleep(30 * time.Second) // it drains
			return nil
		})
		child.Stop = sup.Stop{Finish: -1, Cleanup: time.Minute}
		ref := start(w, sup.Spec{Children: []sup.Child{child}})
		began := time.Now()
		require.NoError(w, ref.StopChild(context.Background(), "web"))
		require.Equal(w, 30*time.Second, time.Since(began))
	})
}

// Behind a start that takes its time operations wait. Those whose caller has gone
// by then have not begun, and never do.
func TestDecided_AnOperationWhoseCallerHasGoneDoesNotBegin(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		c := newCast(w)
		c.is("s", manner{slow: true})
		ref := start(w, sup.Spec{Strategy: sup.OneForAll, Children: c.children("a, b"), Observe: c.observe})
		started := harness.Async(w, func() error { return errorOf(ref.StartChild(context.Background(), c.child("s"))) })
		w.Settle()
		for i := range 20 {
			ctx, cancel := context.WithTimeout(context.Background(), time.Second)
			require.Error(w, errorOf(ref.StartChild(ctx, c.child(fmt.Sprint("x", i)))))
			require.Error(w, ref.StopChild(ctx, "a"))
			cancel()
		}
		c.getReady("s")
		require.NoError(w, harness.Value(w, started))
		w.Settle()
		require.Equal(w, words("a running, b running, s running"), list(w, ref))
	})
}
