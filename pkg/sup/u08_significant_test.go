package sup_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// significantChildren are transient ones s and t, a temporary one u, all
// significant, between two that are not.
func (c *cast) significantChildren() []sup.Child {
	return []sup.Child{
		c.child("a"),
		c.child("s", restart(sup.Transient), significant),
		c.child("t", restart(sup.Transient), significant),
		c.child("u", restart(sup.Temporary), significant),
		c.child("z", restart(sup.Transient)),
	}
}

// U8, and Erlang's any_significant: the normal end of a transient, or any end of
// a temporary significant child stops the supervisor, which is a success.
func TestU8_AnySignificant(t *testing.T) {
	for _, e := range []struct {
		name, who string
		err       error
	}{{"transient, normally", "s", nil}, {"temporary, normally", "u", nil}, {"temporary, crash", "u", errBroken}} {
		t.Run(e.name, func(t *testing.T) {
			harness.Everywhere(t, func(w *world) {
				for _, strategy := range []sup.Strategy{sup.OneForOne, sup.OneForAll, sup.RestForOne} {
					c := newCast(w)
					k := newKeeper(w, w.System())
					ref := k.start(sup.Spec{Strategy: strategy, AutoShutdown: sup.AnySignificant, Children: c.significantChildren(), Observe: c.observe})
					require.True(w, status(w, ref, "s").Significant)
					require.False(w, status(w, ref, "a").Significant)
					c.forget()
					c.crash(e.who, e.err)
					require.Equal(w, proc.ExitSuccess, harness.Ended(w, ref.ID).Severity())
					require.NoError(w, ref.Wait(context.Background()))
					others := without([]string{"ended z", "ended u", "ended t", "ended s", "ended a"}, "ended "+e.who)
					c.told(append([]string{"ended " + e.who, "stopping all"}, others...)...)
					k.undisturbed()
				}
			})
		})
	}
}

// without is list without one text.
func without(list []string, text string) []string {
	left := []string{}
	for _, s := range list {
		if s != text {
			left = append(left, s)
		}
	}
	return left
}

// U8: a crash of a transient significant child restarts it; ends of others,
// StopChild and group restarts trigger nothing.
func TestU8_WhatIsNoSignificantEnd(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for _, auto := range []sup.AutoShutdown{sup.AnySignificant, sup.AllSignificant} {
			c, ctx := newCast(w), context.Background()
			ref := start(w, sup.Spec{Strategy: sup.OneForAll, Intensity: 10, AutoShutdown: auto, Observe: c.observe, Children: []sup.Child{
				c.child("a"), c.child("s", restart(sup.Transient), significant), c.child("z", restart(sup.Transient)),
				c.child("u", restart(sup.Temporary), significant),
			}})
			c.crash("z", nil) // not significant
			c.event(sup.ChildEnded, "z", 1)
			c.crash("s", errBroken) // restarted, with its group, which drops u
			c.life("z", 2)
			w.Eventually("z is up", func() bool { return status(w, ref, "z").State == sup.Running })
			require.Equal(w, words("a running, s running, z running"), list(w, ref))
			c.crash("a", errBroken) // a group restart stops s
			c.life("z", 3)
			w.Eventually("z is up", func() bool { return status(w, ref, "z").State == sup.Running })
			require.NoError(w, ref.StopChild(ctx, "s"))
			_, err := ref.StartChild(ctx, c.child("u2", restart(sup.Temporary), significant))
			require.NoError(w, err)
			require.NoError(w, ref.StopChild(ctx, "u2"))
			w.Settle()
			require.True(w, ref.Alive())
			require.Equal(w, words("a running, s stopped, z running"), list(w, ref))
		}
	})
}

// U8, all_significant: when the last of them that is there ends; one that was
// stopped by hand is not there, one that waits for its restart is.
func TestU8_AllSignificant(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		ref := start(w, sup.Spec{AutoShutdown: sup.AllSignificant, Children: c.significantChildren(), Observe: c.observe})
		c.crash("s", nil)
		c.event(sup.ChildEnded, "s", 1)
		c.crash("u", errBroken)
		c.event(sup.ChildEnded, "u", 1)
		w.Settle()
		require.Equal(w, words("a running, s stopped, t running, z running"), list(w, ref))
		c.crash("t", nil)
		require.Equal(w, proc.ExitSuccess, harness.Ended(w, ref.ID).Severity())

		c = newCast(w)
		ref = start(w, sup.Spec{AutoShutdown: sup.AllSignificant, Children: c.significantChildren(), Observe: c.observe})
		require.NoError(w, ref.StopChild(context.Background(), "s"))
		require.NoError(w, ref.StopChild(context.Background(), "u"))
		w.Settle()
		require.Equal(w, words("a running, s stopped, t running, z running"), list(w, ref))
		c.crash("t", nil)
		require.Equal(w, proc.ExitSuccess, harness.Ended(w, ref.ID).Severity())

		// Stopped by hand as the last one: no end of its own.
		c = newCast(w)
		ref = start(w, sup.Spec{AutoShutdown: sup.AllSignificant, Children: c.significantChildren(), Observe: c.observe})
		c.crash("s", nil)
		c.crash("t", nil)
		c.event(sup.ChildEnded, "t", 1)
		require.NoError(w, ref.StopChild(context.Background(), "u"))
		w.Settle()
		require.True(w, ref.Alive())
	})
}

// All significant, with one that is waiting for its restart: that one is not gone.
func TestU8_ASignificantChildThatWaitsIsNotGone(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		c := newCast(w)
		ref := start(w, sup.Spec{AutoShutdown: sup.AllSignificant, Backoff: sup.Backoff{First: 3600e9}, Observe: c.observe, Children: []sup.Child{
			c.child("s", restart(sup.Transient), significant), c.child("t", restart(sup.Transient), significant),
		}})
		c.crash("s", errBroken)
		c.crash("t", nil)
		w.Settle()
		require.Equal(w, words("s restarting, t stopped"), list(w, ref))
		c.life("s", 2)
		c.crash("s", nil)
		require.Equal(w, proc.ExitSuccess, harness.Ended(w, ref.ID).Severity())
	})
}

// U8: without auto-shutdown no child is significant, and an auto-shutdown goes up
// the tree as a normal end does: a significant nested supervisor ends its own.
func TestU8_AutoShutdownGoesUpTheTree(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		k := newKeeper(w, w.System())
		nested := sup.Supervisor("n", sup.Spec{AutoShutdown: sup.AnySignificant, Children: []sup.Child{
			c.child("x"), c.child("s", restart(sup.Transient), significant),
		}})
		nested.Restart = sup.Transient
		nested.Significant = true
		ref := k.start(sup.Spec{AutoShutdown: sup.AnySignificant, Children: []sup.Child{c.child("a"), nested, c.child("b")}})
		c.forget()
		c.crash("s", nil)
		require.Equal(w, proc.ExitSuccess, harness.Ended(w, ref.ID).Severity())
		c.wrote("x asked beside a b", "b asked beside a", "a asked")
		k.undisturbed()

		// A permanent one is restarted: its end was a normal one, but an end.
		nested.Restart, nested.Significant = sup.Permanent, false
		ref = k.start(sup.Spec{Children: []sup.Child{c.child("a"), nested}})
		lives := c.count("s")
		c.crash("s", nil)
		c.life("s", lives+1)
		require.Equal(w, proc.ExitSuccess, status(w, ref, "n").LastExit.Severity())
	})
}
