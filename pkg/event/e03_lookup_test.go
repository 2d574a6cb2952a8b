package event_test

import (
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/event"
	"github.com/harkgo/hark/pkg/proc"
)

// A name that moves on to another process, or is free, does not take the observer with
// it: who was registered gets the events, the other one does not.
func TestE3_ANameThatMovesOn(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		topic := event.New[news](s)
		a, b := harness.NewActor(w, s), harness.NewActor(w, s)
		toA, toB := address[news](w, a), address[news](w, b)
		name := proc.NewName[news]("observer")
		require.NoError(w, proc.Register(s, name, toA))
		require.NoError(w, topic.Add(proc.Named(s, name)))
		proc.Unregister(s, name)
		publish(topic, 1, 1)
		require.NoError(w, proc.Register(s, name, toB))
		publish(topic, 2, 2)
		require.Equal(w, numbers(1, 2), received[news](w, a))
		require.Empty(w, received[news](w, b))

		// The other one is an observer of its own.
		require.NoError(w, topic.Add(proc.Named(s, name)))
		publish(topic, 3, 3)
		require.Equal(w, numbers(3, 3), received[news](w, a))
		require.Equal(w, numbers(3, 3), received[news](w, b))
		require.Equal(w, 2, topic.Info().Observers)
	})
}

// The same where the program looks up, and where Contramaps lie before and behind it.
func TestE3_AFindThatLeadsElsewhere(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		topic := event.New[news](s)
		a, b := harness.NewActor(w, s), harness.NewActor(w, s)
		var to atomic.Pointer[proc.Pid[int]]
		lead := func(a harness.Actor, add int) {
			pid := proc.Contramap(address[int](w, a), func(n int) int { return n + add })
			to.Store(&pid)
		}
		lead(a, 10)
		var asked atomic.Int64
		via := proc.Contramap(proc.Via(s, func() (proc.Pid[int], bool) {
			asked.Add(1)
			return *to.Load(), true
		}), func(e news) int { return e.N })
		require.NoError(w, topic.Add(via))
		lead(b, 20)
		before := asked.Load()
		publish(topic, 1, 2)
		require.Equal(w, before, asked.Load(), "nothing is looked up while the topic is locked")
		require.Equal(w, []int{11, 12}, received[int](w, a))
		require.Empty(w, received[int](w, b))

		require.NoError(w, event.ObserveAs(topic, via, event.Where(func(e news) bool { return e.N == 4 })))
		publish(topic, 3, 4)
		require.Equal(w, []int{13, 14}, received[int](w, a))
		require.Equal(w, []int{24}, received[int](w, b))
	})
}

// One that ends while an event is being sent to it leaves that event to nobody: not to
// the one that has its name by then.
func TestE3_ASuccessorGetsNothing(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		topic := event.New[news](s)
		a := harness.NewActor(w, s)
		name := proc.NewName[int]("observer")
		require.NoError(w, proc.Register(s, name, address[int](w, a)))
		sending, release := make(chan struct{}), make(chan struct{})
		require.NoError(w, topic.Add(proc.Contramap(proc.Named(s, name), func(e news) int {
			close(sending)
			<-release
			return e.N
		})))
		published := harness.Async(w, func() error { return topic.TryPublish(news{N: 1}) })
		harness.Value(w, sending)
		end(w, a)
		b := harness.NewActor(w, s)
		require.NoError(w, proc.Register(s, name, address[int](w, b)))
		close(release)
		require.NoError(w, harness.Value(w, published))
		require.Empty(w, received[int](w, b))
		require.Zero(w, topic.Info().Observers)
	})
}
