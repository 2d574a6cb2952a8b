package event_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/event"
)

// TryReceive takes what is there, also when the topic is closed, and waits for nothing.
func TestE8_TryReceiveWaitsForNothing(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		topic := event.New[news](w.System())
		q := topic.Queue(10, event.DropOldest)
		nothing := func() {
			w.Helper()
			e, ok := q.TryReceive()
			require.False(w, ok)
			require.Zero(w, e)
		}
		nothing()
		publish(topic, 1, 2)
		e, ok := q.TryReceive()
		require.True(w, ok)
		require.Equal(w, news{N: 1}, e)
		topic.Close()
		e, ok = q.TryReceive()
		require.True(w, ok)
		require.Equal(w, news{N: 2}, e)
		nothing()
		q.Close()
		nothing()
		require.Zero(w, q.Dropped())
	})
}
