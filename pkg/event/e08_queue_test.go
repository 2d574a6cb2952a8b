package event_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/event"
)

// A full queue drops the oldest or the newest, as it was told to, and counts.
func TestE8_AFullQueueDrops(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for _, c := range []struct {
			capacity int
			overflow event.Overflow
			want     []news
		}{
			{3, event.DropOldest, numbers(8, 10)},
			{3, event.DropNewest, numbers(1, 3)},
			{1, event.DropOldest, numbers(10, 10)},
			{0, event.DropNewest, numbers(1, 1)},
			{-5, event.DropOldest, numbers(10, 10)},
			{10, event.DropOldest, numbers(1, 10)},
			{1 << 40, event.DropNewest, numbers(1, 10)},
		} {
			topic := event.New[news](w.System())
			q := topic.Queue(c.capacity, c.overflow)
			publish(topic, 1, 10)
			require.Equal(w, len(c.want), q.Len())
			require.Equal(w, c.want, held(w, q))
			require.Equal(w, uint64(10-len(c.want)), q.Dropped())
			publish(topic, 11, 11)
			require.Equal(w, numbers(11, 11), held(w, q))
		}
		require.Equal(w, "drop oldest, drop newest, Overflow(7)",
			event.DropOldest.String()+", "+event.DropNewest.String()+", "+event.Overflow(7).String())
	})
}

// While many publish and many receive, what was published for a queue has been received
// or dropped, none of it twice, and each receiver gets a publisher's events in order.
func TestE8_DropsAreCountedExactly(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		const publishers, receivers, each = 4, 3, 3000
		for _, overflow := range []event.Overflow{event.DropOldest, event.DropNewest} {
			topic := event.New[news](w.System())
			q := topic.Queue(16, overflow)
			var got atomic.Uint64
			readers, writers := w.Group(), w.Group()
			var mu sync.Mutex
			seen := map[news]bool{}
			for range receivers {
				readers.Go(func() {
					last := make([]int, publishers)
					for e, err := range q.Events(w.Context()) {
						if err != nil {
							w.Error(err)
							return
						}
						got.Add(1)
						if e.N < last[e.From] {
							w.Errorf("%v after %d", e, last[e.From])
						}
						last[e.From] = e.N
						mu.Lock()
						if seen[e] {
							w.Errorf("%v came twice", e)
						}
						seen[e] = true
						mu.Unlock()
					}
				})
			}
			for from := range publishers {
				writers.Go(func() {
					for n := range each {
						topic.Publish(news{from, n})
					}
				})
			}
			writers.Wait()
			topic.Close() // the readers end when they have drained the queue
			readers.Wait()
			require.Equal(w, uint64(publishers*each), got.Load()+q.Dropped())
			require.Zero(w, q.Len())
		}
	})
}

// The same where the queue is closed in the midst: all that has been published until
// then is counted, and nothing after.
func TestE8_DropsAreCountedExactlyWhenAQueueIsClosed(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		topic := event.New[news](w.System())
		for i := range 50 {
			q := topic.Queue(8, event.Overflow(i%2))
			witness := topic.Queue(100_000, event.DropNewest)
			var got uint64
			reader := harness.Async(w, func() struct{} {
				for range q.Events(w.Context()) {
					got++
				}
				return struct{}{}
			})
			writer := harness.Async(w, func() struct{} { publish(topic, 1, 200); return struct{}{} })
			if i%3 == 0 {
				harness.Value(w, writer)
			}
			q.Close()
			harness.Value(w, reader)
			counted := got + q.Dropped()
			if i%3 != 0 {
				harness.Value(w, writer)
			}
			require.Equal(w, counted, got+q.Dropped(), "nothing is counted after Close")
			require.LessOrEqual(w, counted, uint64(witness.Len()))
			if i%3 == 0 {
				require.Equal(w, uint64(200), counted)
			}
			witness.Close()
		}
	})
}

// A queue takes the memory of what is in it, not that of its capacity, and keeps nothing
// that was taken out.
func TestE8_AQueueTakesWhatItNeeds(t *testing.T) {
	harness.Production(t, func(w *world) {
		topic := event.New[*[1 << 20]byte](w.System())
		before := harness.Heap()
		q := topic.Queue(1<<30, event.DropOldest)
		for range 20 {
			topic.Publish(new([1 << 20]byte))
			_, err := q.Receive(w.Context())
			require.NoError(w, err)
		}
		require.Less(w, harness.Heap()-before, int64(3<<20))
		q.Close()
	})
}
