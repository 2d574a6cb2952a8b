package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

type beat struct{ n int }

const timerLanes = legend + ` step         at  the test      !1 drum       !2 drummer
    1         0s  o------------>|                             begins !1 drum
    2         0s  |             =                             receives sim.beat
    3         0s  o-------------|------------>|               begins !2 drummer
    4         0s  |             |             =               receives sim.beat
    5         0s  =             |             |               waits
    6         1s  |             |<------------@               its timer of 1s sends sim.beat{1}, wakes it
    7         1s  |             =             |               receives sim.beat
    8         2s  |             |<------------@               its timer of 1s sends sim.beat{1}, wakes it
    9         2s  |             =             |               receives sim.beat
   10       2.5s  |             |             @               its timer of 2.5s sends sim.beat{2}, wakes it
   12       2.5s  |             |             =               sleeps
   13         3s  |             |<------------@               its timer of 1s sends sim.beat{1}, wakes it
   14         3s  |             =             |               receives sim.beat
   15       3.5s  |             |             @               has slept for 1s
   17       3.5s  ^             |             |               may go on
   17       3.5s  |             |             #               is over
   18       3.5s  =             |                             waits
   19         8s  |             @                             its limit of 5s is over: receives sim.beat
   21         8s  ^             |                             may go on
   21         8s  |             #                             is over
   23       1m8s  @                                           has slept for 1m0s
   24       1m8s  X                                           FAILS: it is late
   7 of 62 events are not among its causes; -sim.trace shows all
`

// Timers are in the lane of who has set them, and say what they send, or which limit they
// are.
func TestLanes_Timers(t *testing.T) {
	r := failing(t, func(s *Sim) {
		sys := s.System()
		drum := proc.Spawn(sys, func(self *proc.Self[beat]) error {
			for range 3 {
				if _, err := self.Receive(); err != nil {
					return err
				}
			}
			_, err := proc.ReceiveWithin(self, 5*time.Second, sel.Message[beat]())
			return err
		}, proc.Titled("drum"))
		drummer := proc.Spawn(sys, func(self *proc.Self[beat]) error {
			proc.SendEvery(self, time.Second, drum, beat{1})
			proc.SendAfter(self, 2500*time.Millisecond, self.Pid(), beat{2})
			if _, err := self.Receive(); err != nil {
				return err
			}
			return self.Sleep(time.Second)
		}, proc.Titled("drummer"))
		_, _ = proc.Join(s.Context(), drummer.ID)
		_, _ = proc.Join(s.Context(), drum.ID)
		s.Sleep(time.Minute)
		s.Fatalf("it is late")
	})
	require.Equal(t, timerLanes, pictureIn(r))
}
