package account

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/probe"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sim"
)

func TestTwoWithdraw(t *testing.T) {
	sim.Check(t, func(s *sim.Sim) {
		sys := s.System()
		watcher := probe.New[Low](s, sys)
		account := proc.Spawn(sys, Run(5, watcher.Pid()), proc.Titled("account"))
		_, err := Add(s.Context(), account, 10)
		require.NoError(s, err)

		paid := 0
		s.Invariant("nothing is paid twice", func() error {
			if paid > 10 {
				return fmt.Errorf("of 10, %d have been paid", paid)
			}
			return nil
		})
		for _, who := range []string{"ada", "bob"} {
			proc.Spawn(sys, func(self *proc.Self[string]) error {
				got, err := Add(self, account, -7)
				if got.Done {
					paid += 7
				}
				return err
			}, proc.Titled(who))
		}
		s.Settle()
		require.Equal(s, 7, paid)
		require.Equal(s, Low{3}, watcher.Next())
	})
}
