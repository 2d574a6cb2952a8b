package event_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/event"
	"github.com/harkgo/hark/pkg/proc"
)

// Publishing does not wait for observers: not for one that is busy, not for one whose
// mailbox is full, not for a queue that nobody reads.
func TestE2_PublishWaitsForNobody(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		topic := event.New[news](s)
		busy := observing(w, s, topic)
		full := harness.NewActor(w, s, proc.Bounded(3, proc.Reject))
		require.NoError(w, observe(w, full, topic))
		sliding := harness.NewActor(w, s, proc.Bounded(3, proc.DropOldest))
		require.NoError(w, observe(w, sliding, topic))
		q := topic.Queue(3, event.DropOldest)
		release := make(chan struct{})
		for _, a := range []harness.Actor{busy, full, sliding} {
			begun := make(chan struct{})
			a.Send(func(*proc.Self[order]) *harness.End { close(begun); <-release; return nil })
			harness.Value(w, begun)
		}
		publish(topic, 1, 10)
		// What it has published is there when it has returned.
		info, _ := busy.Info()
		require.Equal(w, 10, info.Mailbox)
		require.Equal(w, numbers(8, 10), held(w, q))
		close(release)
		require.Equal(w, numbers(1, 10), received[news](w, busy))
		require.Equal(w, uint64(7), topic.Info().Refused)
		require.Equal(w, uint64(10), topic.Info().Published)
		w.Settle()
		require.Zero(w, s.Counters().DeadLetters["mailbox full"])
	})
}

// An observer may publish on the topic, and observe and forget, when it has received an
// event.
func TestE2_AnObserverMayPublish(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		topic := event.New[news](s)
		done := make(chan struct{})
		ready := make(chan error)
		proc.Spawn(s, func(self *proc.Self[news]) error {
			ready <- topic.Observe(self)
			for e, err := range self.Messages() {
				if err != nil {
					return err
				}
				if e.N == 10 {
					topic.Forget(self.ID())
					close(done)
					return nil
				}
				topic.Publish(news{N: e.N + 1})
			}
			return nil
		})
		require.NoError(w, harness.Value(w, ready))
		q := topic.Queue(100, event.DropNewest)
		topic.Publish(news{N: 1})
		harness.Value(w, done)
		require.Equal(w, numbers(1, 10), held(w, q))
	})
}

// With no observer, publishing does nothing.
func TestE2_NobodyNeedObserve(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		topic := event.New[news](w.System())
		publish(topic, 1, 10)
		require.NoError(w, topic.TryPublish(news{}))
		require.Equal(w, event.Info{Title: "of event_test.news", Published: 11}, topic.Info())
	})
}
