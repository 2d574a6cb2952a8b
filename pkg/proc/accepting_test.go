package proc_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
)

// A process accepts what it is sent until its end has begun: it may be alive still
// then.
func TestAccepting_UntilTheEndBegins(t *testing.T) {
	everywhere(t, func(w *world) {
		s, end := w.system(), make(chan struct{})
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
		w.settle()
		require.True(w, pid.Accepting())
		pid.Shutdown(proc.ExitNormally{})
		value(w, unwinds)
		require.True(w, pid.Alive())
		require.False(w, pid.Accepting())
		require.Error(w, pid.TrySend("late"))
		close(end)
		value(w, pid.Done())
		require.False(w, pid.Accepting())

		pid, _ = spawn()
		w.settle()
		pid.Kill()
		require.False(w, pid.Accepting())
		require.False(w, proc.ID{}.Accepting())
		require.False(w, proc.Named(s, proc.NewName[string]("nobody")).Accepting())
	})
}
