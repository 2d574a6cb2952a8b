package proc_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// A message that another receive takes begins a new limit, in a loop as elsewhere.
func TestLoop_AMessageBeginsANewLimit(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		if !w.Bubble {
			w.Skip("needs virtual time")
		}
		const limit = 10 * time.Second
		type state struct{ latest time.Time }
		idle := make(chan time.Duration, 1)
		turn := func(self *proc.Self[any], in *state) error {
			for {
				for { // what is urgent comes first
					if _, err := proc.ReceiveWithin(self, 0, sel.Message[string]()); err != nil {
						break
					}
					in.latest = self.System().Now()
				}
				_, err := proc.ReceiveOrHibernate(self, limit, sel.Any(), nil)
				switch err.(type) {
				case nil:
					in.latest = self.System().Now()
				case proc.TimeoutInterrupt:
					idle <- self.System().Now().Sub(in.latest)
					return nil
				default:
					return err
				}
			}
		}
		loop := proc.NewLoop(turn)
		s := w.System()
		for name, body := range map[string]func(self *proc.Self[any]) error{
			"with a goroutine": func(self *proc.Self[any]) error { return turn(self, &state{self.System().Now()}) },
			"in a loop":        func(self *proc.Self[any]) error { return loop.Enter(state{self.System().Now()}) },
		} {
			pid := proc.Spawn(s, body)
			proc.Spawn(s, func(self *proc.Self[any]) error {
				err := self.Sleep(9 * time.Second)
				pid.Send("urgent")
				return err
			})
			require.Equal(w, limit, harness.Value(w, idle), name)
		}
	})
}
