package proc_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// A task tells its end once for each Notify, before or after it, with what its
// function returned or how it panicked, and also to a full mailbox.
func TestC7_ATaskTellsItsEnd(t *testing.T) {
	broken := errors.New("broken")
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		got := make(chan proc.TaskEnded[int], 10)
		go1 := make(chan struct{})
		pid := proc.Spawn(s, func(self *proc.Self[string]) error {
			slow := proc.Go(self, func(context.Context) (int, error) { <-go1; return 1, nil })
			slow.Notify(self)
			failed := proc.Go(self, func(context.Context) (int, error) { return 2, broken })
			_, _ = failed.Await(self)
			failed.Notify(self)
			failed.Notify(self)
			panicked := proc.Go(self, func(context.Context) (int, error) { panic("oh") })
			panicked.Notify(self)
			proc.Task[int]{}.Notify(self)
			self.Pid().Send("fills the mailbox")
			close(go1)
			refs := []proc.Ref{slow.Ref, failed.Ref, failed.Ref, panicked.Ref, {}}
			for _, ref := range refs {
				e, err := proc.Receive(self, sel.Message[proc.TaskEnded[int]]().Where(func(e proc.TaskEnded[int]) bool { return e.Ref == ref }))
				if err != nil {
					return err
				}
				got <- e
			}
			return nil
		}, proc.Bounded(1, proc.Reject))
		require.Equal(w, 1, harness.Value(w, got).Value)
		for range 2 {
			e := harness.Value(w, got)
			require.Equal(w, 2, e.Value)
			require.Equal(w, broken, e.Err)
		}
		p, ok := errors.AsType[proc.ExitPanic](harness.Value(w, got).Err)
		require.True(w, ok)
		require.Equal(w, "oh", p.Value)
		require.ErrorIs(w, harness.Value(w, got).Err, proc.ExitUnknown{})
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))
	})
}

// A process that has ended is not told, and that is no dead letter.
func TestC7_ATaskThatEndsAfterItsProcess(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		pid := proc.Spawn(s, func(self *proc.Self[string]) error {
			proc.Go(self, func(ctx context.Context) (int, error) { <-ctx.Done(); return 1, nil }).Notify(self)
			return nil
		})
		harness.Ended(w, pid.ID)
		require.NoError(w, s.Stop(context.Background()))
		require.Empty(w, s.Counters().DeadLetters)
	})
}
