package sup_test

import (
	"context"
	"fmt"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// many is an intensity that no test reaches.
const many = 1 << 40

// waits lets a crash n times, each time as soon as it is up, and returns what
// passed each time until it was. That must be what the event had announced.
func (c *cast) waits(id string, n int) []time.Duration {
	c.w.Helper()
	var all []time.Duration
	for range n {
		lives := c.count(id)
		c.forget()
		began := time.Now()
		c.crash(id, errBroken)
		c.life(id, lives+1)
		took := time.Since(began)
		require.Equal(c.w, took, c.event(sup.ChildRestarting, id, 1).After)
		all = append(all, took)
	}
	return all
}

func seconds(list ...float64) []time.Duration {
	var all []time.Duration
	for _, s := range list {
		all = append(all, time.Duration(s*float64(time.Second)))
	}
	return all
}

// U5, F10: with Backoff the waits grow by the factor, up to the cap.
func TestF10_WaitsGrowByTheFactorUpToTheCap(t *testing.T) {
	for _, b := range []struct {
		backoff sup.Backoff
		want    []time.Duration
	}{
		{sup.Backoff{}, seconds(0, 0, 0)},
		{sup.Backoff{First: time.Second}, seconds(1, 2, 4, 8, 16, 32)},
		{sup.Backoff{First: time.Second, Factor: 3}, seconds(1, 3, 9, 27)},
		{sup.Backoff{First: time.Second, Factor: 1}, seconds(1, 1, 1, 1)},
		{sup.Backoff{First: time.Second, Factor: 1.5}, seconds(1, 1.5, 2.25, 3.375)},
		{sup.Backoff{First: time.Second, Max: 5 * time.Second}, seconds(1, 2, 4, 5, 5, 5)},
		{sup.Backoff{First: 4 * time.Second, Max: 5 * time.Second, Factor: 10}, seconds(4, 5, 5)},
	} {
		t.Run(fmt.Sprint(b.backoff), func(t *testing.T) {
			harness.Virtually(t, func(w *world) {
				c := newCast(w)
				start(w, sup.Spec{Intensity: many, Period: time.Hour, Backoff: b.backoff, Children: c.children("a"), Observe: c.observe})
				require.Equal(w, b.want, c.waits("a", len(b.want)))
			})
		})
	}
}

// The waits without a cap grow for ever, and never turn around.
func TestF10_WaitsNeverOverflow(t *testing.T) {
	for _, jitter := range []float64{0, 1} {
		harness.Virtually(t, func(w *world) {
			c := newCast(w)
			ref := start(w, sup.Spec{Intensity: many, Period: math.MaxInt64, Children: c.children("a"), Observe: c.observe,
				Backoff: sup.Backoff{First: time.Hour, Factor: math.MaxFloat64, Jitter: jitter}})
			c.waits("a", 1)
			c.forget()
			c.crash("a", errBroken)
			require.Greater(w, c.event(sup.ChildRestarting, "a", 1).After, 365*24*time.Hour)
			require.Equal(w, words("a restarting"), list(w, ref))
		})
	}
	// A thousand attempts keep to the cap.
	harness.Virtually(t, func(w *world) {
		c := newCast(w)
		start(w, sup.Spec{Intensity: many, Period: 1e6 * time.Hour, Children: c.children("a"), Observe: c.observe,
			Backoff: sup.Backoff{First: time.Millisecond, Max: time.Second}})
		all := c.waits("a", 1000)
		require.Equal(w, time.Second, all[999])
	})
}

// F10, and Decided: jitter J keeps a wait within (1±J) times the plain one, and
// spreads it over all of that.
func TestF10_JitterSpreads(t *testing.T) {
	for _, jitter := range []float64{0.1, 0.5, 1} {
		harness.Virtually(t, func(w *world) {
			c := newCast(w)
			start(w, sup.Spec{Intensity: many, Period: 1e5 * time.Hour, Children: c.children("a"), Observe: c.observe,
				Backoff: sup.Backoff{First: time.Minute, Factor: 2, Max: 4 * time.Minute, Jitter: jitter}})
			all := c.waits("a", 400)
			low, high, mean := math.Inf(1), 0.0, 0.0
			for i, wait := range all {
				plain := min(float64(time.Minute)*math.Pow(2, float64(i)), float64(4*time.Minute))
				ratio := float64(wait) / plain
				require.GreaterOrEqual(w, ratio, 1-jitter-1e-9)
				require.LessOrEqual(w, ratio, 1+jitter+1e-9)
				low, high, mean = min(low, ratio), max(high, ratio), mean+ratio/float64(len(all))
			}
			// For 400 of a uniform distribution each of these is certain but for less than one run in a billion.
			require.Less(w, low, 1-jitter*0.85)
			require.Greater(w, high, 1+jitter*0.85)
			require.InDelta(w, 1, mean, jitter*0.2)
		})
	}
}

// Decided: back-off is each child's own.
func TestDecided_BackoffIsEachChildsOwn(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		c := newCast(w)
		start(w, sup.Spec{Intensity: many, Period: time.Hour, Backoff: sup.Backoff{First: time.Second}, Children: c.children("a, b"), Observe: c.observe})
		require.Equal(w, seconds(1, 2, 4), c.waits("a", 3))
		require.Equal(w, seconds(1, 2), c.waits("b", 2))
		require.Equal(w, seconds(8), c.waits("a", 1))
		require.Equal(w, seconds(4), c.waits("b", 1))
	})
}

