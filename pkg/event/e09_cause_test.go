package event_test

import (
	"context"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/event"
	"github.com/harkgo/hark/pkg/proc"
)

// That a context has ended is the last pair of a sequence, whatever its cause is: that
// of another topic which is closed is not the end of this one.
func TestE9_ACauseIsNoEndOfASequence(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		topic := event.New[int](w.System())
		q := topic.Queue(10, event.DropNewest)
		for _, cause := range []error{event.ErrClosed, event.ErrQueueClosed, fmt.Errorf("elsewhere: %w", event.ErrClosed)} {
			ctx, cancel := context.WithCancelCause(w.Context())
			cancel(cause)
			var pairs []error
			for _, err := range q.Events(ctx) {
				pairs = append(pairs, err)
			}
			require.Len(w, pairs, 1)
			require.ErrorIs(w, pairs[0], context.Canceled)
			require.ErrorIs(w, pairs[0], cause)
		}
	})
}

// As it comes about: a process ends since another topic is closed, and a goroutine of
// its waits at a queue of one that is not.
func TestE9_AProcessThatEndsOverAnotherTopic(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		open, closed := event.New[int](s), event.New[string](s)
		closed.Close()
		q := open.Queue(1, event.DropOldest)
		last := make(chan error, 1)
		pid := proc.Spawn(s, func(self *proc.Self[string]) error {
			ctx := proc.Outside(self)
			go func() {
				var end error
				for _, err := range q.Events(ctx) {
					end = err
				}
				last <- end
			}()
			return closed.Observe(self)
		})
		require.ErrorIs(w, harness.Ended(w, pid.ID), event.ErrClosed)
		require.ErrorIs(w, harness.Value(w, last), event.ErrClosed)
	})
}
