package event_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/event"
	"github.com/harkgo/hark/pkg/proc"
)

// A Contramap that blocks holds up who publishes on that topic, but a function of an
// observer that blocks only who has asked it; and other topics go on.
func TestE2_AContramapHoldsUpItsTopicAlone(t *testing.T) {
	harness.Production(t, func(w *world) {
		s := w.System()
		one, two := event.New[news](s), event.New[news](s)
		a := harness.NewActor(w, s)
		begun, release := make(chan struct{}, 1), make(chan struct{})
		block := func(e news) news {
			if e.N == 1 {
				begun <- struct{}{}
				<-release
			}
			return e
		}
		to := address[news](w, a)
		require.NoError(w, one.Add(proc.Contramap(to, block)))
		require.NoError(w, event.ObserveAs(two, to, event.Map(block)))
		first := harness.Async(w, func() error { return one.TryPublish(news{N: 1}) })
		harness.Value(w, begun)
		second := harness.Async(w, func() error { return one.TryPublish(news{N: 2}) })
		third := harness.Async(w, func() error { return two.TryPublish(news{N: 1}) })
		harness.Value(w, begun)
		publish(two, 3, 4)
		require.Equal(w, numbers(3, 4), received[news](w, a))
		select {
		case <-second:
			w.Fatal("it has not waited for the lock")
		default:
		}
		close(release)
		for _, published := range []<-chan error{first, second, third} {
			require.NoError(w, harness.Value(w, published))
		}
		require.Len(w, received[news](w, a), 3)
	})
}
