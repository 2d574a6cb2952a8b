package sim_test

import (
	"testing"
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sim"
)

// buy withdraws the price of something; an answer that does not come is asked for
// again.
func buy(self *proc.Self[int], account proc.Pid[Withdraw]) error {
	for {
		_, err := proc.CallWithin(self, time.Second, account, func(r proc.ReplyTo[bool]) Withdraw { return Withdraw{40, r} })
		if _, late := err.(proc.TimeoutInterrupt); !late {
			return err
		}
	}
}

// Between the customer and the account there is a network, which may lose what is sent.
// The run fails whenever that happens to a reply: the customer pays twice. No schedule
// shows it.
func ExampleSim_Fault() {
	var t *testing.T // of the test
	sim.Check(t, func(s *sim.Sim) {
		sys := s.System()
		s.Fault(sim.Drop(sim.Between(sim.Titled("customer"), sim.Titled("account"))))
		balance := 100
		pid := proc.Spawn(sys, account(&balance), proc.Titled("account"))
		customer := proc.Spawn(sys, func(self *proc.Self[int]) error { return buy(self, pid) }, proc.Titled("customer"))
		proc.Join(s.Context(), customer.ID)
		if balance != 60 {
			s.Fatalf("there are %d left", balance)
		}
	})
}

// Faults of several kinds, each as often and where it is to be.
func ExampleFault() {
	var t *testing.T // of the test
	sim.Check(t, func(s *sim.Sim) {
		workers := sim.Titled("worker *")
		s.Fault(
			sim.Kill(workers), // one of them, at some time
			sim.Kill(workers).When(sim.Gets[Withdraw]()).Nth(3),     // with the third request that they get
			sim.Crash(workers).When(sim.Passes("half-way")),         // at s.Point("half-way")
			sim.FailStart(sim.Any()).AtMost(2),                      // before it is up
			sim.Pause(workers, time.Minute).Chance(0.01).AtMost(10), // now and then
			sim.Delay(sim.Between(sim.Any(), workers), time.Second), // what is under way
			sim.Duplicate(sim.OneWay(sim.Outside(), workers)),       // across a network
		)
		// … start them, drive them, look at what has come of it
	})
}
