package sim_test

import (
	"testing"

	"github.com/harkgo/hark/pkg/event"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sim"
)

// A topic, or a server's description, may be part of a message: others use it at the
// same time, and it has a lock.
func TestSeal_WhatIsOfHark(t *testing.T) {
	type watch struct{ topic *event.Topic[int] }
	sim.Check(t, func(s *sim.Sim) {
		sys := s.System()
		topic := event.New[int](sys)
		late := proc.Spawn(sys, func(self *proc.Self[watch]) error {
			m, err := self.Receive()
			if err != nil {
				return err
			}
			return m.topic.Observe(self)
		})
		early := proc.Spawn(sys, func(self *proc.Self[int]) error {
			if err := topic.Observe(self); err != nil {
				return err
			}
			_, err := self.Receive()
			return err
		})
		late.Send(watch{topic})
		topic.Publish(1)
		early.Send(1)
		s.Settle()
	}, sim.Runs(100))
}
