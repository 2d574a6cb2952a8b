package proc_test

import (
	"context"
	"errors"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

// Start returns when the process says that it is up, with what it says.
func TestStart_ReturnsWhatTheProcessSays(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		pid, answer, err := proc.Start(context.Background(), s, func(self *proc.Self[string], up proc.ReplyTo[int]) error {
			up.Reply(42)
			_, err := self.Receive()
			return err
		}, proc.Titled("answerer"))
		require.NoError(w, err)
		require.Equal(w, 42, answer)
		require.True(w, pid.Alive())
		pid.Send("go")
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))
	})
}

// A process that ends before it is up is a failed start, whatever its reason; one
// that says it is up and ends at once has started.
func TestStart_WhoEndsFirstHasNotStarted(t *testing.T) {
	broken := errors.New("broken")
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		pid, _, err := proc.Start(context.Background(), s, func(*proc.Self[string], proc.ReplyTo[int]) error { return broken })
		require.ErrorIs(w, err, broken)
		down, ok := errors.AsType[proc.OtherProcessNotRunning](err)
		require.True(w, ok)
		require.Equal(w, pid.ID, down.ID)

		_, _, err = proc.Start(context.Background(), s, func(*proc.Self[string], proc.ReplyTo[int]) error { return nil })
		require.ErrorIs(w, err, proc.ExitNormally{})

		for range 1000 {
			_, n, err := proc.Start(context.Background(), s, func(_ *proc.Self[string], up proc.ReplyTo[int]) error {
				up.Reply(7)
				return broken
			})
			require.NoError(w, err)
			require.Equal(w, 7, n)
		}

		name := proc.NewName[string]("taken")
		holder := proc.Spawn(s, func(self *proc.Self[string]) error { _, err := self.Receive(); return err }, proc.Registered(name))
		_, _, err = proc.Start(context.Background(), s, func(*proc.Self[string], proc.ReplyTo[int]) error { return nil }, proc.Registered(name))
		taken, ok := errors.AsType[proc.NameTaken](err)
		require.True(w, ok, "%v", err)
		require.Equal(w, holder.ID, taken.Holder)
	})
}

// Who gives up waiting leaves nothing behind: by an interrupt, a shutdown, the end
// of its context.
func TestStart_WhoGivesUpLeavesNothing(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		begun := make(chan proc.ID, 1)
		slow := func(self *proc.Self[string], _ proc.ReplyTo[int]) error {
			begun <- self.ID()
			_, err := self.Receive()
			return err
		}

		ctx, cancel := context.WithCancelCause(context.Background())
		failed := make(chan error, 1)
		go func() {
			_, _, err := proc.Start(ctx, s, slow)
			failed <- err
		}()
		child := harness.Value(w, begun)
		gone := errors.New("the client has gone")
		cancel(gone)
		require.ErrorIs(w, harness.Value(w, failed), gone)
		require.Equal(w, "nobody waits for its start any more", harness.Ended(w, child).(proc.ExitNormallyWith).Detail)

		for _, end := range []func(proc.ID){
			func(id proc.ID) { id.Interrupt(proc.NormalExitRequested{}) },
			func(id proc.ID) { id.Shutdown(proc.ExitNormally{}) },
			proc.ID.Kill,
		} {
			parent := proc.Spawn(s, func(self *proc.Self[string]) error {
				_, _, err := proc.Start(self, self, slow, proc.Owned())
				return err
			})
			child := harness.Value(w, begun)
			end(parent.ID)
			harness.Ended(w, parent.ID)
			harness.Ended(w, child)
		}
	})
}

// A process that, before it is up, calls who waits for that learns so at once.
func TestStart_ARingFailsAtOnce(t *testing.T) {
	type question struct{ reply proc.ReplyTo[int] }
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System(proc.WithCallTimeout(-1))
		parent := proc.Spawn(s, func(self *proc.Self[question]) error {
			_, _, err := proc.Start(self, self, func(child *proc.Self[string], up proc.ReplyTo[int]) error {
				n, err := proc.Call(child, self.Pid(), func(r proc.ReplyTo[int]) question { return question{r} })
				if err != nil {
					return err
				}
				up.Reply(n)
				return nil
			})
			return err
		})
		ring, ok := errors.AsType[proc.CallRing](harness.Ended(w, parent.ID))
		require.True(w, ok)
		require.Len(w, ring.Members, 2)
	})
}
