package harness_test

import (
	"errors"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

var errBroken = errors.New("broken")

func TestEverywhere(t *testing.T) {
	modes := map[string]int{}
	harness.Everywhere(t, func(w *harness.World) {
		switch {
		case w.Sim != nil:
			modes["sim"]++
		case w.Bubble:
			modes["synctest"]++
		default:
			modes["production"]++
		}
		s := w.System()
		a := harness.NewActor(w, s, proc.Titled("actor"))
		require.Equal(w, a.ID, harness.Do(w, a, func(self *proc.Self[harness.Order]) proc.ID { return self.ID() }))

		open := make(chan struct{})
		later := harness.Begin(a, func(self *proc.Self[harness.Order]) error {
			<-open
			return self.Sleep(time.Millisecond)
		})
		close(open)
		require.NoError(w, harness.Value(w, later))
		harness.Pending(w, a.ID.Done(), "the actor")
		harness.Leave(a, errBroken)
		require.ErrorIs(w, harness.Ended(w, a.ID), errBroken)
		require.Contains(w, w.Logs.String(), "broken")
		require.Equal(w, 7, harness.Value(w, harness.Async(w, func() int { return 7 })))
	})
	require.Equal(t, 1, modes["production"])
	require.Equal(t, 1, modes["synctest"])
	require.GreaterOrEqual(t, modes["sim"], 2, "both models of delivery")
}

// Those of other tests may be about to end, so this counts many.
func TestGoroutines(t *testing.T) {
	harness.Production(t, func(w *harness.World) {
		const n = 100
		before := harness.Goroutines()
		end := make(chan struct{})
		for range n {
			go func() { <-end }()
		}
		now := harness.Goroutines()
		require.LessOrEqual(w, now, before+n)
		require.GreaterOrEqual(w, now, n)
		close(end)
		w.Eventually("they have ended", func() bool { return harness.Goroutines() <= before })
	})
}

func TestAllBlocked(t *testing.T) {
	harness.Production(t, func(w *harness.World) {
		var stop atomic.Bool
		computing := make(chan struct{})
		over := harness.Async(w, func() int {
			close(computing)
			for !stop.Load() {
			}
			return 1
		})
		<-computing
		require.False(w, harness.AllBlocked())
		stop.Store(true)
		w.Settle()
		require.Equal(w, 1, <-over)

		harness.Async(w, func() int { time.Sleep(time.Millisecond); return 1 })
		w.Settle() // with one that sleeps
	})
}
