package sup_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// U8: StopChild keeps the description, RestartChild starts it again, DeleteChild
// forgets it, and its id is free then.
func TestU8_StopRestartDelete(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for _, strategy := range []sup.Strategy{sup.OneForOne, sup.OneForAll, sup.RestForOne} {
			c, ctx := newCast(w), context.Background()
			ref := start(w, sup.Spec{Strategy: strategy, Children: c.children("a, b, d"), Observe: c.observe})
			c.forget()
			require.NoError(w, ref.StopChild(ctx, "b"))
			require.Equal(w, words("a running, b stopped, d running"), list(w, ref))
			require.Equal(w, sup.Status{Child: "b", State: sup.Stopped, LastExit: proc.ExitNormally{}}, status(w, ref, "b"))
			require.NoError(w, ref.StopChild(ctx, "b"), "of a stopped one")

			id, err := ref.RestartChild(ctx, "b")
			require.NoError(w, err)
			require.Equal(w, c.life("b", 2).ID, id)
			require.Equal(w, words("a running, b running, d running"), list(w, ref))
			require.Zero(w, status(w, ref, "b").Restarts, "by hand does not count")

			require.NoError(w, ref.StopChild(ctx, "b"))
			require.NoError(w, ref.DeleteChild(ctx, "b"))
			require.Equal(w, words("a running, d running"), list(w, ref))
			id, err = ref.StartChild(ctx, c.child("b"))
			require.NoError(w, err)
			require.Equal(w, c.life("b", 3).ID, id)
			require.Equal(w, words("a running, d running, b running"), list(w, ref), "the last one now")
			c.told("ended b", "started b", "ended b", "started b")
			require.Equal(w, []int{1, 1}, []int{c.count("a"), c.count("d")})
		}
	})
}

// U8: what StartChild has added is a child like others: restarted, part of a
// group in the order of its start, and stopped with the supervisor.
func TestU8_AnAddedChildIsLikeOthers(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c, ctx := newCast(w), context.Background()
		ref := start(w, sup.Spec{Strategy: sup.RestForOne, Observe: c.observe})
		require.Empty(w, list(w, ref))
		for _, id := range words("a, b, d") {
			_, err := ref.StartChild(ctx, c.child(id))
			require.NoError(w, err)
		}
		_, err := ref.StartChild(ctx, sup.Supervisor("n", sup.Spec{Children: c.children("x, y")}))
		require.NoError(w, err)
		c.forget()
		c.crash("b", errBroken)
		c.wrote("y asked beside a d x", "x asked beside a d", "d asked beside a",
			"b starts beside a", "d starts beside a b", "x starts beside a b d", "y starts beside a b d x")
		w.Eventually("n is up", func() bool { return status(w, ref, "n").State == sup.Running })
		require.NoError(w, ref.Stop(ctx))
		c.wrote("y asked beside a b d x", "x asked beside a b d", "d asked beside a b", "b asked beside a", "a asked")
	})
}

// U8: a temporary child that is stopped is dropped.
func TestU8_StopChildDropsATemporaryOne(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c, ctx := newCast(w), context.Background()
		ref := start(w, sup.Spec{Children: c.children("a, b", restart(sup.Temporary))})
		require.NoError(w, ref.StopChild(ctx, "a"))
		require.Equal(w, words("b running"), list(w, ref))
		require.Equal(w, "a", as[sup.NotFound](w, ref.StopChild(ctx, "a")).Child)
		_, err := ref.RestartChild(ctx, "a")
		as[sup.NotFound](w, err)
	})
}

// U8: each refusal has its type, and names the child and the process.
func TestU8_Refusals(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c, ctx := newCast(w), context.Background()
		ref := start(w, sup.Spec{Children: []sup.Child{
			c.child("a"), c.child("stopped"), sup.Supervisor("n", sup.Spec{}),
		}})
		require.NoError(w, ref.StopChild(ctx, "stopped"))
		a := c.now("a").ID

		_, err := ref.StartChild(ctx, c.child("a"))
		require.Equal(w, sup.AlreadyStarted{Child: "a", ID: a}, as[sup.AlreadyStarted](w, err))
		_, err = ref.StartChild(ctx, c.child("stopped"))
		require.Equal(w, sup.AlreadyStarted{Child: "stopped"}, as[sup.AlreadyStarted](w, err))
		_, err = ref.RestartChild(ctx, "a")
		require.Equal(w, sup.StillRunning{Child: "a", ID: a, State: sup.Running}, as[sup.StillRunning](w, err))
		require.Equal(w, sup.StillRunning{Child: "a", ID: a, State: sup.Running}, as[sup.StillRunning](w, ref.DeleteChild(ctx, "a")))

		require.Equal(w, sup.NotFound{Child: "z"}, as[sup.NotFound](w, ref.StopChild(ctx, "z")))
		require.Equal(w, sup.NotFound{Child: "z"}, as[sup.NotFound](w, ref.DeleteChild(ctx, "z")))
		_, err = ref.RestartChild(ctx, "z")
		require.Equal(w, sup.NotFound{Child: "z"}, as[sup.NotFound](w, err))
		_, err = ref.Supervisor(ctx, "z")
		require.Equal(w, sup.NotFound{Child: "z"}, as[sup.NotFound](w, err))
		_, err = ref.Supervisor(ctx, "a")
		require.Equal(w, sup.WrongKind{Child: "a", Kind: sup.WorkerKind}, as[sup.WrongKind](w, err))

		require.Equal(w, 1, c.count("a"))
		require.Equal(w, words("a running, stopped stopped, n running"), list(w, ref))
	})
}

