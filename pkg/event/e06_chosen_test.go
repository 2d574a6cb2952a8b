package event_test

import (
	"runtime"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/event"
)

// The last events of an observer that chooses are the last that it chooses, oldest first,
// and no more are asked about than it takes to find them.
func TestE6_TheLastOfThoseThatAreChosen(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		topic := event.New[news](w.System(), event.Keep(20))
		publish(topic, 1, 30) // 11 to 30 are kept
		for _, c := range []struct{ every, last, oldest, asked int }{
			{1, 3, 28, 3},
			{5, 3, 20, 11},
			{5, 1, 30, 1},
			{5, 4, 15, 16},
			{5, 9, 15, 20},
			{7, 2, 21, 10},
			{1, 1 << 40, 11, 20},
		} {
			asked := 0
			q := event.QueueAs(topic, 100, event.DropOldest, event.Where(func(e news) bool {
				asked++
				return e.N%c.every == 0
			}), event.Last(c.last))
			var want []news
			for n := c.oldest; n <= 30; n += c.every {
				want = append(want, news{N: n})
			}
			require.Equal(w, want, held(w, q))
			require.Equal(w, c.asked, asked)
			q.Close()
		}
	})
}

// A replay whose function ends its goroutine has not happened at all, and neither has the
// registration; one that was made meanwhile holds.
func TestE6_AReplayThatIsGivenUp(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for _, again := range []bool{false, true} {
			topic := event.New[news](w.System(), event.Keep(10))
			publish(topic, 1, 3)
			a := harness.NewActor(w, w.System())
			to := address[news](w, a)
			begun, release := make(chan struct{}), make(chan struct{})
			var once sync.Once
			f := event.Map(func(e news) news {
				if e.N == 2 {
					once.Do(func() { close(begun); <-release; runtime.Goexit() })
				}
				return e
			})
			done := make(chan struct{})
			go func() { defer close(done); _ = event.ObserveAs(topic, to, f, event.Last(10)) }()
			harness.Value(w, begun)
			if again {
				require.NoError(w, topic.Add(to))
			}
			publish(topic, 4, 4)
			close(release)
			harness.Value(w, done)
			publish(topic, 5, 5)
			if again {
				require.Equal(w, numbers(4, 5), received[news](w, a))
				continue
			}
			require.Empty(w, received[news](w, a))
			require.Zero(w, topic.Info().Observers)
		}
	})
}
