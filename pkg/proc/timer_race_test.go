package proc_test

import (
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// Nothing of a process's timers is sent once its end has been seen, though they
// fire just then (C6, L4).
func TestC6_TimersFireAsOwnerEnds(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System(proc.WithLogger(zerolog.Nop()))
		var after atomic.Pointer[string]
		other := proc.Spawn(s, func(self *proc.Self[any]) error {
			dead := map[proc.ID]bool{}
			for {
				m, err := proc.Receive(self, sel.Any())
				if err != nil {
					return nil
				}
				switch m := m.(type) {
				case proc.ID: // the owner of the ticks
					if dead[m] {
						text := "a tick of " + m.String() + " after its end"
						after.Store(&text)
					}
				case proc.Pid[int]:
					self.Monitor(m.ID)
				case proc.ProcessDown:
					dead[m.ID] = true
				}
			}
		})
		const rounds, timers = 300, 50
		for range rounds {
			monitored := make(chan struct{})
			owner := proc.Spawn(s, func(self *proc.Self[int]) error {
				<-monitored
				for range timers {
					proc.SendAfter(self, 10*time.Microsecond, other, any(self.ID()))
				}
				return self.Sleep(10 * time.Microsecond)
			})
			other.Send(owner)
			close(monitored)
			harness.Ended(w, owner.ID)
		}
		done := make(chan struct{})
		other.Send(proc.Spawn(s, func(*proc.Self[int]) error { <-done; return nil }))
		close(done)
		w.Eventually("all has been received", func() bool {
			info, _ := other.Info()
			return info.Mailbox == 0 && info.State == proc.Receiving
		})
		if text := after.Load(); text != nil {
			require.Fail(w, *text)
		}
	})
}
