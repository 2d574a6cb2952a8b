package sim

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// A fault that can happen to nobody is not passed over.
func TestFault_WithoutAnOpportunity(t *testing.T) {
	c := newCheck(t, func(s *Sim) {
		s.Fault(Kill(Titled("nobody")).Chance(1))
		s.Fault(Kill(Titled("somebody")).Chance(0.001))
		idle[int](s.System(), "somebody")
		s.Settle()
	}, []Option{Runs(50)})
	require.Nil(t, c.sweep())
	text, fails := c.verdict()
	require.Equal(t, !testing.Short(), fails)
	require.Regexp(t, `in none: an opportunity for the Kill of opportunity_test.go:12
    in \d+: an opportunity for the Kill of opportunity_test.go:13$`, text)
}
