package sim_test

import (
	"testing"
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sim"
)

// A job that is done in the background is waited for; and the test is only worth
// something if the job is sometimes late.
func ExampleSim_Eventually() {
	var t *testing.T // of the test
	sim.Check(t, func(s *sim.Sim) {
		done, looked := false, false
		s.Sometimes("looked before it was done", nil)
		proc.Spawn(s.System(), func(self *proc.Self[int]) error {
			if err := self.Sleep(time.Second); err != nil {
				return err
			}
			if done = true; looked {
				s.Happened("looked before it was done")
			}
			return nil
		})
		s.Sleep(time.Second)
		looked = true
		s.Eventually("the job is done", func() bool { return done }, sim.WithinTime(5*time.Second))
	})
}

// Each order must be taken; what is left of the reports of progress does not matter.
func ExampleAllReceived() {
	type order struct{ n int }
	type progress struct{ percent int }
	var t *testing.T // of the test
	sim.Check(t, func(s *sim.Sim) {
		shop := proc.Spawn(s.System(), func(self *proc.Self[order]) error {
			for _, err := range self.Messages() {
				if err != nil {
					return err
				}
				proc.PidFor[progress](self).Send(progress{100})
			}
			return nil
		}, proc.Titled("shop"))
		shop.Send(order{1})
		shop.Send(order{2})
	}, sim.AllReceived(progress{}))
}

// Index is a message that is shared on purpose: whoever uses it holds a lock that is
// not part of it.
type Index struct{ entries map[string]int }

func ExampleShared() {
	var t *testing.T // of the test
	sim.Check(t, func(s *sim.Sim) {
		reader := proc.Spawn(s.System(), func(self *proc.Self[*Index]) error {
			_, err := self.Receive()
			return err
		})
		index := &Index{entries: map[string]int{}}
		reader.Send(index)
		index.entries["a"] = 1 // without the option, this makes the run fail
		s.Settle()
	}, sim.Shared(&Index{}))
}
