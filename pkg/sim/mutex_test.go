package sim_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/seam"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sim"
)

// Who waits for a lock that is held where others run parks; and who locks it again
// and again starves nobody.
func TestCheck_ALockIsHeldWhereOthersRun(t *testing.T) {
	waited := false
	sim.Check(t, func(s *sim.Sim) {
		sys := s.System()
		var lock seam.Mutex
		lock.Init(sys.Scheduler())
		to := proc.Spawn(sys, func(self *proc.Self[int]) error {
			for range 3 {
				if _, err := self.Receive(); err != nil {
					return err
				}
			}
			return nil
		})
		inside, done := 0, false
		lockAndSend := func() {
			lock.Lock()
			defer lock.Unlock()
			inside++
			to.Send(1) // others run
			require.Equal(s, 1, inside, "two have the lock")
			inside--
		}
		s.Go(func() { // it goes on until the other one has had the lock
			for !done {
				lockAndSend()
				waited = waited || !done
			}
		})
		lockAndSend()
		done = true
		s.Settle()
	}, sim.Runs(100), sim.Strategies(sim.RoundRobin(), sim.Random()))
	require.True(t, waited)
}
