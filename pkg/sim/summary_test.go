package sim

import (
	"os"
	"os/exec"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
)

// summed is a body with faults, one of which fires twice in each run, and scenarios.
func summed(s *Sim) {
	sys := s.System()
	s.Fault(Pause(Titled("worker"), time.Second).Chance(1).AtMost(2))
	s.Fault(Kill(Titled("worker")).Nth(1000))
	runs, late := s.Now(), false
	s.Sometimes("it is late", func() bool { return late })
	s.Sometimes("it is never", nil)
	worker := proc.Spawn(sys, func(self *proc.Self[int]) error { _, err := self.Receive(); return err }, proc.Titled("worker"))
	worker.Send(1)
	_, _ = proc.Join(s.Context(), worker.ID)
	late = s.Now().After(runs)
	s.Happened("it is late")
}

// A check that passes can say what it has done.
func TestSummary(t *testing.T) {
	for name, c := range map[string]*check{
		"one after the other": newCheck(t, summed, []Option{Seed(7), Strategies(Random(), PCT(2), Random())}),
		"parallel":            newCheck(t, summed, []Option{Seed(7), Strategies(Random(), PCT(2), Random()), Parallel()}),
	} {
		c.runs = 100
		require.Nil(t, c.sweep(), name)
		require.Regexp(t, `^100 runs, \d{3,} steps, 4 of them repeated; seed 0x7; strategies random, pct\(2\); `+
			`sometimes it is late: in 100 runs; sometimes it is never: in no runs; `+
			`the Pause of summary_test.go:\d+ has fired 200 times, in 100 runs; the Kill of summary_test.go:\d+ has never fired$`, c.summary(), name)
	}
}

// The steps are those of all runs, but not of those that were taken again.
func TestSummary_Steps(t *testing.T) {
	steps := 0
	c := newCheck(t, func(s *Sim) { callers(s, 1); steps += s.s.steps }, []Option{Unrepeatable(), Strategies(RoundRobin())})
	c.runs = 1
	require.Nil(t, c.sweep())
	require.Greater(t, c.tally.steps, steps, "the end of a run takes some, too")
	one := c.tally.steps
	c = newCheck(t, func(s *Sim) { callers(s, 1) }, []Option{Strategies(RoundRobin())})
	c.runs = 3
	require.Nil(t, c.sweep())
	require.Equal(t, 3*one, c.tally.steps)
	require.Equal(t, 1, c.tally.repeated)
}

func TestSummary_Exhaustive(t *testing.T) {
	body := func(s *Sim) {
		s.Sometimes("it happens", nil)
		s.Happened("it happens")
		for range 2 {
			s.Go(func() {})
		}
		s.Settle()
	}
	for want, bounds := range map[string][]Bound{
		`^explored all \d+ schedules \(\d+ cut short as equivalent to others\), \d+ steps; seed 0x7; sometimes it happens: in \d+ runs$`: nil,
		`^explored all \d+ schedules with at most 2 delays \(`:                                                                           {Delays(2)},
		`^explored all \d+ schedules with at most 1 preemption \(`:                                                                       {Preemptions(1)},
		`^not exhausted: there are more; explored 1 schedules \(`:                                                                        {Schedules(1)},
	} {
		c := newCheck(t, body, []Option{Exhaustive(bounds...), Seed(7)})
		require.Nil(t, c.explore())
		require.Regexp(t, want, c.summary())
	}
}

// It is told with -v only: without, a test that fails after the check does not show it.
func TestSummary_OnlyIfVerbose(t *testing.T) {
	const inner = "HARK_SIM_SUMMARY"
	if os.Getenv(inner) != "" {
		Check(t, func(s *Sim) { s.Settle() }, Runs(40))
		t.Fatal("this is after the check")
	}
	for _, verbose := range []bool{false, true} {
		args := []string{"-test.run=^TestSummary_OnlyIfVerbose$"}
		if verbose {
			args = append(args, "-test.v")
		}
		cmd := exec.Command(os.Args[0], args...)
		cmd.Env = append(os.Environ(), inner+"=1")
		out, err := cmd.CombinedOutput()
		require.Error(t, err)
		require.Contains(t, string(out), "this is after the check")
		if verbose {
			require.Regexp(t, `summary_test.go:\d+: 40 runs, `, string(out))
		} else {
			require.NotContains(t, string(out), "40 runs")
		}
	}
}
