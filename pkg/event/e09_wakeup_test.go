package event_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/event"
)

// Of two who wait the context of one ends at the moment at which an event comes. Either
// may take it; that nobody does, and the other one goes on waiting, must not be.
func TestE9_AnEndedContextTakesNobodysWakeUp(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		topic := event.New[int](w.System())
		q := topic.Queue(10, event.DropNewest)
		for i := range w.Sized(200, 50, 2) {
			ctx, cancel := context.WithCancel(w.Context())
			ends := receiving(w, ctx, q)
			w.Settle()
			stays := receiving(w, w.Context(), q)
			w.Settle()
			topic.Publish(i)
			cancel()
			if r := harness.Value(w, ends); r.err == nil {
				require.Equal(w, i, r.e)
				topic.Publish(i)
			}
			require.Equal(w, result[int]{e: i}, harness.Value(w, stays))
		}
	})
}
