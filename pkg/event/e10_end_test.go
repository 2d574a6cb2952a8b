package event_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/event"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// owned is a topic of an actor.
func owned(w *world, a harness.Actor, opts ...event.Option) *event.Topic[news] {
	w.Helper()
	return harness.Do(w, a, func(self *proc.Self[order]) *event.Topic[news] { return event.New[news](self, opts...) })
}

// However its owner ends, a topic is closed when that is known: by the ProcessDown, by
// Done, and when Kill returns.
func TestE10_ATopicEndsWithItsOwner(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		ends := map[string]func(a harness.Actor){
			"returns":   func(a harness.Actor) { harness.Leave(a, nil) },
			"crashes":   func(a harness.Actor) { harness.Leave(a, errBroken) },
			"shut down": func(a harness.Actor) { a.Shutdown(proc.ExitNormally{}) },
			"killed":    func(a harness.Actor) { a.Kill() },
		}
		s := w.System()
		for how, do := range ends {
			a := harness.NewActor(w, s)
			topic := owned(w, a, event.Titled("the news"))
			watcher := observing(w, s, topic)
			q := topic.Queue(5, event.DropOldest)
			publish(topic, 1, 1)
			require.Equal(w, a.ID, topic.Info().Owner)
			waiting := receiving(w, w.Context(), topic.Queue(5, event.DropOldest))
			seen := harness.Begin(watcher, func(self *proc.Self[order]) error {
				if _, err := proc.Receive(self, proc.SelectDown(self.Monitor(a.ID))); err != nil {
					return err
				}
				return topic.TryPublish(news{N: 2})
			})
			do(a)
			if how == "killed" {
				require.True(w, topic.Closed())
			}
			err := harness.Value(w, seen)
			require.ErrorIs(w, err, event.ErrClosed, how)
			require.EqualError(w, err, "publish on topic the news: the topic is closed")
			require.True(w, topic.Closed())
			require.ErrorIs(w, harness.Value(w, waiting).err, event.ErrClosed, how)
			require.Equal(w, numbers(1, 1), received[news](w, watcher))
			require.Equal(w, numbers(1, 1), held(w, q))
			_, err = q.Receive(w.Context())
			require.ErrorIs(w, err, event.ErrClosed)
		}
	})
}

// An owner that unwinds may still publish, in its deferred functions.
func TestE10_AnUnwindingOwnerPublishes(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		a := harness.NewActor(w, s)
		topic := owned(w, a)
		q := topic.Queue(5, event.DropOldest)
		a.Send(func(self *proc.Self[order]) *harness.End {
			defer publish(topic, 1, 2)
			_, err := self.Receive()
			return &harness.End{Err: err}
		})
		w.Settle()
		a.Shutdown(proc.ExitNormally{})
		harness.Ended(w, a.ID)
		require.Equal(w, numbers(1, 2), held(w, q))
		require.True(w, topic.Closed())
	})
}

// A free-standing topic is there until it is closed, whatever ends besides.
func TestE10_AFreeTopicEndsWhenItIsClosed(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		topic := event.New[news](s, event.Keep(10), nil)
		a := observing(w, s, topic, nil, event.Last(1))
		q := topic.Queue(5, event.DropOldest)
		waiting := receiving(w, w.Context(), topic.Queue(5, event.DropOldest))
		w.Settle()
		topic.Close()
		topic.Close()
		require.ErrorIs(w, harness.Value(w, waiting).err, event.ErrClosed)
		publish(topic, 1, 3)
		require.ErrorIs(w, topic.TryPublish(news{}), event.ErrClosed)
		require.Empty(w, received[news](w, a))
		require.Equal(w, event.Info{Title: "of event_test.news", Closed: true, Late: 4}, topic.Info())

		// Nobody observes a closed topic any more.
		require.ErrorIs(w, observe(w, a, topic), event.ErrClosed)
		require.ErrorIs(w, topic.Add(address[news](w, a)), event.ErrClosed)
		require.False(w, topic.Forget(a.ID))
		_, err := topic.Queue(5, event.DropOldest, event.Last(2)).Receive(w.Context())
		require.ErrorIs(w, err, event.ErrClosed)
		q.Close()
	})
}

