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

// U9, D19: lists and lookups answer at once, whatever is being waited for.
func TestD19_ListsAndLookupsDoNotQueueBehindAStop(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for _, strategy := range []sup.Strategy{sup.OneForOne, sup.OneForAll, sup.RestForOne} {
			c, ctx := newCast(w), context.Background()
			c.is("b", manner{deaf: true})
			ref := start(w, sup.Spec{Strategy: strategy, Children: []sup.Child{
				c.child("a"), c.child("b", stop(sup.Stop{Finish: sup.NoLimit})), sup.Supervisor("n", sup.Spec{Children: c.children("x")}),
			}})
			stopped := harness.Async(w, func() error { return ref.StopChild(ctx, "b") })
			c.saw("b asked")
			require.Equal(w, words("a running, b stopping, n running"), list(w, ref), "%v", strategy)
			require.Equal(w, c.now("b").ID, status(w, ref, "b").ID)
			n, err := ref.Supervisor(ctx, "n")
			require.NoError(w, err)
			require.Equal(w, words("x running"), list(w, n))
			harness.Pending(w, stopped, "StopChild")
			harness.Leave(c.now("b"), nil)
			require.NoError(w, harness.Value(w, stopped))
		}
	})
}

// U9: also while a child is being started, by hand or by a restart, and while the
// supervisor itself starts or stops.
func TestU9_ListsWhileAChildIsWaitedFor(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c, ctx := newCast(w), context.Background()
		c.is("b", manner{slow: true, deaf: true})
		k := newKeeper(w, w.System())
		start := k.begin(sup.Spec{Strategy: sup.RestForOne, Children: []sup.Child{c.child("a"), c.child("b", stop(sup.Stop{Finish: sup.NoLimit})), c.child("d")}})
		c.saw("b starts")
		info, ok := c.now("a").Info()
		require.True(w, ok)
		ref := sup.Ref{ID: info.Parent}
		early := list(w, ref)
		require.Equal(w, words("a running, b starting"), early[:2], "while it starts")
		c.getReady("b")
		require.Equal(w, ref, harness.Value(w, start).ref)

		harness.Leave(c.now("b"), errBroken)
		c.life("b", 2)
		require.Equal(w, words("a running, b starting, d restarting"), list(w, ref), "while it restarts")
		c.getReady("b")
		w.Eventually("d is up", func() bool { return status(w, ref, "d").State == sup.Running })

		stopped := harness.Async(w, func() error { return ref.Stop(ctx) })
		c.saw("b asked")
		require.Equal(w, words("a running, b stopping, d stopped"), list(w, ref), "while it stops")
		harness.Pending(w, stopped, "Stop")
		harness.Leave(c.now("b"), nil)
		require.NoError(w, harness.Value(w, stopped))
		_, err := ref.Children(ctx)
		require.Equal(w, ref.ID, as[proc.OtherProcessNotRunning](w, err).ID, "when it has ended")
	})
}

// Decided: a supervisor that is stopping refuses operations at once.
func TestDecided_AStoppingSupervisorRefuses(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c, ctx := newCast(w), context.Background()
		c.is("a", manner{deaf: true})
		ref := start(w, sup.Spec{Children: []sup.Child{c.child("a", stop(sup.Stop{Finish: sup.NoLimit})), c.child("b")}})
		stopped := harness.Async(w, func() error { return ref.Stop(ctx) })
		c.saw("a asked")
		refused := func() {
			_, start := ref.StartChild(ctx, c.child("new"))
			_, again := ref.RestartChild(ctx, "b")
			for _, err := range []error{start, again, ref.StopChild(ctx, "b"), ref.DeleteChild(ctx, "b")} {
				require.Equal(w, ref.ID, as[proc.OtherProcessNotRunning](w, err).ID)
				require.ErrorContains(w, err, ref.String())
			}
		}
		refused()
		harness.Pending(w, stopped, "Stop")
		harness.Leave(c.now("a"), nil)
		require.NoError(w, harness.Value(w, stopped))
		refused()
		require.Zero(w, c.count("new"))
	})
}

// Decided: in one-for-one, operations on different children do not wait for each
// other, nor do restarts.
func TestDecided_OperationsOnDifferentChildrenDoNotWait(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c, ctx := newCast(w), context.Background()
		c.is("slow", manner{deaf: true})
		c.is("starting", manner{slow: true})
		ref := start(w, sup.Spec{Children: []sup.Child{c.child("slow", stop(sup.Stop{Finish: sup.NoLimit})), c.child("a"), c.child("b")}})
		stopped := harness.Async(w, func() error { return ref.StopChild(ctx, "slow") })
		c.saw("slow asked")
		begun := harness.Async(w, func() error { _, err := ref.StartChild(ctx, c.child("starting")); return err })
		c.saw("starting starts")

		c.crashes("a", 1, errBroken)
		require.NoError(w, ref.StopChild(ctx, "b"))
		_, err := ref.RestartChild(ctx, "b")
		require.NoError(w, err)
		_, err = ref.StartChild(ctx, c.child("new"))
		require.NoError(w, err)
		require.Equal(w, words("slow stopping, a running, b running, starting starting, new running"), list(w, ref))
		harness.Pending(w, stopped, "StopChild")
		harness.Pending(w, begun, "StartChild")
		c.getReady("starting")
		require.NoError(w, harness.Value(w, begun))
		harness.Leave(c.now("slow"), nil)
		require.NoError(w, harness.Value(w, stopped))
	})
}

