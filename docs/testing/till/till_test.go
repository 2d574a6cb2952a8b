package till

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sim"
	"github.com/harkgo/hark/pkg/sup"
)

// payments has two customers ask a till for four of ten.
func payments(s *sim.Sim, journal *Journal, run func(*Journal, *proc.Self[Pay]) error) {
	sys := s.System()
	_, err := sup.StartIn(s.Context(), sys, Supervised(func(self *proc.Self[Pay]) error { return run(journal, self) }))
	require.NoError(s, err)

	s.Invariant("nothing is paid twice", func() error {
		written := make(map[string]bool)
		for _, p := range journal.Paid {
			if written[p.ID] {
				return fmt.Errorf("%s has been paid twice", p.ID)
			}
			written[p.ID] = true
		}
		return nil
	})
	served := 0
	for _, who := range []string{"ada", "bob"} {
		proc.Spawn(sys, func(self *proc.Self[string]) error {
			paid, err := Ask(self, Payment{who, 4})
			if paid {
				served++
			}
			return err
		}, proc.Titled(who))
	}
	s.Eventually("both have their money", func() bool { return served == 2 })
	require.Equal(s, 2, journal.Left())
}

func TestPayments(t *testing.T) {
	sim.Check(t, func(s *sim.Sim) {
		payments(s, &Journal{Opening: 10}, (*Journal).Run)
	})
}

func TestPayments_TillIsKilled(t *testing.T) {
	sim.Check(t, func(s *sim.Sim) {
		journal := &Journal{Opening: 10}
		s.Fault(sim.Kill(sim.Titled("till")))
		s.Sometimes("a payment that is written is asked for again", func() bool { return journal.Again > 0 })
		payments(s, journal, (*Journal).Run)
	})
}
