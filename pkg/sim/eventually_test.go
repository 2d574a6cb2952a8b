package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
)

func TestEventually(t *testing.T) {
	Check(t, func(s *Sim) {
		n := 0
		proc.Spawn(s.System(), func(self *proc.Self[int]) error {
			for range 10 {
				if err := self.Sleep(time.Second); err != nil {
					return err
				}
				n++
			}
			return nil
		})
		s.Eventually("it counts", func() bool { return n == 3 })
		require.Equal(s, 3*time.Second, s.Now().Sub(s.s.start))
		s.Eventually("it has counted", func() bool { return n >= 3 })
		require.Equal(s, 3*time.Second, s.Now().Sub(s.s.start))
		s.Go(func() { s.Eventually("it goes on", func() bool { return n == 5 }) })
		s.Eventually("it is finished", func() bool { return n == 10 }, WithinTime(8*time.Second))
	}, Runs(200))
}

// Who waits for time only is told that it was not enough, and what the others do.
func TestEventually_Time(t *testing.T) {
	r := failing(t, func(s *Sim) {
		idle[int](s.System(), "a")
		s.Eventually("it stops", func() bool { return false }, WithinTime(time.Hour))
		s.Errorf("this is not reached")
	})
	f := r.outcome.failure
	require.Equal(t, failureEventually, f.kind)
	require.Contains(t, f.what, "eventually it stops: not within 1h0m0s of virtual time\n")
	require.Contains(t, f.what, "!1 a receives int, at check_test.go:")
	requireRepeats(t, r.check, r)
}

func TestEventually_Steps(t *testing.T) {
	r := failing(t, func(s *Sim) {
		proc.Spawn(s.System(), func(self *proc.Self[int]) error {
			for self.Yield() == nil {
			}
			return nil
		})
		s.Eventually("it stops", func() bool { return false }, WithinSteps(100))
	})
	f := r.outcome.failure
	require.Equal(t, failureEventually, f.kind)
	require.Contains(t, f.what, "eventually it stops: not within 100 steps, and as many in which all took turns\n")
	require.InDelta(t, 200, f.step, 10)
	requireRepeats(t, r.check, r)
}

// A strategy that lets somebody spin for ever is not what is to be found: by priority the
// spinning one may never let the other go on.
func TestEventually_IsFair(t *testing.T) {
	Check(t, func(s *Sim) {
		sys := s.System()
		done := false
		spins := proc.Spawn(sys, func(self *proc.Self[int]) error {
			for self.Yield() == nil {
			}
			return nil
		})
		proc.Spawn(sys, func(*proc.Self[int]) error { done = true; return nil })
		s.Eventually("the other is done", func() bool { return done }, WithinSteps(100))
		spins.Kill()
	}, Strategies(PCT(1)), Runs(200))
}

func TestEventually_Panics(t *testing.T) {
	r := failing(t, func(s *Sim) { s.Eventually("it is", func() bool { panic("oh") }) })
	require.Equal(t, failurePanic, r.outcome.failure.kind)
	require.Contains(t, r.outcome.failure.what, "waits until eventually it is: panic: oh")
}

// What is waited for is looked at in each order of the steps, also once it has come true: then
// what came before it might have come after.
func TestEventually_Explored(t *testing.T) {
	for name, begin := range map[string]func(s *Sim, f func()){
		"threads": func(s *Sim, f func()) { s.Go(f) },
		"processes": func(s *Sim, f func()) {
			proc.Spawn(s.System(), func(self *proc.Self[int]) error { _, err := self.Receive(); f(); return err }).Send(1)
		},
	} {
		for how, opts := range map[string][]Option{
			"all": {Exhaustive(enumerate)}, "plain": {Exhaustive()}, "sleep sets": {Exhaustive(sleepSets), Isolated()},
			"isolated": {Exhaustive(), Isolated()}, "isolated, instant": {Exhaustive(), Isolated(), Instant()},
		} {
			c := newCheck(t, func(s *Sim) {
				a, b := false, false
				begin(s, func() { a = true })
				begin(s, func() { b = true })
				s.Eventually("a, and not b yet", func() bool { return a && !b })
				s.Settle()
			}, opts)
			r := c.explore()
			require.NotNil(t, r, name+", "+how)
			require.Equal(t, failureEventually, r.outcome.failure.kind, r.String())
		}
	}
}
