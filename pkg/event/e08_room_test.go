package event_test

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/event"
)

// A queue that has been full gives its room back when it is drained, and loses nothing by
// that, wherever in its room it begins.
func TestE8_ADrainedQueueGivesItsRoomBack(t *testing.T) {
	harness.Production(t, func(w *world) {
		topic := event.New[news](w.System())
		q := topic.Queue(1<<20, event.DropOldest)
		before := harness.Heap()
		next, n := 1, 0
		for _, fill := range []int{100_000, 3, 70, 1000, 65, 64, 5000} {
			publish(topic, n+1, n+fill)
			n += fill
			for q.Len() > fill/100 {
				e, ok := q.TryReceive()
				require.True(w, ok)
				require.Equal(w, next, e.N)
				next++
			}
		}
		require.Equal(w, numbers(next, n), held(w, q))
		require.Less(w, harness.Heap()-before, int64(1<<16), "of an empty queue")
		runtime.KeepAlive(q)
	})
}
