package sim

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
)

// A cleanup that waits in a loop for what does not come any more, since the run has
// failed, ends; those before it are run; and the failure is told.
func TestCleanup_OfARunThatHasFailed(t *testing.T) {
	for name, wait := range map[string]func(s *Sim){
		"sleeps":  func(s *Sim) { s.Sleep(time.Second) },
		"settles": func(s *Sim) { s.Settle() },
	} {
		t.Run(name, func(t *testing.T) {
			others := 0
			r := failing(t, func(s *Sim) {
				pid := idle[int](s.System(), "idle")
				s.Cleanup(func() { others++ })
				s.Cleanup(func() {
					for pid.Alive() {
						pid.Send(1)
						wait(s)
					}
				})
				s.Cleanup(func() { others++ })
				s.Fatalf("bad")
			})
			require.Equal(t, "bad", r.outcome.failure.what)
			require.Positive(t, others)
			require.Zero(t, others%2)
		})
	}
}

// Faults, and early timers, are for the body: a cleanup has none.
func TestCleanup_HasNoFaults(t *testing.T) {
	Check(t, func(s *Sim) {
		sys := s.System()
		s.EarlyTimers(time.Hour)
		s.Fault(Kill(Any()).Chance(0.2).AtMost(Unlimited), Pause(Any(), time.Hour).AtMost(5))
		idle[int](sys, "may be hit")
		s.Settle()
		s.Cleanup(func() {
			began := s.Now()
			p := proc.Spawn(sys, func(self *proc.Self[int]) error {
				for range 10 {
					if err := self.Yield(); err != nil {
						return err
					}
				}
				return nil
			})
			reason, err := proc.Join(context.Background(), p.ID)
			require.NoError(s, err)
			require.Equal(s, proc.ExitNormally{}, reason)
			require.Equal(s, began, s.Now())
		})
	}, Runs(200))
}
