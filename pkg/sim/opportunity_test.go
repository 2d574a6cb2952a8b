package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
)

// A fault that can happen to nobody is not passed over, and what titles there are is said.
func TestFault_WithoutAnOpportunity(t *testing.T) {
	c := newCheck(t, func(s *Sim) {
		s.Fault(Kill(Titled("nobody", "some*")).When(Passes("nowhere")))
		s.Fault(Kill(Titled("nobody", "none")).Chance(1))
		s.Fault(Drop(Between(Titled("somebody"), Titled("nobody"))))
		s.Fault(Kill(Titled("somebody")).Chance(0.001))
		s.Fault(Pause(Titled("somebody"), time.Second).Nth(1))
		sys := s.System()
		idle[int](sys, "somebody")
		proc.Spawn(sys, func(*proc.Self[int]) error { return nil }, proc.Titled("gone"))
		s.Settle()
	}, []Option{Runs(50)})
	require.Nil(t, c.sweep())
	text, fails := c.verdict()
	require.Equal(t, !testing.Short(), fails)
	require.Regexp(t, `^a fault has had no opportunity, in \d+ runs:
    the Kill of opportunity_test.go:15 has had no opportunity: no process has a title like "nobody"; the titles are "gone", "somebody"
    the Kill of opportunity_test.go:16 has had no opportunity: no process has a title like "nobody", "none"; the titles are "gone", "somebody"
    the Drop of opportunity_test.go:17 has had no opportunity: no process has a title like "nobody"; the titles are "gone", "somebody"
    the Kill of opportunity_test.go:18 has (?:never fired|fired .*)
    the Pause of opportunity_test.go:19 has fired \d+ times, in \d+ runs$`, text)
}

// A title that some runs have is none that is missing, and that the moment never came is
// all that is said then.
func TestFault_WithoutAMoment(t *testing.T) {
	runs := 0
	c := newCheck(t, func(s *Sim) {
		runs++
		s.Sometimes("it is never", nil)
		s.Fault(Kill(Titled("odd")).When(Passes("nowhere")))
		s.Fault(Kill(Titled("odd")).Nth(1000))
		if runs%2 == 1 {
			idle[int](s.System(), "odd")
		}
		s.Settle()
	}, []Option{Runs(50), Unrepeatable()})
	require.Nil(t, c.sweep())
	text, _ := c.verdict()
	require.Regexp(t, `^a scenario that sometimes happens never did, in \d+ runs:
    in none: it is never
a fault has had no opportunity, in \d+ runs:
    the Kill of opportunity_test.go:\d+ has had no opportunity
    the Kill of opportunity_test.go:\d+ has never fired$`, text)
}

// Where a scenario is missed, it matters how often faults have fired.
func TestFault_BesideAScenarioThatIsMissed(t *testing.T) {
	c := newCheck(t, func(s *Sim) {
		s.Sometimes("it is never", nil)
		s.Fault(Kill(Titled("it")).Chance(1))
		idle[int](s.System(), "it")
		s.Settle()
	}, []Option{Runs(50)})
	require.Nil(t, c.sweep())
	text, _ := c.verdict()
	require.Regexp(t, `^a scenario that sometimes happens never did, in \d+ runs:
    in none: it is never
faults:
    the Kill of opportunity_test.go:\d+ has fired \d+ times, in \d+ runs$`, text)
}

// Faults of a loop are one, which says all titles that are missing. They fire in one run, if
// they do.
func TestFault_InALoop(t *testing.T) {
	c := newCheck(t, func(s *Sim) {
		for _, title := range []string{"wroker 1", "wroker 2"} {
			s.Fault(Kill(Titled(title)))
		}
		for range 2 {
			s.Fault(Pause(Titled("worker 1"), time.Second).Nth(1))
		}
		idle[int](s.System(), "worker 1")
		s.Settle()
	}, []Option{Runs(1)})
	require.Nil(t, c.sweep())
	text, _ := c.verdict()
	require.Regexp(t, `^a fault has had no opportunity, in 1 run:
    the Kill of opportunity_test.go:\d+ has had no opportunity: no process has a title like "wroker 1", "wroker 2"; the titles are "worker 1"
    the Pause of opportunity_test.go:\d+ has fired \d times?, in 1 run$`, text)
}
