package event_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/event"
	"github.com/harkgo/hark/pkg/proc"
)

// Who was added by several pids is forgotten by each of them, wherever they lead now.
func TestE5_ForgettingByEachPidOfAnAdd(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		name := proc.NewName[news]("observer")
		for i := range 3 {
			topic := event.New[news](s)
			a := harness.NewActor(w, s)
			require.NoError(w, proc.Register(s, name, address[news](w, a)))
			pids := []proc.Pid[news]{proc.Named(s, name), proc.Named(s, name), address[news](w, a)}
			for _, pid := range pids {
				require.NoError(w, topic.Add(pid))
			}
			require.NoError(w, observe(w, a, topic))
			proc.Unregister(s, name)
			require.True(w, topic.Forget(pids[i].ID))
			for _, pid := range pids {
				require.False(w, topic.Forget(pid.ID))
			}
			publish(topic, 1, 1)
			require.Empty(w, received[news](w, a))
		}
	})
}

// A pid that has led to two processes, both of which were added by it, forgets the later
// one, also if the other one registers again; and the number of pids that are remembered
// has a limit, the last of them being kept.
func TestE5_APidStandsForTheLastThatWasAddedByIt(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.System()
		topic := event.New[news](s)
		name := proc.NewName[news]("observer")
		a, b := harness.NewActor(w, s), harness.NewActor(w, s)
		named := proc.Named(s, name)
		require.NoError(w, proc.Register(s, name, address[news](w, a)))
		require.NoError(w, topic.Add(named))
		proc.Unregister(s, name)
		require.NoError(w, proc.Register(s, name, address[news](w, b)))
		require.NoError(w, topic.Add(named))
		require.NoError(w, observe(w, a, topic))
		require.True(w, topic.Forget(named.ID))
		require.False(w, topic.Forget(named.ID))
		publish(topic, 1, 1)
		require.Equal(w, numbers(1, 1), received[news](w, a))
		require.Empty(w, received[news](w, b))

		var last proc.Pid[news]
		for range 100 {
			last = proc.Named(s, name)
			require.NoError(w, topic.Add(last))
		}
		require.True(w, topic.Forget(last.ID))
		require.Equal(w, 1, topic.Info().Observers)
	})
}
