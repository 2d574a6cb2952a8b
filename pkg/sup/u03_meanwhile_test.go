package sup_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// What happens while something else is under way.

// A child that ends by itself while the supervisor stops is not restarted, be
// its turn still to come; nor does its end count.
func TestU2_NobodyIsRestartedDuringAStop(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for _, strategy := range []sup.Strategy{sup.OneForOne, sup.OneForAll, sup.RestForOne} {
			c := newCast(w)
			c.is("d", manner{deaf: true})
			ref := start(w, sup.Spec{Strategy: strategy, Intensity: -1, Observe: c.observe, Children: []sup.Child{
				c.child("a"), c.child("b"), c.child("d", stop(sup.Stop{Finish: sup.NoLimit})), c.child("e"),
			}})
			c.forget()
			stopped := harness.Async(w, func() error { return ref.Stop(context.Background()) })
			c.saw("d asked")
			c.crash("b", errBroken)
			harness.Pending(w, stopped, "Stop")
			harness.Leave(c.now("d"), errBroken)
			require.NoError(w, harness.Value(w, stopped))
			require.Equal(w, []int{1, 1, 1, 1}, []int{c.count("a"), c.count("b"), c.count("d"), c.count("e")})
			c.wrote("e asked beside a b d", "d asked beside a b", "a asked")
			require.Contains(w, c.trace(), "ended b")
			require.NotContains(w, c.trace(), "gave up")
		}
	})
}

// A child that is up again and crashes while a later one of its group is still
// being started is a second restart; all are up in the end.
func TestU3_ACrashWhileTheGroupStarts(t *testing.T) {
	for _, strategy := range []sup.Strategy{sup.OneForAll, sup.RestForOne} {
		for _, intensity := range []int{2, 1} {
			t.Run(fmt.Sprint(strategy, " ", intensity), func(t *testing.T) {
				harness.Everywhere(t, func(w *world) {
					c := newCast(w)
					ref := start(w, sup.Spec{Strategy: strategy, Intensity: intensity, Children: c.children("a, b, d"), Observe: c.observe})
					c.is("b", manner{slow: true})
					c.crash("a", errBroken)
					c.life("b", 2)
					c.is("b", manner{})
					slow := c.now("b")
					ready := c.ready(slow.ID)
					c.crash("a", errBroken)
					slow.Send(func(*proc.Self[order]) *harness.End { ready(); return nil }) // if it is still wanted
					if intensity == 1 {
						require.Equal(w, 1, as[sup.TooManyRestarts](w, harness.Ended(w, ref.ID)).Restarts)
						return
					}
					c.life("a", 3)
					w.Eventually("all are up", func() bool {
						for _, s := range statuses(w, ref) {
							if s.State != sup.Running || !s.ID.Alive() || s.ID != c.now(s.Child).ID {
								return false
							}
						}
						return true
					})
					require.Equal(w, 2, status(w, ref, "a").Restarts)
					require.Equal(w, 3, c.count("a"))
					require.Equal(w, 3, c.count("b"))
				})
			})
		}
	}
}

// A group restart takes a sibling that is just being started along.
func TestU3_AGroupRestartEndsAStartUnderWay(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		ref := start(w, sup.Spec{Strategy: sup.OneForAll, Children: c.children("a, b"), Observe: c.observe})
		c.is("new", manner{slow: true})
		got := harness.Async(w, func() error { return errorOf(ref.StartChild(context.Background(), c.child("new"))) })
		slow := c.life("new", 1)
		ready := c.ready(slow.ID)
		c.is("new", manner{})
		c.crash("a", errBroken)
		w.Settle()
		// One after the other: the operation comes first, however long it takes, or gives way.
		slow.Send(func(*proc.Self[order]) *harness.End { ready(); return nil })
		err := harness.Value(w, got)
		c.life("b", 2)
		w.Eventually("all are up", func() bool {
			for _, s := range statuses(w, ref) {
				if s.State != sup.Running {
					return false
				}
			}
			return true
		})
		if err == nil {
			require.Equal(w, words("a running, b running, new running"), list(w, ref))
		}
	})
}

// U1, U5: what a life that has ended says too late makes no later one ready.
func TestU5_TheReadyOfAPastLifeIsNotThatOfTheNext(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		ref := start(w, sup.Spec{Children: c.children("a"), Observe: c.observe})
		c.is("a", manner{slow: true})
		c.crash("a", errBroken)
		late := c.ready(c.life("a", 2).ID)
		c.crash("a", errBroken)
		third := c.life("a", 3)
		harness.Do(w, third, func(*proc.Self[order]) int { late(); return 0 })
		w.Settle()
		require.Equal(w, sup.Starting, status(w, ref, "a").State)
		c.getReady("a")
		c.event(sup.ChildStarted, "a", 2)
		require.Equal(w, third.ID, status(w, ref, "a").ID)
		require.Equal(w, sup.Running, status(w, ref, "a").State)
	})
}

// A plain worker that crashes while the supervisor is still starting is
// restarted, with its group; the start goes on, and succeeds.
func TestU1_ACrashDuringTheStartIsRestarted(t *testing.T) {
	for _, strategy := range []sup.Strategy{sup.OneForOne, sup.OneForAll, sup.RestForOne} {
		harness.Everywhere(t, func(w *world) {
			c := newCast(w)
			c.is("b", manner{slow: true})
			start := newKeeper(w, w.System()).begin(sup.Spec{Strategy: strategy, Observe: c.observe, Children: []sup.Child{
				sup.Worker("a", func(self *proc.Self[order]) error { return c.play("a", self, func() {}) }), c.child("b"), c.child("d"),
			}})
			c.saw("b starts")
			slow := c.now("b")
			if strategy != sup.OneForOne {
				c.is("b", manner{})
			}
			c.life("a", 1)
			c.crash("a", errBroken)
			c.life("a", 2)
			if strategy == sup.OneForOne {
				c.getReady("b")
			}
			got := harness.Value(w, start)
			require.NoError(w, got.err)
			require.Equal(w, words("a running, b running, d running"), list(w, got.ref))
			require.Equal(w, strategy == sup.OneForOne, slow.Alive())
			require.Equal(w, 1, c.count("d"))
		})
	}
}
