package event_test

import (
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/event"
	"github.com/harkgo/hark/pkg/proc"
)

// A late observer gets the last events that the topic keeps, as many as it asks for,
// and then those that follow.
func TestE6_LateObserversGetTheLastEvents(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for _, c := range []struct{ keep, published, last, first int }{
			{0, 5, 3, 6}, {3, 0, 3, 1}, {3, 2, 3, 1}, {3, 3, 3, 1}, {3, 7, 3, 5}, {3, 8, 2, 7},
			{3, 9, 1, 9}, {3, 9, 100, 7}, {3, 9, 0, 10}, {3, 9, -1, 10}, {-1, 9, 3, 10},
		} {
			s := w.System()
			topic := event.New[news](s, event.Keep(c.keep))
			publish(topic, 1, c.published)
			a := observing(w, s, topic, event.Last(c.last))
			b := harness.NewActor(w, s)
			all := event.Map(func(e news) news { return e })
			require.NoError(w, event.ObserveAs(topic, address[news](w, b), all, event.Last(c.last)))
			q := topic.Queue(100, event.DropNewest, event.Last(c.last))
			r := event.QueueAs(topic, 100, event.DropNewest, all, event.Last(c.last))
			publish(topic, c.published+1, c.published+2)
			want := numbers(c.first, c.published+2)
			require.Equal(w, want, received[news](w, a), c)
			require.Equal(w, want, received[news](w, b), c)
			require.Equal(w, want, held(w, q), c)
			require.Equal(w, want, held(w, r), c)
		}
	})
}

// Who observes while others publish has neither a gap nor an event twice, wherever it
// begins.
func TestE6_NoGapAndNoDuplicateWhileOthersPublish(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		const publishers, keep = 3, 50
		s := w.Quiet()
		topic := event.New[news](s, event.Keep(keep))
		publish(topic, 0, 0) // so that there is one
		var stop atomic.Bool
		others := w.Group()
		for from := 1; from <= publishers; from++ {
			others.Go(func() {
				for n := 0; !stop.Load() && n < 20_000; n++ {
					topic.Publish(news{from, n})
					if n%100 == 0 {
						w.GiveWay()
					}
				}
			})
		}
		whole := event.Map(func(e news) news { return e })
		slow := event.Map(func(e news) news { w.GiveWay(); return e })
		var actors []harness.Actor
		for i := range 60 {
			a := harness.NewActor(w, s)
			var err error
			switch i % 3 {
			case 0:
				err = observe(w, a, topic, event.Last(keep))
			case 1:
				err = event.ObserveAs(topic, address[news](w, a), whole, event.Last(keep))
			case 2:
				err = event.ObserveAs(topic, address[news](w, a), slow, event.Last(keep))
			}
			require.NoError(w, err)
			if i >= 6 {
				topic.Forget(actors[i-6].ID)
			}
			actors = append(actors, a)
		}
		stop.Store(true)
		others.Wait()
		for i, a := range actors {
			next := map[int]int{}
			got := received[news](w, a)
			require.NotEmpty(w, got, i)
			for _, e := range got {
				if n, known := next[e.From]; known {
					require.Equal(w, n, e.N, "observer %d, publisher %d", i, e.From)
				}
				next[e.From] = e.N + 1
			}
		}
	})
}

// What is published while a replay is being chosen comes after it, and Forget in the
// midst of one ends it.
func TestE6_EventsDuringAReplayWait(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for _, forget := range []bool{false, true} {
			s := w.System()
			topic := event.New[news](s, event.Keep(10))
			publish(topic, 1, 3)
			a := harness.NewActor(w, s)
			begun, release := make(chan struct{}), make(chan struct{})
			var once sync.Once
			f := event.Map(func(e news) news {
				if e.N == 2 {
					once.Do(func() { close(begun); <-release })
				}
				return e
			})
			to := address[news](w, a)
			registered := harness.Async(w, func() error { return event.ObserveAs(topic, to, f, event.Last(10)) })
			harness.Value(w, begun)
			publish(topic, 4, 5) // waits for nobody
			require.Empty(w, received[news](w, a))
			if forget {
				require.True(w, topic.Forget(a.ID))
			}
			close(release)
			require.NoError(w, harness.Value(w, registered))
			publish(topic, 6, 6)
			if forget {
				require.Empty(w, received[news](w, a))
			} else {
				require.Equal(w, numbers(1, 6), received[news](w, a))
			}
		}
	})
}

// An observer that registers in the midst of a publishing gets that event once.
func TestE6_RegisteringWhileAnEventIsBeingChosen(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		topic := event.New[news](s, event.Keep(10))
		begun, release := make(chan struct{}), make(chan struct{})
		var once sync.Once
		first := event.QueueAs(topic, 10, event.DropNewest, event.Map(func(e news) news {
			once.Do(func() { close(begun); <-release })
			return e
		}))
		published := harness.Async(w, func() error { return topic.TryPublish(news{N: 1}) })
		harness.Value(w, begun)
		plain := topic.Queue(10, event.DropNewest, event.Last(10))
		whole := event.Map(func(e news) news { return e })
		mapped := event.QueueAs(topic, 10, event.DropNewest, whole, event.Last(10))
		gone := event.QueueAs(topic, 10, event.DropNewest, whole)
		gone.Close()
		close(release)
		require.NoError(w, harness.Value(w, published))
		late := event.QueueAs(topic, 10, event.DropNewest, whole, event.Last(10))
		for _, q := range []*event.Queue[news]{first, plain, mapped, late} {
			require.Equal(w, numbers(1, 1), held(w, q))
		}
	})
}

// A topic keeps no more than it was told to, and nothing when it is closed.
func TestE6_OnlyTheLastAreKept(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		a := harness.NewActor(w, w.System())
		topic := harness.Do(w, a, func(self *proc.Self[order]) *event.Topic[news] {
			return event.New[news](self, event.Keep(4))
		})
		publish(topic, 1, 3)
		require.Equal(w, 3, topic.Info().Kept)
		publish(topic, 4, 9)
		require.Equal(w, 4, topic.Info().Kept)
		end(w, a)
		require.Zero(w, topic.Info().Kept)
	})
}
