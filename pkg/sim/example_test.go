package sim_test

import (
	"fmt"
	"testing"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sim"
)

// Withdraw asks an account for an amount; the answer says whether it was there.
type Withdraw struct {
	Amount int
	Reply  proc.ReplyTo[bool]
}

// account is a process with a balance.
func account(balance *int) func(self *proc.Self[Withdraw]) error {
	return func(self *proc.Self[Withdraw]) error {
		for m, err := range self.Messages() {
			if err != nil {
				return err
			}
			enough := *balance >= m.Amount
			if enough {
				*balance -= m.Amount
			}
			m.Reply.Reply(enough)
		}
		return nil
	}
}

func TestAccount(t *testing.T) {
	sim.Check(t, func(s *sim.Sim) {
		sys := s.System()
		balance, paid := 100, 0
		pid := proc.Spawn(sys, account(&balance), proc.Titled("account"))
		s.Invariant("no overdraft", func() error {
			if balance < 0 {
				return fmt.Errorf("the balance is %d", balance)
			}
			return nil
		})
		for range 3 {
			proc.Spawn(sys, func(self *proc.Self[int]) error {
				ok, err := proc.Call(self, pid, func(r proc.ReplyTo[bool]) Withdraw { return Withdraw{40, r} })
				if ok {
					paid += 40
				}
				return err
			}, proc.Titled("customer"))
		}
		s.Settle()
		if paid != 80 || balance != 20 {
			s.Fatalf("paid %d, left %d", paid, balance)
		}
	})
}

// A test that runs under a thousand schedules. It is an ordinary test:
//
//	func TestAccount(t *testing.T) {
func ExampleCheck() {
	var t *testing.T // of the test
	sim.Check(t, func(s *sim.Sim) {
		sys := s.System()
		balance := 100
		pid := proc.Spawn(sys, account(&balance), proc.Titled("account"))
		s.Invariant("no overdraft", func() error {
			if balance < 0 {
				return fmt.Errorf("the balance is %d", balance)
			}
			return nil
		})
		for range 3 {
			proc.Spawn(sys, func(self *proc.Self[int]) error {
				_, err := proc.Call(self, pid, func(r proc.ReplyTo[bool]) Withdraw { return Withdraw{40, r} })
				return err
			}, proc.Titled("customer"))
		}
		s.Settle()
		if balance != 20 {
			s.Fatalf("there are %d left", balance)
		}
	})
}

// A strategy of one's own: the youngest goes first.
type youngest struct{ sim.Strategy }

func (youngest) String() string { return "youngest" }

func (youngest) Choose(options []sim.Step) int {
	best := 0
	for i, o := range options {
		if o.Actor > options[best].Actor {
			best = i
		}
	}
	return best
}

func ExampleStrategies() {
	var t *testing.T // of the test
	sim.Check(t, func(s *sim.Sim) { s.Settle() }, sim.Strategies(youngest{sim.Random()}, sim.PCT(3)))
}

func TestStrategies_OnesOwn(t *testing.T) {
	sim.Check(t, func(s *sim.Sim) {
		order := ""
		for _, name := range []string{"a", "b", "c"} {
			s.Go(func() { order += name })
		}
		s.Settle()
		if order != "cba" {
			s.Fatalf("the order is %s", order)
		}
	}, sim.Strategies(youngest{sim.Random()}))
}

// All schedules of a small test, not some of them. Its threads share no variables, but
// only what they send: so it is Isolated, and far fewer schedules have to be run.
func ExampleExhaustive() {
	var t *testing.T // of the test
	sim.Check(t, func(s *sim.Sim) {
		sys := s.System()
		other := proc.Spawn(sys, func(self *proc.Self[int]) error { _, err := self.Receive(); return err })
		watcher := proc.Spawn(sys, func(self *proc.Self[int]) error {
			ref := self.Monitor(other.ID) // before it ends, or after
			_, err := proc.Receive(self, proc.SelectDown(ref))
			return err
		})
		other.Send(1)
		if _, err := proc.Join(s.Context(), watcher.ID); err != nil {
			s.Fatalf("the watcher waits for ever: %v", err)
		}
	}, sim.Exhaustive(), sim.Isolated())
}

func TestExhaustive_OfTheExample(t *testing.T) {
	sim.Check(t, func(s *sim.Sim) {
		pid := proc.Spawn(s.System(), func(self *proc.Self[int]) error { _, err := self.Receive(); return err })
		pid.Send(1)
		if _, err := proc.Join(s.Context(), pid.ID); err != nil {
			s.Fatalf("%v", err)
		}
	}, sim.Exhaustive(sim.Preemptions(2), sim.Schedules(1000)), sim.Isolated())
}
