package sim

import (
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
)

// sliceOfFailing is the picture of the slice of a failure, and the report.
func sliceOfFailing(t *testing.T, body func(s *Sim), opts ...Option) (string, *report) {
	t.Helper()
	r := failing(t, body, opts...)
	requireRepeats(t, newCheck(t, body, nil), r)
	return pictureIn(r), r
}

// A chain of causes is in the slice: spawn, send, arrival, timer, end. What others
// do beside it is not, not even what they send to those in it.
func TestSlice_OfTheBody(t *testing.T) {
	text, r := sliceOfFailing(t, func(s *Sim) {
		sys := s.System()
		last := idle[string](sys, "last")
		middle := proc.Spawn(sys, func(self *proc.Self[string]) error {
			if _, err := self.Receive(); err != nil {
				return err
			}
			if err := self.Sleep(time.Second); err != nil {
				return err
			}
			last.Send("end")
			return nil
		}, proc.Titled("middle"))
		for range 4 {
			beside := idle[string](sys, "beside")
			proc.Spawn(sys, func(*proc.Self[int]) error { beside.Send("!"); return nil }, proc.Titled("noise"))
		}
		proc.Spawn(sys, func(*proc.Self[int]) error { middle.Send("begin"); return nil }, proc.Titled("first"))
		_, _ = proc.Join(s.Context(), last.ID)
		s.Fatalf("last has ended")
	})
	for _, name := range []string{"first", "middle", "last", "the test", "has slept for 1s", "FAILS"} {
		require.Contains(t, text, name)
	}
	for _, name := range []string{"beside", "noise"} {
		require.NotContains(t, text, name)
	}
	require.Greater(t, sliceOf(&r.outcome).left, len(r.outcome.events)/3)
}

// An invariant fails at the step before: whoever took it, and why, is the slice.
func TestSlice_OfAnInvariant(t *testing.T) {
	text, _ := sliceOfFailing(t, func(s *Sim) {
		sys := s.System()
		n := 0
		s.Invariant("small", func() error {
			if n > 0 {
				return io.EOF
			}
			return nil
		})
		for range 3 {
			idle[int](sys, "bystander").Send(1)
		}
		culprit := proc.Spawn(sys, func(self *proc.Self[int]) error {
			if _, err := self.Receive(); err != nil {
				return err
			}
			n++
			return self.Yield()
		}, proc.Titled("culprit"))
		proc.Spawn(sys, func(*proc.Self[int]) error { culprit.Send(1); return nil }, proc.Titled("accomplice"))
		s.Settle()
	})
	require.Contains(t, text, "culprit")
	require.Contains(t, text, "accomplice")
	require.NotContains(t, text, "bystander")
}

// Of a deadlock all that wait are in the slice, and not who has done its part.
func TestSlice_OfADeadlock(t *testing.T) {
	text, _ := sliceOfFailing(t, func(s *Sim) {
		sys := s.System()
		for range 3 {
			proc.Spawn(sys, func(self *proc.Self[int]) error { return self.Yield() }, proc.Titled("done"))
		}
		a := idle[int](sys, "waits")
		_, _ = proc.Join(s.Context(), a.ID)
	})
	require.Contains(t, text, "the test")
	require.Contains(t, text, "waits")
	require.NotContains(t, text, "done")
}

// What passes through memory is not seen, but shrinking finds out who matters: in the
// planted bugs each of those who make the mistake.
func TestSlice_OfPlantedBugs(t *testing.T) {
	culprits := map[string][]string{
		"a late reply taken for the next call's":  {"server", "client"},
		"unlink that leaves the interrupt queued": {"crashing", "other"},
		"demonitor that leaves the Down":          {"watcher", "thread 1"},
		"a cancelled timer already queued":        {"owner", "timer"},
		"a double restart when two siblings die":  {"super", "child"},
		"a shutdown overwritten by an interrupt":  {"victim", "thread 1", "thread 2"},
		"a lost wake-up in the selective wake":    {"receiver", "thread 1"},
		"a supervisor's stop racing a retry":      {"super", "task 1", "child"},
	}
	for _, bug := range planted {
		t.Run(bug.name, func(t *testing.T) {
			for seed := range uint64(3) {
				text, _ := sliceOfFailing(t, func(s *Sim) { bug.body(s, false) }, Seed(seed+1))
				for _, name := range culprits[bug.name] {
					require.Contains(t, text, name)
				}
			}
		})
	}
}

// After all others have settled, each of them may be the cause.
func TestSlice_AfterSettling(t *testing.T) {
	text, _ := sliceOfFailing(t, func(s *Sim) {
		n := 0
		for range 2 {
			s.Go(func() { n++ })
		}
		s.Settle()
		require.Equal(s, 0, n)
	})
	require.Contains(t, text, "thread 1")
	require.Contains(t, text, "thread 2")
}