// Decided: failed attempts continue the back-off, and so do crashes within
// Period; a child that stays up for Period starts over, its attempts too.
func TestDecided_AChildThatStaysUpForPeriodStartsOver(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		c := newCast(w)
		start(w, sup.Spec{Intensity: many, Period: time.Minute, Backoff: sup.Backoff{First: time.Second}, Children: c.children("a"), Observe: c.observe})
		c.forget()
		c.is("a", manner{fail: errBroken, times: 2})
		c.crash("a", errBroken)
		c.told("ended a", "restarting a attempt 1 after 1s")
		c.life("a", 4)
		c.told("start failed a", "restarting a attempt 2 after 2s", "start failed a", "restarting a attempt 3 after 4s", "started a")
		time.Sleep(time.Minute - 1)
		c.crash("a", errBroken)
		c.told("ended a", "restarting a attempt 4 after 8s")
		c.life("a", 5)
		time.Sleep(time.Minute + 1)
		c.forget()
		c.crash("a", errBroken)
		c.told("ended a", "restarting a attempt 1 after 1s")
		require.Equal(w, seconds(2), func() []time.Duration { c.life("a", 6); return c.waits("a", 1) }())
	})
}

// U5: StopChild, and a stop of the supervisor, cancel the wait: nothing starts
// later, and they do not wait for it.
func TestU5_WaitsAreCancelled(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		for name, do := range map[string]func(ref sup.Ref){
			"StopChild": func(ref sup.Ref) { require.NoError(w, ref.StopChild(context.Background(), "a")) },
			"Stop":      func(ref sup.Ref) { require.NoError(w, ref.Stop(context.Background())) },
			"shutdown":  func(ref sup.Ref) { ref.Shutdown(proc.ExitNormally{}); harness.Ended(w, ref.ID) },
			"kill":      func(ref sup.Ref) { ref.Kill() },
		} {
			c := newCast(w)
			ref := start(w, sup.Spec{Backoff: sup.Backoff{First: time.Hour}, Children: c.children("a, b"), Observe: c.observe})
			c.crash("a", errBroken)
			require.Equal(w, words("a restarting, b running"), list(w, ref))
			require.Zero(w, status(w, ref, "a").ID)
			began := time.Now()
			do(ref)
			require.Zero(w, time.Since(began), name)
			if name == "StopChild" {
				require.Equal(w, words("a stopped, b running"), list(w, ref))
				require.ErrorIs(w, status(w, ref, "a").LastExit, errBroken)
			}
			time.Sleep(2 * time.Hour)
			w.Settle()
			require.Equal(w, 1, c.count("a"), name)
		}
	})
}

// Decided: a restart counts when it is decided, not when its wait is over.
func TestDecided_ARestartCountsWhenItIsDecided(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		c := newCast(w)
		ref := start(w, sup.Spec{Intensity: 2, Period: time.Minute, Backoff: sup.Backoff{First: 50 * time.Second, Factor: 1}, Children: c.children("a, b, d"), Observe: c.observe})
		c.crash("a", errBroken)
		c.crash("b", errBroken)
		time.Sleep(55 * time.Second) // they have just come back, but were decided 55 s ago
		require.Equal(w, words("a running, b running, d running"), list(w, ref))
		time.Sleep(10 * time.Second)
		c.crash("d", errBroken)
		time.Sleep(time.Second)
		c.crash("a", errBroken)
		w.Settle()
		require.True(w, ref.Alive())
		c.crash("b", errBroken) // the third within a second, though nothing has been started
		require.Equal(w, 2, as[sup.TooManyRestarts](w, harness.Ended(w, ref.ID)).Restarts)
	})
}

// Decided: a group restart stops the siblings at once, then waits its back-off,
// then starts them.
func TestDecided_AGroupStopsAtOnceThenWaits(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		c := newCast(w)
		ref := start(w, sup.Spec{Strategy: sup.RestForOne, Backoff: sup.Backoff{First: time.Minute}, Children: c.children("a, b, d"), Observe: c.observe})
		c.forget()
		began := time.Now()
		c.crash("b", errBroken)
		c.wrote("d asked beside a")
		require.Zero(w, time.Since(began))
		require.Equal(w, words("a running, b restarting, d restarting"), list(w, ref))
		c.life("d", 2)
		require.Equal(w, time.Minute, time.Since(began))
		c.wrote("b starts beside a", "d starts beside a b")
	})
}

// Nobody comes back before the wait that was told of it is over, also if another
// restart, with a shorter one, takes it along.
func TestDecided_ALongWaitIsNotCutShortByAnother(t *testing.T) {
	for _, strategy := range []sup.Strategy{sup.OneForOne, sup.RestForOne} {
		harness.Virtually(t, func(w *world) {
			c := newCast(w)
			start(w, sup.Spec{Strategy: strategy, Intensity: many, Period: time.Hour, Backoff: sup.Backoff{First: time.Second},
				Children: c.children("a, b"), Observe: c.observe})
			require.Equal(w, seconds(1, 2, 4), c.waits("b", 3))
			lives, began := c.count("b"), time.Now()
			c.crash("b", errBroken)
			time.Sleep(500 * time.Millisecond)
			c.crash("a", errBroken)
			c.life("b", lives+1)
			require.GreaterOrEqual(w, time.Since(began), 8*time.Second, "%v", strategy)
		})
	}
}
