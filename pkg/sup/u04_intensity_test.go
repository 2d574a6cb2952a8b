package sup_test

import (
	"context"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// crashes lets an actor crash n times, each time when it is up again.
func (c *cast) crashes(id string, n int, err error) {
	c.w.Helper()
	for range n {
		lives := c.count(id)
		c.crash(id, err)
		c.life(id, lives+1)
	}
}

// U4: the intensity is how many restarts are allowed; the next one is refused.
func TestU4_TheIntensityIsAllowedAndNoMore(t *testing.T) {
	for _, i := range []struct{ intensity, allowed int }{{0, 3}, {1, 1}, {7, 7}, {-1, 0}} {
		t.Run(fmt.Sprint(i.intensity), func(t *testing.T) {
			harness.Everywhere(t, func(w *world) {
				c := newCast(w)
				k := newKeeper(w, w.System())
				ref := k.start(sup.Spec{Intensity: i.intensity, Period: 1000 * time.Hour, Children: c.children("a, b, d"), Observe: c.observe})
				c.crashes("b", i.allowed, errBroken)
				c.event(sup.ChildStarted, "b", i.allowed+1)
				require.True(w, ref.Alive())
				c.forget()
				c.crash("b", fmt.Errorf("the last time: %w", errBroken))

				// Past it: stop all, in reverse order, and end with a crash that says why.
				reason := harness.Ended(w, ref.ID)
				require.Equal(w, proc.Crash, reason.Severity())
				require.ErrorIs(w, reason, errBroken)
				require.ErrorContains(w, reason, "the last time")
				many := as[sup.TooManyRestarts](w, reason)
				require.Equal(w, "b", many.Child)
				require.Equal(w, i.allowed, many.Restarts)
				require.Equal(w, 1000*time.Hour, many.Period)
				require.Equal(w, c.now("b").Reason(), many.Reason)
				c.wrote("d asked beside a", "a asked")
				e := c.event(sup.GaveUp, "", 1)
				require.Equal(w, many, as[sup.TooManyRestarts](w, e.Reason))
				c.told("ended b", "gave up", "stopping all", "ended d", "ended a")

				// The parent is linked, and lives on.
				crashed := as[proc.LinkedProcessCrashed](w, harness.Value(w, k.interrupts))
				require.Equal(w, reason, crashed.Reason)
				require.True(w, k.Alive())
			})
		})
	}
}

// U4: unlimited restarts are no reason to give up.
func TestU4_UnlimitedRestarts(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		ref := start(w, sup.Spec{Intensity: sup.Unlimited, Period: 1000 * time.Hour, Children: c.children("a")})
		c.crashes("a", 100, errBroken)
		require.True(w, ref.Alive())
		require.Equal(w, 100, status(w, ref, "a").Restarts)
	})
}

// Decided: past the intensity the supervisor ends with a crash, also when the
// last end was a normal one.
func TestDecided_PastTheIntensityIsACrashThoughTheLastEndWasNormal(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		ref := start(w, sup.Spec{Intensity: 2, Children: c.children("a")})
		c.crashes("a", 2, nil)
		c.crash("a", nil)
		reason := harness.Ended(w, ref.ID)
		require.Equal(w, proc.Crash, reason.Severity())
		many := as[sup.TooManyRestarts](w, reason)
		require.Equal(w, proc.ExitNormally{}, many.Reason)
		require.Equal(w, 2, many.Restarts)
		require.Equal(w, 5*time.Second, many.Period)
		require.ErrorIs(w, reason, proc.ExitNormally{})
	})
}

// U4: the window is over all children.
func TestU4_OneWindowForAllChildren(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		ref := start(w, sup.Spec{Period: time.Hour, Children: c.children("a, b, d")})
		c.crashes("a", 1, errBroken)
		c.crashes("b", 1, nil)
		c.crashes("d", 1, errBroken)
		require.True(w, ref.Alive())
		c.crash("a", errBroken)
		require.Equal(w, "a", as[sup.TooManyRestarts](w, harness.Ended(w, ref.ID)).Child)
	})
}

// U4: a group restart counts once, however many it concerns.
func TestU4_AGroupRestartCountsOnce(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for _, strategy := range []sup.Strategy{sup.OneForAll, sup.RestForOne} {
			c := newCast(w)
			ref := start(w, sup.Spec{Strategy: strategy, Intensity: 2, Period: time.Hour, Children: c.children("a, b, d, e"), Observe: c.observe})
			for n := range 2 {
				c.crash("a", errBroken)
				c.life("e", n+2)
				c.event(sup.ChildStarted, "e", n+2)
			}
			require.True(w, ref.Alive())
			c.crash("a", errBroken)
			require.Equal(w, 2, as[sup.TooManyRestarts](w, harness.Ended(w, ref.ID)).Restarts)
			require.Equal(w, 3, c.count("e"))
		}
	})
}