// The lookup of a nested supervisor that does not run says so.
func TestU8_SupervisorThatDoesNotRun(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		ctx := context.Background()
		ref := start(w, sup.Spec{Children: []sup.Child{sup.Supervisor("n", sup.Spec{})}})
		n, err := ref.Supervisor(ctx, "n")
		require.NoError(w, err)
		require.Equal(w, status(w, ref, "n").ID, n.ID)
		require.NoError(w, ref.StopChild(ctx, "n"))
		_, err = ref.Supervisor(ctx, "n")
		require.Error(w, err)
		require.ErrorContains(w, err, "n")
	})
}

// StartChild that fails: the error tells the child and the cause, and nothing is
// stored; a RestartChild that fails leaves the child stopped. Neither counts,
// nor is it retried.
func TestU8_AStartByHandThatFails(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for _, f := range failures {
			c, ctx := newCast(w), context.Background()
			ref := start(w, sup.Spec{Intensity: -1, Children: c.children("a, b"), Observe: c.observe})
			c.forget()
			_, err := ref.StartChild(ctx, sup.WorkerReady("bad", 0, f.body))
			require.Equal(w, "bad", as[sup.StartFailed](w, err).Child)
			if f.is != nil {
				require.ErrorIs(w, err, f.is)
			}
			require.Equal(w, words("a running, b running"), list(w, ref))
			c.told("start failed bad")

			require.NoError(w, ref.StopChild(ctx, "a"))
			c.is("a", manner{fail: errBroken, times: 1})
			_, err = ref.RestartChild(ctx, "a")
			require.Equal(w, "a", as[sup.StartFailed](w, err).Child)
			require.ErrorIs(w, err, errBroken)
			require.Equal(w, words("a stopped, b running"), list(w, ref))
			require.Zero(w, status(w, ref, "a").Restarts)
			_, err = ref.RestartChild(ctx, "a")
			require.NoError(w, err)
			c.told("ended a", "start failed a", "started a")
		}
	})
}

// A start by hand returns when the child is up.
func TestU8_AStartByHandWaitsForReady(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c, ctx := newCast(w), context.Background()
		ref := start(w, sup.Spec{Children: c.children("a")})
		for _, how := range []func() (proc.ID, error){
			func() (proc.ID, error) { return ref.StartChild(ctx, c.child("slow")) },
			func() (proc.ID, error) { return ref.RestartChild(ctx, "slow") },
		} {
			c.is("slow", manner{slow: true})
			lives := c.count("slow")
			up := harness.Async(w, func() proc.ID { id, err := how(); require.NoError(w, err); return id })
			pid := c.life("slow", lives+1)
			harness.Pending(w, up, "the start")
			require.Equal(w, sup.Starting, status(w, ref, "slow").State)
			require.Equal(w, pid.ID, status(w, ref, "slow").ID)
			c.getReady("slow")
			require.Equal(w, pid.ID, harness.Value(w, up))
			require.NoError(w, ref.StopChild(ctx, "slow"))
		}
	})
}

// StopChild of a nested supervisor ends all that is in it; started again it is as it was described.
func TestU8_StopAndRestartANestedSupervisor(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c, ctx := newCast(w), context.Background()
		ref := start(w, c.tree())
		c.forget()
		require.NoError(w, ref.StopChild(ctx, "n"))
		c.wrote("y asked beside a x l r b", "r asked beside a x l b", "l asked beside a x b", "x asked beside a b")
		id, err := ref.RestartChild(ctx, "n")
		require.NoError(w, err)
		c.wrote("x starts beside a b", "l starts beside a b x", "r starts beside a b x l", "y starts beside a b x l r")
		n, err := ref.Supervisor(ctx, "n")
		require.NoError(w, err)
		require.Equal(w, id, n.ID)
		m, err := n.Supervisor(ctx, "m")
		require.NoError(w, err)
		require.Equal(w, words("l running, r running"), list(w, m))
	})
}
