package proc_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// What has been taken begins the limit anew, though what another kind of receive takes after
// it is refused.
func TestLoop_RefuseAfterAPlainReceive(t *testing.T) {
	type st struct{ idle chan time.Time }
	loop := proc.NewLoop(func(self *proc.Self[any], i **st) error {
		for {
			_, err := proc.ReceiveOrHibernate(self, time.Second, sel.Any(), nil)
			switch err.(type) {
			case nil:
			case proc.TimeoutInterrupt:
				(*i).idle <- self.System().Now()
				continue
			default:
				return err
			}
			// handled; and something else that comes with it is not
			other, err := proc.Receive(self, sel.Except())
			if err != nil {
				return err
			}
			proc.Refuse(self, other)
		}
	})
	harness.Everywhere(t, func(w *harness.World) {
		if !w.Bubble {
			return
		}
		i := &st{idle: make(chan time.Time, 1)}
		pid := proc.Spawn(w.System(), func(*proc.Self[any]) error { return loop.Enter(i) })
		time.Sleep(900 * time.Millisecond)
		begin := time.Now()
		pid.Send("handled")
		pid.Send(1)
		require.Equal(w, time.Second, harness.Value(w, i.idle).Sub(begin))
	})
}
