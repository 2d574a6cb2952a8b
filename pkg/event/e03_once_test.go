package event_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/event"
	"github.com/harkgo/hark/pkg/proc"
)

// Whoever registers twice gets each event once.
func TestE3_RegisteringTwiceCountsOnce(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		topic := event.New[news](s)
		a := observing(w, s, topic)
		require.NoError(w, observe(w, a, topic))
		require.NoError(w, topic.Add(address[news](w, a)))
		require.Equal(w, 1, topic.Info().Observers)
		publish(topic, 1, 3)
		require.Equal(w, numbers(1, 3), received[news](w, a))
		require.True(w, topic.Forget(a.ID))
		require.False(w, topic.Forget(a.ID))
		publish(topic, 4, 5)
		require.Empty(w, received[news](w, a))
		// And it may come back.
		require.NoError(w, observe(w, a, topic))
		publish(topic, 6, 6)
		require.Equal(w, numbers(6, 6), received[news](w, a))
	})
}

// The last registration says how events come; no event is lost or comes twice by it.
func TestE3_TheLastRegistrationCounts(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		topic := event.New[news](s, event.Keep(10))
		a := observing(w, s, topic)
		publish(topic, 1, 2)
		even := event.Where(func(e news) bool { return e.N%2 == 0 })
		require.NoError(w, event.ObserveAs(topic, address[news](w, a), even, event.Last(10)))
		publish(topic, 3, 6)
		require.NoError(w, event.ObserveAs(topic, address[int](w, a), event.Map(func(e news) int { return e.N }), event.Last(10)))
		publish(topic, 7, 8)
		require.Equal(w, append(numbers(1, 2), news{N: 4}, news{N: 6}), received[news](w, a))
		require.Equal(w, []int{7, 8}, received[int](w, a))
		require.NoError(w, observe(w, a, topic, event.Last(10)))
		publish(topic, 9, 9)
		require.Equal(w, numbers(9, 9), received[news](w, a))
		require.Equal(w, 1, topic.Info().Observers)
	})
}

// Two topics do not know of each other, and two queues are two observers.
func TestE3_TopicsAndQueuesAreEachTheirOwn(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		one, two := event.New[news](s), event.New[news](s)
		a := observing(w, s, one)
		require.NoError(w, observe(w, a, two))
		p, q := one.Queue(9, event.DropNewest), one.Queue(9, event.DropNewest)
		publish(one, 1, 2)
		publish(two, 3, 4)
		require.Equal(w, numbers(1, 4), received[news](w, a))
		require.Equal(w, numbers(1, 2), held(w, p))
		require.Equal(w, numbers(1, 2), held(w, q))
		require.True(w, one.Forget(a.ID))
		publish(one, 5, 5)
		publish(two, 6, 6)
		require.Equal(w, numbers(6, 6), received[news](w, a))
	})
}

// A pid that is looked up stands for the process that it leads to when it registers.
func TestE3_ANamedPidIsTheProcessOfThatMoment(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		topic := event.New[order](s)
		name := proc.NewName[order]("observer")
		named := proc.Named(s, name)
		require.ErrorIs(w, topic.Add(named), proc.OtherProcessNotRunning{ID: named.ID, Reason: proc.ExitUnknown{}})
		a := harness.NewActor(w, s, proc.Registered(name))
		require.NoError(w, topic.Add(named))
		require.NoError(w, topic.Add(a))
		require.NoError(w, topic.Add(named))
		require.NoError(w, topic.Add(proc.Named(s, name)))
		require.Equal(w, 1, topic.Info().Observers)
		got := make(chan proc.ID, 2)
		tell := func(self *proc.Self[order]) *harness.End { got <- self.ID(); return nil }
		topic.Publish(tell)
		require.Equal(w, a.ID, harness.Value(w, got))
		end(w, a)

		b := harness.NewActor(w, s, proc.Registered(name)) // its successor has to register
		topic.Publish(tell)
		require.Zero(w, topic.Info().Observers)
		require.NoError(w, topic.Add(named))
		topic.Publish(tell)
		require.Equal(w, b.ID, harness.Value(w, got))
		require.True(w, topic.Forget(named.ID))
		topic.Publish(tell)
		harness.Pending(w, got, "what was to be told once")
	})
}

// A process that has ended, or none, is no observer.
func TestE3_OnlyTheLivingObserve(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		topic := event.New[news](s, event.Titled("the news"))
		a := harness.NewActor(w, s)
		to := address[news](w, a)
		harness.Leave(a, errBroken)
		harness.Ended(w, a.ID)
		err := topic.Add(to)
		require.ErrorIs(w, err, errBroken)
		require.ErrorContains(w, err, "observe topic the news: ")
		err = event.ObserveAs(topic, to, event.Map(func(e news) news { return e }))
		require.ErrorIs(w, err, errBroken)
		require.Error(w, topic.Add(proc.Pid[news]{}))
		require.Zero(w, topic.Info().Observers)
	})
}
