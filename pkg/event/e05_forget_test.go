package event_test

import (
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/event"
	"github.com/harkgo/hark/pkg/proc"
)

// Nothing that is published after Forget is received; what was there before is.
func TestE5_ForgettingIsFinal(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		topic := event.New[news](s)
		a, b := observing(w, s, topic), observing(w, s, topic)
		publish(topic, 1, 2)
		require.True(w, topic.Forget(a.ID))
		publish(topic, 3, 4)
		require.Equal(w, numbers(1, 2), received[news](w, a))
		require.Equal(w, numbers(1, 4), received[news](w, b))
		require.False(w, topic.Forget(a.ID))
		end(w, b)
		require.False(w, topic.Forget(b.ID))
	})
}

// The same while others are publishing: once Forget has returned, the mailbox gets
// nothing more.
func TestE5_ForgettingWhileOthersPublish(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.Quiet()
		topic := event.New[news](s)
		var stop atomic.Bool
		var published atomic.Int64
		others := w.Group()
		for range 4 {
			others.Go(func() {
				for !stop.Load() && published.Add(1) < 20_000 {
					topic.Publish(news{})
				}
			})
		}
		as := []harness.Actor{harness.NewActor(w, s), harness.NewActor(w, s)}
		addresses := address[*news](w, as[1])
		for range 100 {
			require.NoError(w, observe(w, as[0], topic))
			require.NoError(w, event.ObserveAs(topic, addresses, event.Map(func(e news) *news { return &e })))
			for _, a := range as {
				require.True(w, topic.Forget(a.ID))
				before := waiting(w, a)
				topic.Publish(news{})
				after := waiting(w, a)
				require.Equal(w, before.ByType["event_test.news"], after.ByType["event_test.news"])
				require.Equal(w, before.ByType["*event_test.news"], after.ByType["*event_test.news"])
			}
		}
		stop.Store(true)
		others.Wait()
	})
}

// waiting is what is known of an actor once it waits: as long as it looks at what has
// come, what it has in its hands is not counted.
func waiting(w *world, a harness.Actor) proc.Info {
	for {
		if info, _ := a.Info(); info.State == proc.Receiving {
			return info
		}
		w.GiveWay()
	}
}

// A closed queue receives nothing more, wakes those who wait, and has counted what was in
// it.
func TestE5_ClosingAQueueIsFinal(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		topic := event.New[news](s)
		q := topic.Queue(5, event.DropOldest)
		publish(topic, 1, 7)
		q.Close()
		q.Close()
		publish(topic, 8, 9)
		_, err := q.Receive(w.Context())
		require.ErrorIs(w, err, event.ErrQueueClosed)
		require.Equal(w, uint64(7), q.Dropped())
		require.Zero(w, topic.Info().Observers)
		for range q.Events(w.Context()) {
			w.Fatal("an event of a closed queue")
		}

		q = topic.Queue(5, event.DropOldest)
		one, two := receiving(w, w.Context(), q), receiving(w, w.Context(), q)
		w.Settle()
		q.Close()
		require.ErrorIs(w, harness.Value(w, one).err, event.ErrQueueClosed)
		require.ErrorIs(w, harness.Value(w, two).err, event.ErrQueueClosed)
	})
}
