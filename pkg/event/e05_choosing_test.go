package event_test

import (
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/event"
)

// A queue that is closed while its function is being asked leaves nothing of it, though
// other observers stay.
func TestE5_ClosingAQueueWhileAnEventIsBeingChosen(t *testing.T) {
	harness.Production(t, func(w *world) {
		topic := event.New[int](w.System())
		for range 10 { // that stay
			q := topic.Queue(1, event.DropOldest)
			defer q.Close()
		}
		var freed atomic.Bool
		func() {
			held := new([1 << 16]byte)
			runtime.AddCleanup(held, func(struct{}) { freed.Store(true) }, struct{}{})
			var q *event.Queue[int]
			q = event.QueueAs(topic, 1, event.DropOldest, func(n int) (int, bool) {
				q.Close()
				return n + int(held[0]), true
			})
			topic.Publish(1)
		}()
		w.Eventually("what the function held is freed", func() bool {
			runtime.GC()
			return freed.Load()
		})
		runtime.KeepAlive(topic)
	})
}
