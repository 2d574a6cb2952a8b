package sim

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
)

// unexplored is the report of an exploration that must fail.
func unexplored(t *testing.T, body func(s *Sim), opts ...Option) *report {
	t.Helper()
	r := newCheck(t, body, opts).explore()
	require.NotNil(t, r)
	return r
}

// two threads, of so many steps each.
func two(m, n int) func(s *Sim) {
	steps := func(s *Sim, n int) func() {
		return func() {
			for range n - 1 {
				s.s.Yield()
			}
		}
	}
	return func(s *Sim) {
		s.Go(steps(s, m))
		s.Go(steps(s, n))
		s.Settle()
	}
}

// preempted counts the schedules of two threads with so many preemptions at most.
func preempted(m, n, last, most int) int {
	if most < 0 {
		return 0
	}
	if m == 0 || n == 0 {
		return 1
	}
	count := 0
	for thread := range 2 {
		left := most
		if last >= 0 && last != thread {
			left-- // the other one has steps left
		}
		count += preempted(m-(1-thread), n-thread, thread, left)
	}
	return count
}

func TestExhaustive_Preemptions(t *testing.T) {
	for n := range 6 {
		require.Equal(t, preempted(3, 4, -1, n), exploring(t, two(3, 4), Exhaustive(Preemptions(n))).runs, "%d", n)
	}
	require.Equal(t, 35, exploring(t, two(3, 4), Exhaustive(Preemptions(9))).runs)
}

func TestExhaustive_Delays(t *testing.T) {
	require.Equal(t, 1, exploring(t, two(3, 4), Exhaustive(Delays(0))).runs)
	require.Equal(t, 1+3, exploring(t, two(3, 4), Exhaustive(Delays(1))).runs, "one at each step of the first")
	require.Equal(t, 35, exploring(t, two(3, 4), Exhaustive(Delays(9))).runs)
}

// A test that is too large fails, unless it has said that a part will do.
func TestExhaustive_SaysThatThereIsMore(t *testing.T) {
	r := unexplored(t, two(3, 4), Exhaustive(func(e *exploration) { e.most = 10 }))
	require.Equal(t, failureUnexplored, r.outcome.failure.kind)
	require.Contains(t, r.String(), "not exhausted: there are more; explored 10 schedules")
	e := exploring(t, two(3, 4), Exhaustive(Schedules(10)))
	require.Contains(t, e.String(), "not exhausted: there are more; explored 10 schedules")
	e = exploring(t, two(3, 4), Exhaustive(Schedules(35)))
	require.Contains(t, e.String(), "explored all 35 schedules")
	require.Contains(t, exploring(t, two(3, 4), Exhaustive(Preemptions(1))).String(), "explored all 7 schedules with at most 1 preemption (")
}

// Who waits in a loop for others makes schedules without an end.
func TestExhaustive_Spinning(t *testing.T) {
	spins := func(s *Sim) {
		done := false
		pid := proc.Spawn(s.System(), func(self *proc.Self[int]) error {
			for !done {
				if err := self.Yield(); err != nil {
					return err
				}
			}
			return nil
		})
		s.Go(func() { done = true })
		_, err := proc.Join(s.Context(), pid.ID)
		require.NoError(s, err)
	}
	r := unexplored(t, spins, Exhaustive(func(e *exploration) { e.depth = 50 }))
	require.Regexp(t, `not exhausted: \d+ were longer than the depth of 50 steps`, r.String())
	require.Positive(t, exploring(t, spins, Exhaustive(Depth(50))).cut)
}

// A failure is reported with the schedule that leads there, and can be repeated.
func TestExhaustive_Failure(t *testing.T) {
	lost := func(s *Sim) {
		sys := s.System()
		n := 0
		for range 2 {
			proc.Spawn(sys, func(self *proc.Self[int]) error {
				before := n
				if err := self.Yield(); err != nil {
					return err
				}
				n = before + 1
				return nil
			})
		}
		s.Settle()
		require.Equal(s, 2, n, "what two have added")
	}
	c := newCheck(t, lost, []Option{Exhaustive()})
	r := c.explore()
	require.NotNil(t, r)
	require.Empty(t, r.doubt)
	require.Contains(t, r.String(), "strategy exhaustive")
	require.Contains(t, r.String(), "schedule ")
	requireRepeats(t, c, r)
	// It is what Isolated is not for: they share a variable.
	require.Nil(t, newCheck(t, lost, []Option{Exhaustive(), Isolated()}).explore())
}

