package sim

import (
	"context"
	"errors"
	"io"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
)

// failing is the report of a check that must fail.
func failing(t *testing.T, body func(s *Sim), opts ...Option) *report {
	t.Helper()
	c := newCheck(t, body, opts)
	c.runs = 2000
	r := c.find()
	require.NotNil(t, r, "nothing has been found")
	return r
}

// idle is a process that waits for a message of a type.
func idle[M any](sys proc.Host, title string) proc.Pid[M] {
	return proc.Spawn(sys, func(self *proc.Self[M]) error {
		_, err := self.Receive()
		return err
	}, proc.Titled(title))
}

func TestCheck_Invariant(t *testing.T) {
	r := failing(t, func(s *Sim) {
		sys := s.System()
		from, to := 100, 0
		s.Invariant("total", func() error {
			if from+to != 100 {
				return errors.New("money is lost")
			}
			return nil
		})
		pid := proc.Spawn(sys, func(self *proc.Self[int]) error {
			from -= 10
			if err := self.Yield(); err != nil {
				return err
			}
			to += 10
			return nil
		})
		_, _ = proc.Join(s.Context(), pid.ID)
	})
	require.Equal(t, failureInvariant, r.outcome.failure.kind)
	require.Contains(t, r.String(), "total: money is lost")
	require.Contains(t, r.String(), "replay: go test -run '^TestCheck_Invariant$' -sim.replay=")
	requireRepeats(t, r.check, r)
}

// A deadlock is reported with who waits for what, and where.
// An invariant may report to the Sim itself: the run is over then, as if it had returned an
// error.
func TestCheck_InvariantReports(t *testing.T) {
	n := 0
	r := failing(t, func(s *Sim) {
		n = 0
		s.Invariant("small", func() error {
			if n > 0 {
				s.Errorf("n is %d", n)
			}
			return nil
		})
		counts := proc.Spawn(s.System(), func(self *proc.Self[int]) error {
			for range self.Messages() {
				n++
			}
			return nil
		})
		for range 3 {
			counts.Send(1)
		}
		s.Settle()
	})
	require.Equal(t, "n is 1", r.outcome.failure.what)
	require.Empty(t, r.outcome.said)
	require.Equal(t, 1, n)
}

// An invariant that reports with Errorf, after something else has.
func TestCheck_InvariantReportsAfterTheBody(t *testing.T) {
	r := failing(t, func(s *Sim) {
		s.Invariant("inv", func() error { s.Errorf("again"); return nil })
		s.Errorf("first")
		for range 100 {
			s.Sleep(time.Second)
		}
	})
	require.LessOrEqual(t, strings.Count(r.String(), "again"), 3)
}

func TestCheck_Deadlock(t *testing.T) {
	r := failing(t, func(s *Sim) {
		sys := s.System()
		a := idle[string](sys, "a")
		b := proc.Spawn(sys, func(self *proc.Self[proc.ReplyTo[int]]) error {
			_, err := proc.CallWithin(self, -1, proc.Contramap(a, func(proc.ReplyTo[int]) string { return "" }),
				func(r proc.ReplyTo[int]) proc.ReplyTo[int] { return r })
			return err
		}, proc.Titled("b"))
		_, _ = proc.Join(s.Context(), b.ID)
		idle[int](sys, "c")
		_, _ = proc.Join(s.Context(), idle[io.Reader](sys, "d").ID)
	})
	f := r.outcome.failure
	require.Equal(t, failureDeadlock, f.kind)
	require.Contains(t, f.what, "nobody can go on:")
	require.Contains(t, f.what, "the test waits, at check_test.go:")
	require.Contains(t, f.what, "!3 c receives int, at check_test.go:")
	require.Contains(t, f.what, "!4 d receives io.Reader, at check_test.go:")
	requireRepeats(t, r.check, r)
}

// Who blocks in something else than an operation is named.
func TestCheck_DeadlockOutside(t *testing.T) {
	r := failing(t, func(s *Sim) {
		proc.Spawn(s.System(), func(*proc.Self[int]) error { select {} }, proc.Titled("stuck"))
		<-make(chan int)
	})
	require.Contains(t, r.outcome.failure.what, "the test blocks outside of the scheduler, at check_test.go:")
	require.Contains(t, r.outcome.failure.what, "!1 stuck blocks outside of the scheduler, at check_test.go:")
}

