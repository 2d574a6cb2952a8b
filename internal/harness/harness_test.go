package harness_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

var errBroken = errors.New("broken")

func TestEverywhere(t *testing.T) {
	var bubbles []bool
	harness.Everywhere(t, func(w *harness.World) {
		bubbles = append(bubbles, w.Bubble)
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
		require.Equal(w, 7, harness.Value(w, harness.Async(func() int { return 7 })))
	})
	require.Equal(t, []bool{false, true}, bubbles)
}

func TestGoroutines(t *testing.T) {
	before := harness.Goroutines()
	end, ended := make(chan struct{}), make(chan struct{})
	go func() { <-end; close(ended) }()
	require.Equal(t, before+1, harness.Goroutines())
	close(end)
	<-ended
}
