package lock

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sim"
)

// handOver has ada end, who holds the lock, while bob and eve ask for it. Bob does not
// wait for it. Eve is to get it, in whichever order that happens.
func handOver(s *sim.Sim, run func(*proc.Self[Acquire]) error) {
	sys := s.System()
	lock := proc.Spawn(sys, run, proc.Titled("lock"))
	ada := proc.Spawn(sys, func(self *proc.Self[Granted]) error {
		lock.Send(Acquire{self.Pid()})
		for {
			if _, err := self.Receive(); err != nil {
				return err
			}
		}
	}, proc.Titled("ada"))
	s.Settle() // ada has it

	proc.Spawn(sys, func(self *proc.Self[Granted]) error {
		lock.Send(Acquire{self.Pid()})
		return nil
	}, proc.Titled("bob"))
	eve := proc.Spawn(sys, func(self *proc.Self[Granted]) error {
		lock.Send(Acquire{self.Pid()})
		_, err := self.Receive()
		return err
	}, proc.Titled("eve"))
	ada.Shutdown(proc.ExitNormally{})
	_, err := proc.Join(s.Context(), eve.ID)
	require.NoError(s, err)
	s.Settle() // or those that are left would be stopped in the midst of all that they do
}

func TestLock(t *testing.T) {
	sim.Check(t, func(s *sim.Sim) { handOver(s, Run) }, sim.Exhaustive(), sim.Isolated(), sim.Instant())
}
