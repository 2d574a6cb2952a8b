package event_test

import (
	"context"
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/event"
	"github.com/harkgo/hark/pkg/proc"
)

// Who waits gets the next event; its context ends the waiting.
func TestE9_WaitingEndsWithAnEventOrTheContext(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		topic := event.New[news](w.System(), event.Titled("the news"))
		q := topic.Queue(5, event.DropOldest)
		got := receiving(w, w.Context(), q)
		harness.Pending(w, got, "the waiting")
		publish(topic, 1, 1)
		require.Equal(w, result[news]{e: news{N: 1}}, harness.Value(w, got))

		ctx, cancel := context.WithCancelCause(w.Context())
		got = receiving(w, ctx, q)
		harness.Pending(w, got, "the waiting")
		cancel(errBroken)
		err := harness.Value(w, got).err
		require.ErrorIs(w, err, errBroken)
		require.ErrorIs(w, err, context.Canceled)
		require.EqualError(w, err, "receive from a queue of topic the news: context canceled: broken")

		// An ended context receives nothing, though there is something.
		publish(topic, 2, 2)
		_, err = q.Receive(ctx)
		require.ErrorIs(w, err, errBroken)
		require.Equal(w, 1, q.Len())

		limited, stop := context.WithTimeout(w.Context(), time.Millisecond)
		defer stop()
		held(w, q)
		_, err = q.Receive(limited)
		require.ErrorIs(w, err, context.DeadlineExceeded)
	})
}

// A sequence says by its last pair that the context has ended, and ends without a word
// when the topic does, after the last event.
func TestE9_HowASequenceEnds(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		topic := event.New[news](w.System())
		q := topic.Queue(10, event.DropOldest)
		ctx, cancel := context.WithCancel(w.Context())
		defer cancel()
		publish(topic, 1, 4)
		got := []string{}
		for e, err := range q.Events(ctx) {
			got = append(got, fmt.Sprint(e.N, err != nil))
			if e.N == 3 {
				cancel()
			}
		}
		require.Equal(w, []string{"1 false", "2 false", "3 false", "0 true"}, got)

		// Leaving the loop loses nothing.
		publish(topic, 5, 6)
		got = nil
		for e, err := range q.Events(w.Context()) {
			require.NoError(w, err)
			got = append(got, fmt.Sprint(e.N))
			break
		}
		topic.Close()
		for e, err := range q.Events(w.Context()) {
			require.NoError(w, err)
			got = append(got, fmt.Sprint(e.N))
		}
		require.Equal(w, []string{"4", "5", "6"}, got)
		_, err := q.Receive(w.Context())
		require.ErrorIs(w, err, event.ErrClosed)
		require.Zero(w, q.Dropped())
	})
}

// All who wait are woken: by events one each, by the end all.
func TestE9_ManyWaitOnOneQueue(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		const n = 20
		topic := event.New[news](w.System())
		q := topic.Queue(n, event.DropOldest)
		got := make(chan result[news], 2*n)
		for range 2 * n {
			go func() {
				e, err := q.Receive(w.Context())
				got <- result[news]{e, err}
			}()
		}
		w.Settle()
		publish(topic, 1, n)
		seen := map[int]bool{}
		for range n {
			r := harness.Value(w, got)
			require.NoError(w, r.err)
			seen[r.e.N] = true
		}
		require.Len(w, seen, n)
		harness.Pending(w, got, "another receive")
		topic.Close()
		for range n {
			require.ErrorIs(w, harness.Value(w, got).err, event.ErrClosed)
		}
	})
}

// The context may be a process: its shutdown ends the waiting. An interrupt does not,
// and is not lost.
func TestE9_WaitingInAProcess(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		topic := event.New[news](s)
		q := topic.Queue(5, event.DropOldest)
		a := harness.NewActor(w, s)
		failed := make(chan error, 1)
		begun := make(chan struct{}, 1)
		receive := func(self *proc.Self[order]) error {
			begun <- struct{}{}
			_, err := q.Receive(self)
			return err
		}
		got := harness.Begin(a, receive)
		harness.Value(w, begun)
		a.Interrupt(proc.ErrorInterrupt{Err: errBroken})
		publish(topic, 1, 1)
		require.NoError(w, harness.Value(w, got))
		require.ErrorIs(w, harness.Ended(w, a.ID), errBroken)

		b := harness.NewActor(w, s)
		b.Send(func(self *proc.Self[order]) *harness.End {
			err := receive(self)
			failed <- err
			return &harness.End{Err: err}
		})
		harness.Value(w, begun)
		b.Shutdown(proc.ExitNormallyWith{Detail: "enough"})
		require.ErrorIs(w, harness.Value(w, failed), proc.ExitNormallyWith{Detail: "enough"})
	})
}

// A queue that is let go of is forgotten, though nobody closes it, and has no goroutine.
func TestE9_AnAbandonedQueueIsForgotten(t *testing.T) {
	harness.Production(t, func(w *world) {
		topic := event.New[news](w.System())
		w.Settle() // that of the runtime which cleans up counts while it does
		before := harness.Goroutines()
		for i := range 100 {
			q := topic.Queue(1000, event.DropOldest)
			r := event.QueueAs(topic, 1000, event.DropOldest, event.Map(func(e news) int { return e.N }))
			publish(topic, 1, 10)
			require.Equal(w, 10, q.Len(), i)
			require.Equal(w, 10, r.Len(), i)
		}
		w.Eventually("there is no goroutine for them", func() bool { return harness.Goroutines() <= before })
		w.Eventually("they are forgotten", func() bool {
			runtime.GC()
			publish(topic, 1, 1)
			return topic.Info().Observers == 0
		})
	})
}

// A topic that is let go of is collected though its owner lives, and queues still find
// out that the owner has ended.
func TestE9_AnAbandonedTopicIsCollected(t *testing.T) {
	harness.Production(t, func(w *world) {
		a := harness.NewActor(w, w.Quiet())
		collected := make(chan struct{}, 10)
		harness.Do(w, a, func(self *proc.Self[order]) error {
			for range 10 {
				topic := event.New[*[1 << 16]byte](self, event.Keep(100))
				runtime.AddCleanup(topic, func(struct{}) { collected <- struct{}{} }, struct{}{})
				topic.Publish(new([1 << 16]byte))
				topic.Queue(1, event.DropOldest)
				if err := topic.Observe(self); err != nil {
					return err
				}
			}
			return nil
		})
		n := 0
		w.Eventually("all are collected", func() bool {
			runtime.GC()
			for {
				select {
				case <-collected:
					n++
				default:
					return n == 10
				}
			}
		})
	})
}
