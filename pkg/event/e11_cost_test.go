package event_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/event"
)

// Publishing to a thousand observers makes a thousand sends and no more: one in each
// mailbox, and the event is boxed once for all of them.
func TestE11_PublishingCostsOneSendForEach(t *testing.T) {
	harness.Production(t, func(w *world) {
		const n = 1000
		s := w.Quiet()
		topic := event.New[news](s)
		actors := make([]harness.Actor, n)
		for i := range actors {
			actors[i] = observing(w, s, topic)
		}
		for _, a := range actors {
			received[news](w, a) // nothing
		}
		const runs = 20
		allocations := testing.AllocsPerRun(runs, func() { topic.Publish(news{1, 2}) })
		for _, a := range actors {
			info, _ := a.Info()
			require.Equal(w, map[string]int{"event_test.news": runs + 1}, info.ByType)
		}
		if !raceEnabled {
			require.Less(w, allocations, n/2.0, "mailboxes grow in pieces, and the event needs one")
		}
	})
}

// Where nothing has to grow, publishing allocates nothing: with no observer, with
// queues, with functions that refuse.
func TestE11_PublishingAllocatesNothingOfItsOwn(t *testing.T) {
	if raceEnabled {
		t.Skip("the race detector allocates")
	}
	harness.Production(t, func(w *world) {
		s := w.Quiet()
		topic := event.New[news](s, event.Keep(10))
		free := func(what string) {
			w.Helper()
			publish := func() { topic.Publish(news{1, 2}) }
			for range 20 {
				publish()
			}
			require.Zero(w, testing.AllocsPerRun(100, publish), what)
		}
		free("no observer")
		var queues []*event.Queue[news]
		for range 10 {
			queues = append(queues, topic.Queue(10, event.DropOldest))
		}
		free("queues")
		q := event.QueueAs(topic, 10, event.DropOldest, event.Where(func(e news) bool { return e.N == 3 }))
		free("a function that refuses")
		pointers := event.QueueAs(topic, 10, event.DropOldest, event.Map(func(e news) error { return nil }))
		free("a function that makes no value")
		for _, q := range queues {
			q.Close()
		}
		q.Close()
		pointers.Close()
	})
}

// Who has a thousand observers pays for them, and others do not: what a topic costs
// does not depend on other topics.
func BenchmarkPublish(b *testing.B) {
	for _, observers := range []int{0, 1, 1000} {
		b.Run(fmt.Sprint("queues=", observers), func(b *testing.B) {
			s := quietSystem(b)
			topic := event.New[news](s)
			queues := make([]*event.Queue[news], observers)
			for i := range queues {
				queues[i] = topic.Queue(16, event.DropOldest)
			}
			b.ReportAllocs()
			for b.Loop() {
				topic.Publish(news{1, 2})
			}
			for _, q := range queues {
				q.Close()
			}
		})
	}
}