// The end of its system does not close a free-standing topic.
func TestE10_AFreeTopicOutlivesItsSystem(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		topic := event.New[news](s)
		observing(w, s, topic)
		q := event.QueueAs(topic, 5, event.DropOldest, event.Where(func(e news) bool {
			if e.N == 2 {
				panic("nobody hears this")
			}
			return true
		}))
		require.NoError(w, s.Stop(w.Context()))
		require.False(w, topic.Closed())
		publish(topic, 1, 2)
		require.Equal(w, numbers(1, 1), held(w, q))
		require.Equal(w, 1, topic.Info().Observers)
	})
}

// A topic of an owner that has ended is closed from the beginning.
func TestE10_ATopicOfAnEndedOwner(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		a := harness.NewActor(w, s)
		topics := make(chan *event.Topic[news], 1)
		begun, released := make(chan struct{}), make(chan struct{})
		a.Send(func(self *proc.Self[order]) *harness.End {
			close(begun)
			<-released
			topics <- event.New[news](self)
			return nil
		})
		harness.Value(w, begun)
		a.Kill()
		close(released)
		topic := harness.Value(w, topics)
		require.True(w, topic.Closed())
		require.ErrorIs(w, topic.TryPublish(news{}), event.ErrClosed)
		require.Panics(w, func() { event.New[news](nil) })
	})
}

// While many publish, an owner ends. Each observer has the same events, and a
// publisher that was told of the end has published nothing more.
func TestE10_AnOwnerEndsWhileOthersPublish(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for i := range 20 {
			s := w.Quiet()
			owner := harness.NewActor(w, s)
			topic := owned(w, owner)
			a := observing(w, s, topic)
			b := harness.NewActor(w, s)
			all := event.Map(func(e news) news { return e })
			require.NoError(w, event.ObserveAs(topic, address[news](w, b), all))
			q := topic.Queue(1<<20, event.DropNewest)
			const publishers = 4
			counts := make([]int, publishers)
			done := w.Group()
			for from := range publishers {
				done.Go(func() {
					for n := 0; topic.TryPublish(news{from, n}) == nil; n++ {
						counts[from] = n + 1
						if w.Bubble && n == 100*i {
							owner.Kill()
						}
					}
				})
			}
			if i%2 == 0 {
				harness.Leave(owner, nil)
			} else {
				owner.Kill()
			}
			done.Wait()
			harness.Ended(w, owner.ID)
			want := held(w, q)
			total := 0
			for _, n := range counts {
				total += n
			}
			require.Len(w, want, total)
			require.Equal(w, want, received[news](w, a))
			require.Equal(w, want, received[news](w, b))
			require.Equal(w, uint64(total), topic.Info().Published)
			require.Equal(w, uint64(publishers), topic.Info().Late)
		}
	})
}

// A topic is closed once Close has returned, also to those who publish meanwhile.
func TestE10_ClosingWhileOthersPublish(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for range 20 {
			s := w.Quiet()
			topic := event.New[news](s)
			a := observing(w, s, topic)
			published := harness.Async(w, func() int {
				for n := 0; ; n++ {
					if topic.TryPublish(news{N: n}) != nil {
						return n
					}
				}
			})
			if w.Bubble { // the publisher would go on for ever before time passes
				publish(topic, 0, 9)
			}
			topic.Close()
			before := harness.Do(w, a, func(self *proc.Self[order]) int { return len(drain(self, sel.Message[news]())) })
			n := harness.Value(w, published)
			require.Empty(w, received[news](w, a))
			if w.Bubble {
				n += 10
			}
			require.Equal(w, n, before)
		}
	})
}
