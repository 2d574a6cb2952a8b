package proc_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

// C7: AwaitWithin has a limit of its own, or none; a task that was not awaited to
// its end can be awaited again.
func TestC7_AwaitWithin(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System(proc.WithCallTimeout(time.Millisecond))
		release, seen := make(chan struct{}), make(chan error, 3)
		proc.Spawn(s, func(self *proc.Self[int]) error {
			task := proc.Go(self, func(context.Context) (string, error) {
				<-release
				return "done", nil
			})
			_, err := task.AwaitWithin(self, 2*time.Millisecond)
			seen <- err
			_, err = task.Await(self)
			seen <- err
			close(release)
			_, err = task.AwaitWithin(self, -1)
			seen <- err
			return nil
		})
		require.Equal(w, proc.TimeoutInterrupt{After: 2 * time.Millisecond}, harness.Value(w, seen))
		require.Equal(w, proc.TimeoutInterrupt{After: time.Millisecond}, harness.Value(w, seen))
		require.NoError(w, harness.Value(w, seen))
	})
}

// S5: a task that goes on when the system has stopped is logged as a warning.
func TestS5_AbandonedTaskIsAWarning(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := systemAlone(w, proc.WithStopTimeout(time.Millisecond))
		release, started := make(chan struct{}), make(chan struct{})
		proc.Spawn(s, func(self *proc.Self[int]) error {
			proc.Go(self, func(context.Context) (int, error) {
				close(started)
				<-release
				return 0, nil
			})
			_, err := self.Receive()
			return err
		})
		harness.Value(w, started)
		err := s.Stop(context.Background())
		require.ErrorContains(w, err, "task of !1")
		require.Len(w, loggingWith(w, `"level":"warn"`, "task"), 1)
		close(release)
	})
}

// I6: the stack of a panic begins where it panicked.
func TestI6_TheStackBeginsAtThePanic(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		pid := proc.Spawn(w.System(), func(*proc.Self[int]) error { panic("here") })
		reason := harness.Ended(w, pid.ID).(proc.ExitPanic)
		first, _, _ := strings.Cut(reason.Stack, "\n")
		require.Contains(w, first, "TestI6_TheStackBeginsAtThePanic")
	})
}
