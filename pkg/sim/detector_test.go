package sim_test

import (
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sim"
)

// A wait that hides from the race detector is none of its business: neither in the
// body, nor in a process, nor in a thread of the test's own.
func TestCheck_AWaitGroupIsNoRace(t *testing.T) {
	sim.Check(t, func(s *sim.Sim) {
		sys := s.System()
		var begun, all sync.WaitGroup
		n := 0
		begun.Add(1)
		all.Add(2)
		adds := proc.Spawn(sys, func(self *proc.Self[int]) error {
			defer all.Done()
			begun.Wait()
			more, err := self.Receive()
			n += more
			return err
		})
		s.Go(func() {
			defer all.Done()
			s.Sleep(1)
			begun.Wait()
			s.Logf("the thread goes on")
		})
		adds.Send(1)
		s.Settle()
		begun.Done()
		all.Wait()
		require.Equal(s, 1, n)
	}, sim.Runs(50))
}
