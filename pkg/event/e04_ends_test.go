package event_test

import (
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/event"
	"github.com/harkgo/hark/pkg/proc"
)

// An observer that has ended, however, is none any more, though nobody says so; and
// publishing makes no dead letter of it.
func TestE4_AnEndRemovesTheObserver(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		ends := map[string]func(a harness.Actor){
			"returns":   func(a harness.Actor) { harness.Leave(a, nil) },
			"crashes":   func(a harness.Actor) { harness.Leave(a, errBroken) },
			"shut down": func(a harness.Actor) { a.Shutdown(proc.ExitNormally{}) },
			"killed":    func(a harness.Actor) { a.Kill() },
		}
		var letters atomic.Int64
		s := w.System(proc.WithDeadLetters(func(proc.DeadLetter) { letters.Add(1) }))
		topic := event.New[news](s)
		stays := observing(w, s, topic)
		n := 0
		for how, do := range ends {
			a := observing(w, s, topic)
			n++
			topic.Publish(news{N: n})
			require.Len(w, received[news](w, a), 1, how)
			do(a)
			harness.Ended(w, a.ID)
			n++
			topic.Publish(news{N: n})
			require.Equal(w, 1, topic.Info().Observers, how)
		}
		require.Equal(w, numbers(1, n), received[news](w, stays))
		require.Zero(w, letters.Load())
		require.Zero(w, topic.Info().Refused)
	})
}

// One that unwinds receives nothing more, and publishing makes no dead letter of it
// either.
func TestE4_AnUnwindingObserverIsNone(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		topic := event.New[news](s)
		a := observing(w, s, topic)
		unwinding, release := make(chan struct{}), make(chan struct{})
		a.Send(func(self *proc.Self[order]) *harness.End {
			defer func() { close(unwinding); <-release }()
			self.Exit(proc.ExitNormally{})
			return nil
		})
		harness.Value(w, unwinding)
		publish(topic, 1, 3)
		require.Empty(w, s.Counters().DeadLetters)
		close(release)
		harness.Ended(w, a.ID)
		require.Empty(w, s.Counters().DeadLetters)
	})
}

// An event that is in the mailbox at the end is a dead letter, as every message is.
func TestE4_UnreadEventsAreDeadLetters(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		topic := event.New[news](s)
		a := observing(w, s, topic)
		publish(topic, 1, 3)
		harness.Leave(a, nil)
		harness.Ended(w, a.ID)
		require.Equal(w, uint64(3), s.Counters().DeadLetters["unread at exit"])
	})
}

// A hundred thousand observers that come and go leave nothing behind, also where
// nothing is ever published; and there are never many more than those that live.
func TestE4_ShortLivedObserversLeaveNothing(t *testing.T) {
	harness.Production(t, func(w *world) {
		n := w.Sized(100_000, 10_000, 0)
		s := w.Quiet()
		topic := event.New[news](s, event.Keep(3))
		publish(topic, 1, 3)
		come := func(n int, plain bool) {
			ended := make(chan struct{})
			for range n {
				proc.Spawn(s, func(self *proc.Self[order]) error {
					defer func() { ended <- struct{}{} }()
					if plain {
						return topic.Observe(self, event.Last(2))
					}
					keep := func(news) bool { return self.Err() == nil }
					return event.ObserveAs(topic, proc.PidFor[news](self), event.Where(keep), event.Last(2))
				})
				harness.Value(w, ended)
			}
			w.Eventually("all have ended", func() bool {
				for range s.Processes() {
					return false
				}
				return true
			})
		}
		come(n/10, true)
		before := harness.Heap()
		come(n/2, true)
		come(n/2, false)
		require.Less(w, harness.Heap()-before, int64(1<<20), "bytes kept")
		require.Zero(w, topic.Info().Observers)
		runtime.KeepAlive(topic)
	})
}

// A crowd that has left has left its room.
func TestE4_ACrowdThatLeavesGivesItsRoomBack(t *testing.T) {
	harness.Production(t, func(w *world) {
		s := w.Quiet()
		topic := event.New[news](s)
		stays := observing(w, s, topic)
		before := harness.Heap()
		func() {
			queues := make([]*event.Queue[news], w.Sized(100_000, 10_000, 0))
			for i := range queues {
				queues[i] = topic.Queue(1, event.DropOldest)
			}
			publish(topic, 1, 1)
			for _, q := range queues {
				q.Close()
			}
		}()
		require.Less(w, harness.Heap()-before, int64(1<<20), "bytes kept")
		require.Equal(w, 1, topic.Info().Observers)
		publish(topic, 2, 2)
		require.Equal(w, numbers(1, 2), received[news](w, stays))
	})
}
