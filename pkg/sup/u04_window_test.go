package sup_test

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/sup"
)

// U4: when a supervisor gives up, compared with a brute-force window: at each
// crash all earlier restarts are gone through. All times are multiples of 2 ms
// and the period is odd, so that none is at the very edge.
func TestU4_AgainstABruteForceWindow(t *testing.T) {
	for range sized(10, 1) {
		rapid.Check(t, func(r *rapid.T) { windowProgram(t, r) })
	}
}

func windowProgram(t *testing.T, r *rapid.T) {
	intensity := rapid.IntRange(-1, 6).Draw(r, "intensity")
	period := time.Duration(rapid.IntRange(0, 50).Draw(r, "period"))*2*time.Millisecond + time.Millisecond
	waits := rapid.SliceOfN(rapid.IntRange(0, 20), 1, 40).Draw(r, "waits")
	who := rapid.SliceOfN(rapid.IntRange(0, 2), len(waits), len(waits)).Draw(r, "who")

	allowed := intensity
	switch {
	case intensity < 0:
		allowed = 0
	case intensity == 0:
		allowed = 3
	}
	var at time.Duration
	var restarts []time.Duration
	givesUp := -1
	for i, wait := range waits {
		at += time.Duration(wait) * 2 * time.Millisecond
		within := 0
		for _, before := range restarts {
			if at-before < period {
				within++
			}
		}
		if within >= allowed {
			givesUp = i
			break
		}
		restarts = append(restarts, at)
	}

	var problem error
	harness.Virtually(t, func(w *world) {
		c := newCast(w)
		s := w.Quiet()
		k := newKeeper(w, s)
		ref := k.start(sup.Spec{Intensity: intensity, Period: period, Children: c.children("0, 1, 2")})
		for i, wait := range waits {
			time.Sleep(time.Duration(wait) * 2 * time.Millisecond)
			c.crash(fmt.Sprint(who[i]), errBroken)
			w.Settle()
			if gaveUp := !ref.Alive(); gaveUp != (i == givesUp) {
				problem = fmt.Errorf("crash %d: gave up: %v; the window gives up at %d", i, gaveUp, givesUp)
			}
			if problem != nil || !ref.Alive() {
				return
			}
		}
	})
	if problem != nil {
		r.Fatal(problem)
	}
}
