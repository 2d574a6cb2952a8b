package proc_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

// A process accepts what it is sent until its end has begun: it may be alive still
// then.
func TestAccepting_UntilTheEndBegins(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s, end := w.System(), make(chan struct{})
		spawn := func() (proc.Pid[string], <-chan struct{}) {
			unwinds := make(chan struct{})
			return proc.Spawn(s, func(self *proc.Self[string]) error {
				defer func() {
					if self.Err() != nil {
						close(unwinds)
						<-end
					}
				}()
				_, err := self.Receive()
				return err
			}), unwinds
		}
		pid, unwinds := spawn()
		w.Settle()
		require.True(w, pid.Accepting())
		pid.Shutdown(proc.ExitNormally{})
		harness.Value(w, unwinds)
		require.True(w, pid.Alive())
		require.False(w, pid.Accepting())
		require.Error(w, pid.TrySend("late"))
		close(end)
		harness.Value(w, pid.Done())
		require.False(w, pid.Accepting())

		pid, _ = spawn()
		w.Settle()
		pid.Kill()
		require.False(w, pid.Accepting())
		require.False(w, proc.ID{}.Accepting())
		require.False(w, proc.Named(s, proc.NewName[string]("nobody")).Accepting())
	})
}
