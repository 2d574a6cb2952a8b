package proc_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// floodSelectors are selectors that refuse messages of which there are always
// more: looking at one sends the next.
func floodSelectors(self *proc.Self[any]) map[string]sel.MessageSelector[int] {
	more := func(int) bool {
		self.Pid().Send(1)
		return false
	}
	return map[string]sel.MessageSelector[int]{
		"predicate": sel.Message[int]().Where(more),
		"several":   sel.Or(sel.Case(func(string) int { return 0 }), sel.Message[int]().Where(more)),
	}
}

// R4: a receive without time looks once at what is there, though more comes while
// it looks.
func TestR4_NoTimeLooksOnceInAFlood(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		got := make(chan error, 2)
		pid := proc.Spawn(w.System(), func(self *proc.Self[any]) error {
			for _, s := range floodSelectors(self) {
				self.Pid().Send(1)
				_, err := proc.ReceiveWithin(self, 0, s)
				got <- err
			}
			return nil
		})
		for range 2 {
			require.Equal(w, proc.TimeoutInterrupt{}, harness.Value(w, got))
		}
		harness.Ended(w, pid.ID)
	})
}

// R4: a limit ends a receive that is kept looking. (With real time only: looking
// takes no virtual time.)
func TestR4_TheLimitHoldsInAFlood(t *testing.T) {
	harness.Production(t, func(w *harness.World) {
		got := make(chan error, 3)
		s := w.System()
		pid := proc.Spawn(s, func(self *proc.Self[any]) error {
			for _, s := range floodSelectors(self) {
				self.Pid().Send(1)
				_, err := proc.ReceiveWithin(self, time.Millisecond, s)
				got <- err
			}
			return nil
		})
		for range 2 {
			require.Equal(w, proc.TimeoutInterrupt{After: time.Millisecond}, harness.Value(w, got))
		}
		harness.Ended(w, pid.ID)

		// The same by type, from outside: messages of another type that never end.
		stop, stopped := make(chan struct{}), make(chan struct{})
		receiver := proc.Spawn(s, func(self *proc.Self[any]) error {
			_, err := proc.ReceiveWithin(self, time.Millisecond, sel.Message[string]())
			got <- err
			return nil
		})
		go func() {
			defer close(stopped)
			for {
				select {
				case <-stop:
					return
				default:
					receiver.Send(1)
				}
			}
		}()
		require.Equal(w, proc.TimeoutInterrupt{After: time.Millisecond}, harness.Value(w, got))
		close(stop)
		<-stopped
	})
}
