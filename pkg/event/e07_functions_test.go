package event_test

import (
	"runtime"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/event"
	"github.com/harkgo/hark/pkg/proc"
)

// An observer gets what its function makes of those events that it chooses.
func TestE7_EventsAreChosenAndMapped(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		topic := event.New[news](s)
		a := harness.NewActor(w, s)
		odd := func(e news) (string, bool) { return string(rune('a' + e.N)), e.N%2 == 1 }
		require.NoError(w, event.ObserveAs(topic, address[string](w, a), odd))
		q := event.QueueAs(topic, 10, event.DropNewest, odd)
		publish(topic, 1, 6)
		require.Equal(w, []string{"b", "d", "f"}, received[string](w, a))
		require.Equal(w, []string{"b", "d", "f"}, held(w, q))
	})
}

// A function may make nil of an event.
func TestE7_AMappedNilIsReceived(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		topic := event.New[news](w.System())
		q := event.QueueAs(topic, 10, event.DropNewest, event.Map(func(news) error { return nil }))
		publish(topic, 1, 1)
		e, err := q.Receive(w.Context())
		require.NoError(w, err)
		require.NoError(w, e)
	})
}

// A panic in a function is logged, and harms neither the publisher nor other
// observers; this one gets its next event.
func TestE7_APanicHarmsNobody(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for _, owned := range []bool{false, true} {
			w.Logs.Reset()
			s := w.System()
			topic := event.New[news](s, event.Titled("the news"), event.Keep(10))
			if owned {
				owner := harness.NewActor(w, s, proc.Titled("owner"))
				topic = harness.Do(w, owner, func(self *proc.Self[order]) *event.Topic[news] {
					return event.New[news](self, event.Titled("the news"), event.Keep(10))
				})
			}
			f := event.Where(func(e news) bool {
				if e.N == 2 {
					panic("no twos")
				}
				return true
			})
			q := event.QueueAs(topic, 10, event.DropNewest, f)
			other := topic.Queue(10, event.DropNewest)
			publish(topic, 1, 3)
			late := event.QueueAs(topic, 10, event.DropNewest, f, event.Last(10))
			want := []news{{N: 1}, {N: 3}}
			require.Equal(w, want, held(w, q))
			require.Equal(w, want, held(w, late))
			require.Equal(w, numbers(1, 3), held(w, other))
			w.Eventually("each panic has been logged", func() bool { return len(w.Logs.Find("panic", "no twos")) == 2 })
			line := w.Logs.Find("panic", "no twos")[0]
			require.True(w, line.Has("topic", "the news"))
			require.Contains(w, line.Fields["stack"], "TestE7_APanicHarmsNobody")
			if owned {
				require.Equal(w, "owner", line.Title)
			}
		}
	})
}

// A function that ends the goroutine it runs in, the publisher's, has that event not
// published; the topic goes on.
func TestE7_AFunctionThatCallsGoexit(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		topic := event.New[news](s, event.Keep(10))
		f := event.Where(func(e news) bool {
			if e.N == 2 {
				runtime.Goexit()
			}
			return true
		})
		q := event.QueueAs(topic, 10, event.DropNewest, f)
		other := topic.Queue(10, event.DropNewest)
		for _, e := range numbers(1, 3) {
			done := make(chan struct{})
			go func() { defer close(done); topic.Publish(e) }()
			harness.Value(w, done)
		}
		want := []news{{N: 1}, {N: 3}}
		require.Equal(w, want, held(w, q))
		require.Equal(w, want, held(w, other))

		// In a replay it has the process not observe: there would be a gap.
		q.Close()
		publish(topic, 2, 2)
		publish(topic, 4, 4)
		a := harness.NewActor(w, s)
		to := address[news](w, a)
		done := make(chan struct{})
		go func() { defer close(done); _ = event.ObserveAs(topic, to, f, event.Last(10)) }()
		harness.Value(w, done)
		publish(topic, 5, 5)
		require.Empty(w, received[news](w, a))
		require.Equal(w, 1, topic.Info().Observers)
	})
}

// A function may use the topic: what it publishes comes before the event that it was
// asked about.
func TestE7_AFunctionMayUseTheTopic(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		topic := event.New[news](s, event.Keep(10))
		other := topic.Queue(10, event.DropNewest)
		a, b := observing(w, s, topic), harness.NewActor(w, s)
		toB := address[news](w, b)
		q := event.QueueAs(topic, 10, event.DropNewest, event.Map(func(e news) news {
			switch e.N {
			case 1:
				topic.Publish(news{N: -1})
			case 2:
				topic.Forget(a.ID)
				require.NoError(w, topic.Add(toB))
				require.NoError(w, event.ObserveAs(topic, toB, event.Map(func(e news) news { return e })))
				_ = topic.Info()
			}
			return e
		}))
		publish(topic, 1, 3)
		want := []news{{N: -1}, {N: 1}, {N: 2}, {N: 3}}
		require.Equal(w, want, held(w, q))
		require.Equal(w, want, held(w, other))
		require.Equal(w, want[:2], received[news](w, a))
		require.Equal(w, want[2:], received[news](w, b))
		q.Close()

		// In a replay too.
		q = event.QueueAs(topic, 10, event.DropNewest, event.Map(func(e news) news {
			if e.N == 3 {
				topic.Publish(news{N: 4})
			}
			return e
		}), event.Last(2))
		require.Equal(w, numbers(2, 4), held(w, q))

		q.Close()
		q = event.QueueAs(topic, 10, event.DropNewest, event.Where(func(e news) bool {
			topic.Close()
			return true
		}))
		require.ErrorIs(w, topic.TryPublish(news{N: 5}), event.ErrClosed)
		require.Empty(w, held(w, q))
	})
}

// A function of a Contramap runs in the publisher as well, and a panic of it is logged.
func TestE7_APanicInAContramap(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		topic := event.New[news](s)
		a := harness.NewActor(w, s)
		require.NoError(w, topic.Add(proc.Contramap(address[int](w, a), func(e news) int {
			if e.N == 2 {
				panic("no twos")
			}
			return e.N
		})))
		b := observing(w, s, topic)
		publish(topic, 1, 3)
		require.Equal(w, []int{1, 3}, received[int](w, a))
		require.Equal(w, numbers(1, 3), received[news](w, b))
		w.Eventually("the panic has been logged", func() bool { return len(w.Logs.Find("panic", "no twos")) == 1 })
	})
}
