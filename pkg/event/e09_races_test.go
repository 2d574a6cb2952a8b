package event_test

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/event"
)

// Each of several that wait is woken, however events come while they begin to wait.
func TestE9_NoWakeUpIsLost(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		rounds := w.Sized(20_000, 2_000, 20)
		topic := event.New[int](w.System())
		q := topic.Queue(10, event.DropNewest)
		got := make(chan int, 10)
		for range 2 {
			go func() {
				for n := range q.Events(w.Context()) {
					got <- n
				}
			}()
		}
		for range rounds {
			topic.Publish(1)
			topic.Publish(2)
			require.Equal(w, 3, harness.Value(w, got)+harness.Value(w, got))
		}
		topic.Close()
	})
}

// What was published before the topic was closed is received, by one that begins to
// wait at that moment too.
func TestE9_TheLastEventIsReceived(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.Quiet()
		for i := range w.Sized(10_000, 1_000, 10) {
			topic := event.New[int](s)
			q := topic.Queue(10, event.DropNewest)
			begun := make(chan struct{})
			got := harness.Async(w, func() int {
				close(begun)
				n, err := q.Receive(w.Context())
				if err != nil {
					return -1
				}
				return n
			})
			harness.Value(w, begun)
			topic.Publish(i)
			topic.Close()
			require.Equal(w, i, harness.Value(w, got))
		}
	})
}

// The same where the owner ends: what was published is received, and after a receiver
// has been told of the end nothing is published.
func TestE9_TheLastEventOfAnOwnerIsReceived(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.Quiet()
		for range w.Sized(100, 50, 3) {
			owner := harness.NewActor(w, s)
			topic := owned(w, owner)
			q := topic.Queue(1<<20, event.DropNewest)
			begun := make(chan struct{})
			got := harness.Async(w, func() int {
				n := 0
				for {
					if _, err := q.Receive(w.Context()); err != nil {
						if !errors.Is(err, event.ErrClosed) {
							return -1
						}
						return n
					}
					if n++; n == 10 {
						close(begun)
					}
				}
			})
			published := harness.Async(w, func() int {
				n := 0
				for topic.TryPublish(news{}) == nil {
					n++
				}
				return n
			})
			harness.Value(w, begun)
			owner.Kill()
			require.Equal(w, harness.Value(w, published), harness.Value(w, got))
		}
	})
}
