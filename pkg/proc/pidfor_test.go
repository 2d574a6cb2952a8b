package proc_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// A process can be sent what is no M of it where it has made the address itself:
// it lies in the mailbox in its order, and is received selectively.
func TestDecided_PidFor(t *testing.T) {
	type news struct{ n int }
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		addresses := make(chan proc.Pid[news], 1)
		heard := make(chan any, 10)
		pid := proc.Spawn(s, func(self *proc.Self[string]) error {
			addresses <- proc.PidFor[news](self)
			m, err := self.Receive() // leaves the news where they are
			if err != nil {
				return err
			}
			heard <- m
			for range 2 {
				n, err := proc.Receive(self, sel.Message[news]())
				if err != nil {
					return err
				}
				heard <- n
			}
			return nil
		})
		to := harness.Value(w, addresses)
		require.Equal(w, pid.ID, to.ID)
		to.Send(news{1})
		require.NoError(w, to.TrySend(news{2}))
		pid.Send("a message")
		require.Equal(w, any("a message"), harness.Value(w, heard))
		require.Equal(w, any(news{1}), harness.Value(w, heard))
		require.Equal(w, any(news{2}), harness.Value(w, heard))
		require.Equal(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))
		require.Error(w, to.TrySend(news{3}))

		// It does not change what the process accepts.
		_, ok := proc.PidOf[news](pid.ID)
		require.False(w, ok)
	})
}
