package event_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/event"
)

// Who registers again while its replay is being chosen loses nothing by it: the replay
// comes first, then what was published until then, as it was to come, then the rest.
func TestE3_RegisteringAgainDuringAReplay(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for _, forget := range []bool{false, true} {
			s := w.System()
			topic := event.New[news](s, event.Keep(3))
			publish(topic, 1, 3)
			a := harness.NewActor(w, s)
			to := address[news](w, a)
			begun, release := make(chan struct{}), make(chan struct{})
			var once sync.Once
			from := func(n int) func(news) (news, bool) {
				return event.Map(func(e news) news { return news{n, e.N} })
			}
			first := event.Map(func(e news) news {
				if e.N == 2 {
					once.Do(func() { close(begun); <-release })
				}
				return news{1, e.N}
			})
			registered := harness.Async(w, func() error { return event.ObserveAs(topic, to, first, event.Last(3)) })
			harness.Value(w, begun)
			publish(topic, 4, 4)
			require.NoError(w, topic.Add(to, event.Last(3)))
			publish(topic, 5, 5)
			require.NoError(w, event.ObserveAs(topic, to, from(2), event.Last(3)))
			publish(topic, 6, 6)
			require.Empty(w, received[news](w, a))
			require.Equal(w, 1, topic.Info().Observers)
			if forget {
				require.True(w, topic.Forget(a.ID))
				require.NoError(w, topic.Add(to))
				publish(topic, 7, 7)
			}
			close(release)
			require.NoError(w, harness.Value(w, registered))
			publish(topic, 8, 8)
			if forget {
				require.Equal(w, []news{{0, 7}, {0, 8}}, received[news](w, a))
				continue
			}
			want := []news{{1, 1}, {1, 2}, {1, 3}, {1, 4}, {0, 5}, {2, 6}, {2, 8}}
			require.Equal(w, want, received[news](w, a))
		}
	})
}