// U4, and Erlang's two simultaneous deaths: they count twice in one-for-one,
// once in one-for-all; in rest-for-one once if the later one dies with the
// earlier one.
func TestU4_SimultaneousCrashes(t *testing.T) {
	for _, s := range []struct {
		strategy      sup.Strategy
		first, second string
		restarts      int
	}{
		{sup.OneForOne, "a", "b", 2}, {sup.OneForOne, "b", "a", 2},
		{sup.OneForAll, "a", "b", 1}, {sup.OneForAll, "b", "a", 1},
		{sup.RestForOne, "a", "b", 1},
	} {
		t.Run(fmt.Sprintf("%v %s then %s", s.strategy, s.first, s.second), func(t *testing.T) {
			harness.Everywhere(t, func(w *world) {
				for _, intensity := range []int{s.restarts, s.restarts - 1} {
					c := newCast(w)
					if intensity == 0 {
						intensity = -1
					}
					died := false
					ref := start(w, sup.Spec{
						Strategy: s.strategy, Intensity: intensity, Period: time.Hour, Children: c.children("a, b, d"),
						Observe: func(e sup.Event) {
							// The supervisor has just learnt of the first end, and is not yet done with it.
							if e.Kind == sup.ChildEnded && e.Path == s.first && !died {
								died = true
								c.now(s.second).Kill()
							}
							c.observe(e)
						},
					})
					c.crash(s.first, errBroken)
					if intensity == s.restarts {
						for _, id := range words("a, b") {
							c.life(id, 2)
						}
						w.Settle()
						require.Equal(w, words("a running, b running, d running"), list(w, ref))
						require.Equal(w, []int{2, 2}, []int{c.count("a"), c.count("b")})
						restarting := 0
						for _, e := range c.trace() {
							if strings.HasPrefix(e, "restarting") {
								restarting++
							}
						}
						require.Equal(w, s.restarts, restarting, "%v", c.trace())
						continue
					}
					as[sup.TooManyRestarts](w, harness.Ended(w, ref.ID))
				}
			})
		})
	}
}

// F16: one crash every 4 s with 5 per 5 s never gives up; nor does 3 per 5 s, with
// one crash every 1.7 s.
func TestF16_TheWindowSlides(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		for _, s := range []struct {
			spec  sup.Spec
			every time.Duration
		}{
			{sup.Spec{Intensity: 5, Period: 5 * time.Second}, 4 * time.Second},
			{sup.Spec{}, 1700 * time.Millisecond},
		} {
			c := newCast(w)
			s.spec.Children = c.children("a, b")
			ref := start(w, s.spec)
			for i := range 200 {
				time.Sleep(s.every)
				c.crashes([]string{"a", "b"}[i%2], 1, errBroken)
			}
			require.True(w, ref.Alive())
		}
	})
}

// U4: a window that is not a window would forgive at the turn of a period, or
// forget old restarts too late.
func TestU4_NoBurstAcrossTheTurnOfAPeriod(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		c := newCast(w)
		ref := start(w, sup.Spec{Intensity: 4, Period: 10 * time.Second, Children: c.children("a")})
		time.Sleep(8 * time.Second)
		c.crashes("a", 3, errBroken)
		time.Sleep(4 * time.Second)
		c.crashes("a", 1, errBroken)
		time.Sleep(4 * time.Second) // 8 s after the first three
		c.crash("a", errBroken)
		require.Equal(w, 4, as[sup.TooManyRestarts](w, harness.Ended(w, ref.ID)).Restarts)

		ref = start(w, sup.Spec{Intensity: 4, Period: 10 * time.Second, Children: c.children("b")})
		c.crashes("b", 3, errBroken)
		time.Sleep(9 * time.Second)
		c.crashes("b", 1, errBroken)
		time.Sleep(1500 * time.Millisecond)
		c.crashes("b", 3, errBroken) // the first three are forgotten
		require.True(w, ref.Alive())
		c.crash("b", errBroken)
		harness.Ended(w, ref.ID)
	})
}

// F2: exceeding the intensity ends the supervisor, with a reason; it goes up the
// tree as any crash does, and the program goes on.
func TestF2_GivingUpIsACrashOfTheSupervisor(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		s := w.System()
		k, other := newKeeper(w, s), newKeeper(w, s)
		ref := k.start(sup.Spec{Intensity: 1, Observe: c.observe, Children: []sup.Child{
			c.child("a"), sup.Supervisor("n", sup.Spec{Intensity: 1, Children: c.children("x, y")}),
		}})
		first, err := ref.Supervisor(context.Background(), "n")
		require.NoError(w, err)
		c.crashes("y", 1, errBroken)
		c.crash("y", errBroken)
		as[sup.TooManyRestarts](w, harness.Ended(w, first.ID))
		c.life("y", 3) // n was restarted
		w.Eventually("n is up again", func() bool { return status(w, ref, "n").State == sup.Running })
		second, err := ref.Supervisor(context.Background(), "n")
		require.NoError(w, err)
		require.NotEqual(w, first, second)
		require.Equal(w, 1, c.count("a"))
		require.ErrorIs(w, status(w, ref, "n").LastExit, errBroken)

		c.crashes("y", 1, errBroken) // its window began anew
		c.crash("y", errBroken)
		reason := harness.Ended(w, ref.ID)
		require.ErrorIs(w, reason, errBroken)
		many := as[sup.TooManyRestarts](w, reason)
		require.Equal(w, "n", many.Child)
		require.Equal(w, "y", as[sup.TooManyRestarts](w, many.Reason).Child)
		require.True(w, k.Alive())
		require.True(w, other.Alive())
		require.Equal(w, 1, harness.Do(w, other.Pid, func(*proc.Self[order]) int { return 1 }))
	})
}

// U4: giving up takes the steps of a stop.
func TestU4_GivingUpStopsInSteps(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		c := newCast(w)
		c.is("a", manner{deaf: true})
		c.is("b", manner{finish: time.Second})
		ref := start(w, sup.Spec{Intensity: -1, Children: c.children("a, b, x")})
		c.forget()
		began := time.Now()
		c.crash("x", errBroken)
		harness.Ended(w, ref.ID)
		require.Equal(w, 4*time.Second, time.Since(began))
		c.wrote("b asked beside a", "a asked", "a cleans up")
	})
}