// An invariant sees states between steps that are independent otherwise.
func TestExhaustive_Invariants(t *testing.T) {
	for name, both := range map[string]func(a, b proc.ID, in, out *bool) bool{
		"variables": func(_, _ proc.ID, in, out *bool) bool { return *out && !*in },
		"processes": func(a, b proc.ID, _, _ *bool) bool { return !b.Alive() && a.Alive() },
	} {
		t.Run(name, func(t *testing.T) {
			body := func(s *Sim) {
				sys := s.System()
				in, out := false, false
				a := proc.Spawn(sys, func(self *proc.Self[int]) error { in = true; return self.Yield() }).ID
				b := proc.Spawn(sys, func(self *proc.Self[int]) error { out = true; return self.Yield() }).ID
				s.Invariant("first things first", func() error {
					if both(a, b, &in, &out) {
						return errors.New("the second is the first")
					}
					return nil
				})
				s.Settle()
			}
			c := newCheck(t, body, []Option{Exhaustive(), Isolated()})
			r := c.explore()
			require.NotNil(t, r)
			require.Greater(t, r.run, 1)
			require.Equal(t, name == "processes", c.explored.inspects)
			require.Equal(t, failureInvariant, r.outcome.failure.kind)
		})
	}
}

// A test that takes another course, though nothing has been chosen otherwise, cannot be
// explored.
func TestExhaustive_Nondeterminism(t *testing.T) {
	n := 0
	r := unexplored(t, func(s *Sim) {
		n++
		for range n % 3 {
			s.Go(func() { s.s.Yield() })
		}
		s.Go(func() {})
		s.Settle()
	}, Exhaustive())
	require.Equal(t, failureNondeterministic, r.outcome.failure.kind)
	text := r.String()
	require.Contains(t, text, "the test is not deterministic: at step ")
	require.Regexp(t, `\nup to there:\n(?s:.*)begins `, text)
	require.NotContains(t, text, "-sim.replay=")
}

// Contexts start goroutines, and channels block where nobody sees it: what such
// threads do may concern anybody.
func TestExhaustive_OutsideOfTheScheduler(t *testing.T) {
	happened := make(seen)
	e := exploring(t, func(s *Sim) {
		sys := s.System()
		got := make(chan string, 2)
		a := proc.Spawn(sys, func(self *proc.Self[string]) error { got <- "a"; return nil }, proc.Titled("a"))
		proc.Spawn(sys, func(self *proc.Self[string]) error { got <- "b"; return nil }, proc.Titled("b"))
		first := <-got
		happened[first]++
		_, err := proc.Join(s.Context(), a.ID)
		require.NoError(s, err)
		<-got
	}, Exhaustive())
	happened.all(t, "a", "b")
	require.Zero(t, e.cut)
}

// Time that passes, a timer that another one makes impossible, and a choice between
// timers that are due together are all explored.
func TestExhaustive_Timers(t *testing.T) {
	happened := make(seen)
	exploring(t, func(s *Sim) {
		sys := s.System()
		order := ""
		for _, name := range []string{"a", "b", "c"} {
			s.Go(func() { s.Sleep(time.Second); order += name })
		}
		pid := proc.Spawn(sys, func(self *proc.Self[string]) error {
			timer := proc.StartTimer(self, time.Second)
			_ = self.Sleep(time.Second)
			info, _ := self.ID().Info()
			happened[[]string{"cancelled", "fired"}[info.Mailbox]]++
			proc.CancelTimer(self, timer)
			return nil
		})
		joined(s, pid.ID)
		s.Settle()
		happened[order]++
	}, Exhaustive(Schedules(4000)))
	happened.all(t, "abc", "acb", "bac", "bca", "cab", "cba", "cancelled", "fired")
}

// What fails is told like any other run: smaller, with a line that repeats it.
func TestExhaustive_AFailureIsShrunkAndReplayed(t *testing.T) {
	body := func(s *Sim) {
		got := 0
		for range 2 {
			s.Go(func() {
				was := got
				s.s.Yield()
				got = was + 1
			})
		}
		s.Settle()
		if got != 2 {
			s.Fatalf("lost")
		}
	}
	r := unexplored(t, body, Exhaustive())
	require.Empty(t, r.doubt)
	require.NotNil(t, r.shrunk)
	line := r.recipe().String()
	require.Contains(t, r.String(), "-sim.replay="+line)
	recipe, err := parseRecipe(line)
	require.NoError(t, err)
	again := newCheck(t, body, []Option{Exhaustive()}).repeat(recipe)
	require.Empty(t, again.doubt)
	require.NotNil(t, again.outcome.failure)
	require.Equal(t, lines(r.outcome.events), lines(again.outcome.events))
}

func TestExhaustive_FaultsAreNotExplored(t *testing.T) {
	r := unexplored(t, func(s *Sim) {
		s.Fault(Kill(Any()))
		s.Go(func() {})
		s.Settle()
	}, Exhaustive())
	require.Contains(t, r.String(), "faults are not explored")
}