// Decided: with a group strategy operations come one after the other, but
// refusals come at once.
func TestDecided_OperationsOfAGroupComeOneAfterTheOther(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for _, strategy := range []sup.Strategy{sup.OneForAll, sup.RestForOne} {
			c, ctx := newCast(w), context.Background()
			c.is("slow", manner{deaf: true})
			ref := start(w, sup.Spec{Strategy: strategy, Children: []sup.Child{c.child("slow", stop(sup.Stop{Finish: sup.NoLimit})), c.child("a"), c.child("b")}})
			require.NoError(w, ref.StopChild(ctx, "b"))
			stopped := harness.Async(w, func() error { return ref.StopChild(ctx, "slow") })
			c.saw("slow asked")
			order := make(chan string, 2)
			c.w.Settle()
			go func() { _, err := ref.StartChild(ctx, c.child("new")); order <- "new"; order <- errorText(err) }()
			harness.Pending(w, order, "StartChild")
			require.Zero(w, c.count("new"))

			_, err := ref.StartChild(ctx, c.child("a"))
			as[sup.AlreadyStarted](w, err)
			as[sup.StillRunning](w, ref.DeleteChild(ctx, "a"))
			_, err = ref.RestartChild(ctx, "a")
			as[sup.StillRunning](w, err)
			as[sup.NotFound](w, ref.StopChild(ctx, "z"))
			as[sup.NotFound](w, ref.DeleteChild(ctx, "z"))
			_, err = ref.Supervisor(ctx, "a")
			as[sup.WrongKind](w, err)

			harness.Pending(w, order, "StartChild")
			harness.Pending(w, stopped, "StopChild")
			harness.Leave(c.now("slow"), nil)
			require.NoError(w, harness.Value(w, stopped))
			require.Equal(w, "new", harness.Value(w, order))
			require.Empty(w, harness.Value(w, order))
			require.Equal(w, words("slow stopped, a running, b stopped, new running"), list(w, ref))
		}
	})
}

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// A crash during an operation of a group is handled after it.
func TestDecided_ACrashDuringAnOperationOfAGroup(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c, ctx := newCast(w), context.Background()
		c.is("slow", manner{deaf: true})
		ref := start(w, sup.Spec{Strategy: sup.OneForAll, Children: []sup.Child{c.child("a"), c.child("slow", stop(sup.Stop{Finish: sup.NoLimit})), c.child("b")}})
		stopped := harness.Async(w, func() error { return ref.StopChild(ctx, "slow") })
		c.saw("slow asked")
		c.is("slow", manner{})
		c.crash("b", errBroken)
		w.Settle()
		harness.Leave(c.now("slow"), nil)
		require.NoError(w, harness.Value(w, stopped))
		c.life("b", 2)
		w.Eventually("all are up", func() bool { return status(w, ref, "b").State == sup.Running })
		// The group restart starts what was stopped by hand before it.
		require.Equal(w, words("a running, slow running, b running"), list(w, ref))
		require.Equal(w, []int{2, 2, 2}, []int{c.count("a"), c.count("slow"), c.count("b")})
	})
}

// U9: once it has been shut down a supervisor lists nothing more, and says so at
// once, though it is still busy with its stop.
func TestU9_NoListsOnceItHasBeenShutDown(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		c, ctx := newCast(w), context.Background()
		c.is("a", manner{numb: true})
		ref := start(w, sup.Spec{Children: []sup.Child{c.child("a", stop(sup.Stop{Cleanup: time.Hour}))}})
		ref.Shutdown(proc.ExitUnhandledError{Err: errBroken})
		c.saw("a cleans up")
		began := time.Now()
		_, err := ref.Children(ctx)
		require.ErrorIs(w, as[proc.OtherProcessNotRunning](w, err), errBroken)
		_, err = ref.Supervisor(ctx, "a")
		as[proc.OtherProcessNotRunning](w, err)
		require.True(w, ref.Alive())
		require.Zero(w, time.Since(began))
		require.ErrorIs(w, harness.Value(w, harness.Async(w, func() error { return ref.Stop(ctx) })), errBroken)
		require.Equal(w, time.Hour, time.Since(began))
	})
}
