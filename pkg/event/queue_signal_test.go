package event

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
)

// Two events that come before anybody has been woken are one signal. Who is woken by it,
// and finds that there is more, wakes the next one.
func TestQueue_OneWhoIsWokenWakesTheNext(t *testing.T) {
	topic := New[int](proc.NewSystem())
	q := topic.Queue(10, DropOldest)
	for n := range 3 {
		topic.Publish(n)
	}
	for n := range 3 {
		<-q.ready // as one does that waits
		m, ok, _ := q.pop()
		require.True(t, ok)
		require.Equal(t, n, m)
	}
	require.Empty(t, q.ready)
}