func TestCheck_Leaks(t *testing.T) {
	for name, body := range map[string]func(s *Sim){
		"a stuck process": func(s *Sim) {
			proc.Spawn(s.System(), func(*proc.Self[int]) error { select {} }, proc.Titled("stuck"))
		},
		"a task": func(s *Sim) {
			proc.Spawn(s.System(), func(self *proc.Self[int]) error {
				proc.Go(self, func(context.Context) (int, error) { select {} })
				return nil
			})
			s.Settle()
		},
		"a thread": func(s *Sim) { s.Go(func() { s.Sleep(time.Hour) }) },
	} {
		t.Run(name, func(t *testing.T) {
			r := failing(t, body)
			require.Equal(t, failureLeak, r.outcome.failure.kind, r.String())
		})
	}
}

func TestCheck_PanicsAndFatal(t *testing.T) {
	r := failing(t, func(*Sim) { panic("oh") })
	require.Equal(t, failurePanic, r.outcome.failure.kind)
	require.Contains(t, r.outcome.failure.what, "panic: oh")
	require.Contains(t, r.outcome.failure.what, "check_test.go:")

	r = failing(t, func(s *Sim) {
		s.Logf("this is said")
		s.Fatalf("no %d", 7)
		panic("unreachable")
	})
	require.Equal(t, "no 7", r.outcome.failure.what)
	require.Contains(t, r.String(), "this is said\n")

	r = failing(t, func(s *Sim) {
		proc.Spawn(s.System(), func(*proc.Self[int]) error { s.Fatalf("in a process"); return nil })
		s.Settle()
	})
	require.Equal(t, "in a process", r.outcome.failure.what)

	r = failing(t, func(s *Sim) {
		s.Errorf("first")
		s.Errorf("second")
	})
	require.Equal(t, "first", r.outcome.failure.what)
	require.Contains(t, r.String(), "second\n")
}

// Who waits for others in a loop does not keep them from running for ever; and a
// loop without an end is reported.
func TestCheck_Spinning(t *testing.T) {
	Check(t, func(s *Sim) {
		sys := s.System()
		done := false
		spins := proc.Spawn(sys, func(self *proc.Self[int]) error {
			for !done {
				if err := self.Yield(); err != nil {
					return err
				}
			}
			return nil
		})
		proc.Spawn(sys, func(*proc.Self[int]) error { done = true; return nil })
		_, err := proc.Join(s.Context(), spins.ID)
		require.NoError(s, err)
	}, Strategies(PCT(1)), StepLimit(1000))

	r := failing(t, func(s *Sim) {
		spins := proc.Spawn(s.System(), func(self *proc.Self[int]) error {
			for self.Yield() == nil {
			}
			return nil
		})
		_, _ = proc.Join(s.Context(), spins.ID)
	}, StepLimit(1000))
	require.Equal(t, failureEndless, r.outcome.failure.kind)
}

// A test that depends on something else than the simulator is told so.
func TestCheck_Nondeterminism(t *testing.T) {
	n := 0
	r := failing(t, func(s *Sim) {
		n++
		pid := idle[int](s.System(), "p")
		for range n % 3 {
			pid.Send(1)
		}
	})
	require.Equal(t, failureNondeterministic, r.outcome.failure.kind)
	text := r.String()
	require.Contains(t, text, "took another course at step")
	require.Regexp(t, `\nup to there:\n(?s:.*)begins !1 p`, text)
	require.NotContains(t, text, "-sim.replay=", "nobody can repeat it")
	require.NotContains(t, text, "its causes")
}

// Contexts start goroutines of their own, and time is that of package time, too.
func TestCheck_Contexts(t *testing.T) {
	happened := make(seen)
	Check(t, func(s *Sim) {
		sys := s.System()
		server := proc.Spawn(sys, func(self *proc.Self[proc.ReplyTo[int]]) error {
			for reply, err := range self.Messages() {
				if err != nil || self.Sleep(time.Second) != nil {
					return err
				}
				reply.Reply(1)
			}
			return nil
		})
		ask := func(r proc.ReplyTo[int]) proc.ReplyTo[int] { return r }
		ctx, cancel := context.WithTimeout(s.Context(), time.Second)
		defer cancel()
		before := time.Now()
		_, err := proc.Call(ctx, server, ask)
		require.Equal(s, time.Second, time.Since(before))
		if err != nil {
			happened["timeout"]++
		} else {
			happened["reply"]++
		}

		ctx, cancel = context.WithCancel(s.Context())
		s.Go(cancel)
		both := make(chan bool)
		for range 2 {
			s.Go(func() {
				defer func() { both <- true }()
				_, err := proc.Join(ctx, server.ID)
				require.ErrorIs(s, err, context.Canceled)
			})
		}
		<-both // outside of the scheduler
		<-both
	})
	happened.all(t, "timeout", "reply")
}

