package event_test

import (
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/event"
	"github.com/harkgo/hark/pkg/proc"
)

// heldThings counts what functions of observers hold and has not been freed.
type heldThings struct{ n atomic.Int64 }

func (h *heldThings) function() func(news) (news, bool) {
	thing := new([1 << 10]byte)
	h.n.Add(1)
	runtime.AddCleanup(thing, func(struct{}) { h.n.Add(-1) }, struct{}{})
	return func(e news) (news, bool) { return news{int(thing[0]), e.N}, true }
}

func (h *heldThings) left(w *world, n int64) {
	w.Helper()
	w.Eventually("they are freed", func() bool {
		runtime.GC()
		return h.n.Load() <= n
	})
}

// A crowd of observers that ends while nothing is published, nobody registers and nobody
// asks leaves nothing behind; who stays is an observer as before. Queues that are let go
// of leave nothing either.
func TestE4_ACrowdThatEndsWhereNothingHappens(t *testing.T) {
	harness.Production(t, func(w *world) {
		s := w.Quiet()
		topic := event.New[news](s)
		var things heldThings
		stays := harness.NewActor(w, s)
		require.NoError(w, event.ObserveAs(topic, address[news](w, stays), things.function()))
		for range 2 { // the topic looks again
			var crowd []harness.Actor
			for range 100 {
				a := harness.NewActor(w, s)
				require.NoError(w, event.ObserveAs(topic, address[news](w, a), things.function()))
				crowd = append(crowd, a)
				event.QueueAs(topic, 1, event.DropOldest, things.function())
			}
			for _, a := range crowd {
				end(w, a)
			}
			things.left(w, 1)
		}
		publish(topic, 1, 2)
		require.Equal(w, numbers(1, 2), received[news](w, stays))
		require.Equal(w, 1, topic.Info().Observers)
	})
}

// The same where the owner of the topic ends, and nobody asks; that the topic is closed is
// seen as ever.
func TestE4_ATopicWhoseOwnerEndsHoldsNobody(t *testing.T) {
	harness.Production(t, func(w *world) {
		s := w.Quiet()
		owner := harness.NewActor(w, s)
		topic := harness.Do(w, owner, func(self *proc.Self[order]) *event.Topic[news] {
			return event.New[news](self, event.Keep(5))
		})
		var things heldThings
		a := harness.NewActor(w, s)
		require.NoError(w, event.ObserveAs(topic, address[news](w, a), things.function()))
		q := topic.Queue(5, event.DropOldest)
		publish(topic, 1, 1)
		end(w, owner)
		things.left(w, 0)
		require.Equal(w, numbers(1, 1), held(w, q))
		_, err := q.Receive(w.Context())
		require.ErrorIs(w, err, event.ErrClosed)
		require.ErrorIs(w, topic.TryPublish(news{N: 2}), event.ErrClosed)
		require.Equal(w, numbers(1, 1), received[news](w, a))
		require.True(w, topic.Info().Closed)
	})
}