// Goroutines that the test starts itself take their turns.
func TestCheck_OwnGoroutines(t *testing.T) {
	Check(t, func(s *Sim) {
		got := make(chan int)
		pid := proc.Spawn(s.System(), func(self *proc.Self[int]) error {
			n, err := self.Receive()
			got <- n
			return err
		})
		go pid.Send(7)
		require.Equal(s, 7, <-got)
	}, Runs(100), Unrepeatable())
}

func TestCheck_Stalls(t *testing.T) {
	if raceEnabled {
		t.Skip("the watchdog looks at a thread that does not move")
	}
	before, panics := stalled, onStall
	defer func() { stalled, onStall = before, panics }()
	stalled = 50 * time.Millisecond
	said := make(chan string, 1)
	var mu sync.Mutex
	onStall = func(what string) { said <- what; mu.Unlock() }
	Check(t, func(s *Sim) {
		mu.Lock()
		proc.Spawn(s.System(), func(self *proc.Self[int]) error {
			mu.Lock() // which the test holds, and does not let go of
			return nil
		}, proc.Titled("waits for a lock"))
		s.Settle()
		mu.Unlock()
	}, Runs(1), Unrepeatable())
	what := <-said
	require.Contains(t, what, "!1 waits for a lock has not come to a step for 50ms")
	require.Contains(t, what, "check_test.go:")
}

func TestRecipe(t *testing.T) {
	for _, r := range []recipe{
		{},
		{check: 7, seed: 1 << 63, careful: true, instant: true, strategy: "pct(3)", digest: 9, again: again{deviations: []deviation{{choice: 0, option: 1}, {choice: 1, option: 2}, {choice: 300, option: 2}}, late: []int{3}, faults: []int{0, 1000}, related: []int{5}, minimal: true}},
	} {
		again, err := parseRecipe(r.String())
		require.NoError(t, err)
		require.Equal(t, r, again)
		require.NotContains(t, r.String(), "=")
	}
	for _, text := range []string{"", "x", "!", strings.Repeat("A", 40), recipe{}.String()[:6]} {
		_, err := parseRecipe(text)
		require.ErrorIs(t, err, errRecipe, text)
	}
}

func FuzzRecipe(f *testing.F) {
	f.Add(recipe{seed: 5, strategy: "random", again: again{deviations: []deviation{{choice: 1, option: 2}, {choice: 9, option: 1}}, late: []int{3}}}.String())
	f.Fuzz(func(t *testing.T, text string) {
		r, err := parseRecipe(text)
		if err != nil {
			return
		}
		again, err := parseRecipe(r.String())
		require.NoError(t, err)
		require.Equal(t, r, again)
	})
}

// Where a process waits is told by the user's line, also in a range over its messages.
func TestCheck_PlaceInARange(t *testing.T) {
	r := failing(t, func(s *Sim) {
		p := proc.Spawn(s.System(), func(self *proc.Self[int]) error {
			for _, err := range self.Messages() {
				if err != nil {
					return err
				}
			}
			return nil
		}, proc.Titled("reader"))
		_, _ = proc.Join(s.Context(), p.ID)
	})
	require.Equal(t, failureDeadlock, r.outcome.failure.kind)
	require.Contains(t, r.outcome.failure.what, "reader receives int, at check_test.go:")
}

// What is reported to the test itself fails the run in which that is, which is told.
func TestCheck_ReportsToTheTest(t *testing.T) {
	var r *report
	runs := 0
	ok := testing.RunTests(func(string, string) (bool, error) { return true, nil }, []testing.InternalTest{{Name: t.Name(), F: func(t *testing.T) {
		r = newCheck(t, func(s *Sim) {
			if runs++; runs == 5 {
				t.Errorf("this is meant to fail: it is a test of what is told then")
			}
			s.Settle()
		}, nil).sweep()
	}}})
	require.False(t, ok)
	require.NotNil(t, r)
	require.Equal(t, failureOutside, r.outcome.failure.kind)
	require.Contains(t, r.String(), "report to the Sim")
	require.Contains(t, r.String(), "replay: go test")
}

// A failure in a run that nobody can repeat is told with the course of that run.
func TestCheck_FailureThatIsNotRepeated(t *testing.T) {
	for _, opts := range [][]Option{nil, {Exhaustive()}} {
		n := 0
		r := failing(t, func(s *Sim) {
			if n++; n == 1 {
				idle[int](s.System(), "first")
				s.Settle()
			}
			s.Fatalf("bad")
		}, opts...)
		text := r.String()
		require.Contains(t, text, ": bad\n")
		require.Contains(t, text, "took another course at step")
		require.NotContains(t, text, "-sim.replay=")
		require.Regexp(t, `\nup to there:\n(?s:.*)begins !1 first(?s:.*)FAILS: bad`, text)
	}
}
