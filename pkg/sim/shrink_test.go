package sim

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
)

// What remains of each planted bug, whatever the seed: the switches are those that it
// takes, and hardly any more.
func TestShrink_PlantedBugs(t *testing.T) {
	most := map[string]size{
		"a late reply taken for the next call's":  {switches: 1, steps: 20},
		"unlink that leaves the interrupt queued": {switches: 1, steps: 10},
		"demonitor that leaves the Down":          {switches: 1, steps: 16},
		"a cancelled timer already queued":        {switches: 1, steps: 17},
		"a double restart when two siblings die":  {switches: 1, steps: 44},
		"a shutdown overwritten by an interrupt":  {switches: 1, steps: 17},
		"a lost wake-up in the selective wake":    {switches: 1, steps: 5},
		"a supervisor's stop racing a retry":      {switches: 2, steps: 18},
	}
	for _, bug := range planted {
		t.Run(bug.name, func(t *testing.T) {
			var before, after size
			for seed := range uint64(5) {
				r := failing(t, func(s *Sim) { bug.body(s, false) }, Seed(seed+1))
				require.NotNil(t, r.shrunk)
				requireRepeats(t, newCheck(t, r.check.body, nil), r)
				before, after = atLeast(before, r.shrunk.before), atLeast(after, r.shrunk.after)
			}
			t.Logf("up to %s before, %s after", before.text(true), after.text(true))
			require.LessOrEqual(t, after.switches, most[bug.name].switches)
			require.LessOrEqual(t, after.steps, most[bug.name].steps)
		})
	}
}

func atLeast(a, b size) size {
	return size{faults: max(a.faults, b.faults), switches: max(a.switches, b.switches), steps: max(a.steps, b.steps)}
}

// lostMoney is a lost update between two, while many others talk.
func lostMoney(s *Sim) {
	sys := s.System()
	for i := range 6 {
		var pair [2]proc.Pid[int]
		talk := func(j int) func(*proc.Self[int]) error {
			return func(self *proc.Self[int]) error {
				for n, err := range self.Messages() {
					if err != nil || n == 0 {
						return err
					}
					pair[1-j].Send(n - 1)
				}
				return nil
			}
		}
		for j := range pair {
			pair[j] = proc.Spawn(sys, talk(j), proc.Titled(fmt.Sprint("talker ", i)))
		}
		pair[0].Send(50)
	}
	balance := 100
	withdraw := func(name string) proc.Pid[string] {
		return proc.Spawn(sys, func(self *proc.Self[string]) error {
			if _, err := self.Receive(); err != nil {
				return err
			}
			read := balance
			err := self.Yield()
			balance = read - 10
			return err
		}, proc.Titled(name))
	}
	both := []proc.Pid[string]{withdraw("alice"), withdraw("bob")}
	for _, pid := range both {
		pid.Send("go")
	}
	for _, pid := range both {
		_, _ = proc.Join(s.Context(), pid.ID)
	}
	if balance != 80 {
		s.Fatalf("the balance is %d", balance)
	}
}

// Who has nothing to do with it does not stay in the way, nor in the report.
func TestShrink_LeavesOutOthers(t *testing.T) {
	for seed := range uint64(5) {
		r := failing(t, lostMoney, Seed(seed+1), Strategies(Random()))
		require.LessOrEqual(t, r.shrunk.after.switches, 6, r.shrunk)
		require.LessOrEqual(t, r.shrunk.after.steps, 45, r.shrunk)
		require.Less(t, len(r.recipe().String()), 180)
		_, picture, _ := strings.Cut(r.String(), "how it came about:\n")
		require.NotContains(t, picture, "talker")
		require.Contains(t, picture, "alice")
		require.Contains(t, picture, "bob")
		requireRepeats(t, newCheck(t, lostMoney, nil), r)
		t.Log(r.shrunk)
	}
}

// A failure is not taken for another one, also if that needs fewer switches.
func TestShrink_KeepsTheFailure(t *testing.T) {
	happened := make(seen)
	for seed := range uint64(20) {
		r := failing(t, func(s *Sim) {
			sys := s.System()
			var order []string
			for _, name := range []string{"a", "b", "c", "d"} {
				proc.Spawn(sys, func(self *proc.Self[int]) error {
					order = append(order, name)
					return self.Yield()
				})
			}
			s.Settle()
			switch order[0] {
			case "a": // as by default
				s.Fatalf("a was the first")
			case "b":
				panic("b was the first")
			case "c":
				_, _ = proc.Join(s.Context(), idle[int](sys, "c was the first").ID)
			}
			require.NotEqual(s, "d", order[0])
		}, Seed(seed+1), Strategies(Random()))
		happened[firstLine(r.outcome.failure.what)]++
		require.LessOrEqual(t, r.shrunk.after.switches, 3, r)
		c := newCheck(t, r.check.body, []Option{Seed(seed + 1), Strategies(Random())})
		before := unshrunk(t, c)
		require.True(t, sameFailure(before.outcome.failure, r.outcome.failure), "%v\n%v", before.outcome.failure, r.outcome.failure)
	}
	require.GreaterOrEqual(t, len(happened), 3, happened)
}

// unshrunk is what c reports with -sim.noshrink.
func unshrunk(t *testing.T, c *check) *report {
	t.Helper()
	*flagNoShrink = true
	defer func() { *flagNoShrink = false }()
	r := c.sweep()
	require.NotNil(t, r)
	require.Nil(t, r.shrunk)
	return r
}

func TestShrink_NotAsked(t *testing.T) {
	c := newCheck(t, lostMoney, []Option{Strategies(Random())})
	r := unshrunk(t, c)
	require.Contains(t, r.String(), "how it came about:\n")
	require.NotContains(t, r.String(), "shrunk")
	requireRepeats(t, newCheck(t, lostMoney, nil), r)
}

// What takes long to run is not run often.
func TestShrink_IsBounded(t *testing.T) {
	r := failing(t, func(s *Sim) {
		for i := range 3 {
			proc.Spawn(s.System(), func(self *proc.Self[int]) error {
				for self.Yield() == nil {
				}
				return nil
			}, proc.Titled(fmt.Sprint(i)))
		}
		s.Settle()
	}, StepLimit(2000), Strategies(Random()))
	require.Equal(t, failureEndless, r.outcome.failure.kind)
	require.LessOrEqual(t, strings.Count(r.String(), "\n"), 2*mostRows)

	again := unshrunk(t, newCheck(t, r.check.body, []Option{StepLimit(2000), Strategies(Random())}))
	for _, limit := range []spent{{runs: 2, steps: 1 << 40}, {runs: 1 << 40, steps: 3000}} {
		r := *again
		r.shrinkWithin(limit)
		require.LessOrEqual(t, r.shrunk.runs, 3, "it ends with the try that reaches the limit")
		require.True(t, r.shrunk.limited)
		require.Contains(t, r.String(), "which is the limit")
	}
}

// A run that cannot be repeated is not made smaller; one that can is, though it has
// threads that block in something else than an operation.
func TestShrink_Unrepeatable(t *testing.T) {
	n := 0
	r := failing(t, func(s *Sim) {
		n++
		pid := idle[int](s.System(), "p")
		for range n % 3 {
			pid.Send(1)
		}
		s.Fatalf("failed")
	}, Unrepeatable())
	require.Nil(t, r.shrunk)
	require.NotEmpty(t, r.doubt)

	r = failing(t, func(s *Sim) {
		var got []int
		pid := proc.Spawn(s.System(), func(self *proc.Self[int]) error {
			for n, err := range self.Messages() {
				if err != nil {
					return err
				}
				got = append(got, n)
			}
			return nil
		})
		done := make(chan bool)
		s.Go(func() { pid.Send(1); done <- true })
		for i := range 5 {
			pid.Send(i + 2)
		}
		<-done // outside of the scheduler, which is careful from here on
		s.Settle()
		require.Equal(s, 1, got[0])
	}, Strategies(Random()))
	require.Empty(t, r.doubt)
	require.NotNil(t, r.shrunk)
	require.LessOrEqual(t, r.shrunk.after.switches, 2)
	requireRepeats(t, r.check, r)
}

// Faults are left out before anything else.
func TestShrink_Faults(t *testing.T) {
	for seed := range uint64(5) {
		body := func(s *Sim) {
			sys := s.System()
			s.Fault(Kill(Titled("victim")), Crash(Titled("other")), Pause(Titled("other"), time.Second).AtMost(5), Interrupt(Titled("other"), proc.NormalExitRequested{}))
			other := proc.Spawn(sys, func(self *proc.Self[int]) error {
				for range 20 {
					if err := self.Yield(); err != nil {
						return err
					}
				}
				return nil
			}, proc.Titled("other"))
			done := false
			victim := proc.Spawn(sys, func(self *proc.Self[int]) error {
				for range 5 {
					if err := self.Yield(); err != nil {
						return err
					}
				}
				done = true
				return nil
			}, proc.Titled("victim"))
			_, _ = proc.Join(s.Context(), victim.ID)
			_, _ = proc.Join(s.Context(), other.ID)
			require.True(s, done)
		}
		r := failing(t, body, Seed(seed+1))
		require.Equal(t, 1, r.shrunk.after.faults, r)
		require.LessOrEqual(t, r.shrunk.after.switches, 1)
		require.Contains(t, r.String(), "FAULT: !2 victim is killed")
		requireRepeats(t, newCheck(t, body, nil), r)
	}
}

func TestSameFailure(t *testing.T) {
	panics := func(value, address, place string) string {
		return "panic: " + value + "\ngoroutine 7 [running]:\nruntime/debug.Stack()\n\t/usr/debug.go:7\n" +
			"panic({" + address + "})\n\t/usr/panic.go:9\nexample.f(...)\n\t/home/" + place + " +0x9\n"
	}
	for _, c := range []struct {
		name string
		a, b failure
		same bool
	}{
		{"itself", failure{what: "x"}, failure{what: "x"}, true},
		{"another kind", failure{kind: failurePanic, what: "x"}, failure{what: "x"}, false},
		{"another text", failure{what: "x"}, failure{what: "y"}, false},
		{"another step", failure{what: "x", step: 1}, failure{what: "x", step: 2}, true},
		{"numbers", failure{what: "want 80, got 90"}, failure{what: "want 80, got 1.5"}, true},
		{"addresses", failure{what: "at 0xc001"}, failure{what: "at 0xb"}, true},
		{"another place", failure{what: "no\n    at a_test.go:7"}, failure{what: "no\n    at a_test.go:8"}, false},
		{"the order of a list", failure{what: "left:\n    !1 a\n    !2 b"}, failure{what: "left:\n    !1 b\n    !2 a\n    !3 a"}, true},
		{"a longer list", failure{what: "left:\n    !1 a"}, failure{what: "left:\n    !1 a\n    !2 b"}, false},
		{"another stack", failure{what: panics("oh", "0x1", "a.go:1")}, failure{what: panics("oh", "0x2", "a.go:1")}, true},
		{"a panic elsewhere", failure{what: panics("oh", "0x1", "a.go:1")}, failure{what: panics("oh", "0x1", "a.go:2")}, false},
		{"another panic", failure{what: panics("oh", "0x1", "a.go:1")}, failure{what: panics("no", "0x1", "a.go:1")}, false},
	} {
		require.Equal(t, c.same, sameFailure(&c.a, &c.b), c.name)
		require.Equal(t, c.same, sameFailure(&c.b, &c.a), c.name)
	}
	require.False(t, sameFailure(nil, &failure{}))
	require.False(t, sameFailure(&failure{}, nil))
}

// Chunks finds what is needed among many.
func TestChunks(t *testing.T) {
	for _, needed := range [][]int{nil, {0}, {99}, {3, 4, 50}, {0, 33, 66, 99}} {
		var all []int
		for i := range 100 {
			all = append(all, i)
		}
		tries := 0
		chunks(func() int { return len(all) }, func(from, to int) bool {
			tries++
			less := leaveOut(all, from, to)
			for _, n := range needed {
				if !slices.Contains(less, n) {
					return false
				}
			}
			all = less
			return true
		})
		require.ElementsMatch(t, needed, all)
		require.Less(t, tries, 100)
	}
}

// What is left comes first, and of that what a reader looks for.
func TestShrink_SaysWhatIsLeft(t *testing.T) {
	plain := shrinking{before: size{switches: 17, steps: 23}, after: size{steps: 1}, runs: 3}
	require.Equal(t, "shrunk to no switches, 1 step; from 17 switches, 23 steps, in 3 runs", plain.String())
	faulty := shrinking{before: size{faults: 3, switches: 1, steps: 23}, after: size{faults: 1, switches: 1, steps: 9}, runs: 1, limited: true}
	require.Equal(t, "shrunk to 1 fault, 1 switch, 9 steps; from 3 faults, 1 switch, 23 steps, in 1 run, "+
		"which is the limit: it may be that it can be smaller", faulty.String())
	without := shrinking{before: size{faults: 1, steps: 5}, after: size{steps: 5}, runs: 2}
	require.Equal(t, "shrunk to no faults, no switches, 5 steps; from 1 fault, no switches, 5 steps, in 2 runs", without.String())
}

// unlike is an error whose text is another one each time.
type unlike struct{ text string }

func (e unlike) Error() string { return e.text }
func (e unlike) Alike() string { return "unlike" }

// Failures that say that they are alike are, whatever their texts.
func TestShrink_Alike(t *testing.T) {
	for what, wrap := range map[string]func(error) error{
		"":         func(err error) error { return err },
		"wrapped ": func(err error) error { return fmt.Errorf("wrapped %w", err) },
	} {
		r := failing(t, func(s *Sim) {
			said := ""
			for _, name := range []string{"a", "b", "c"} {
				s.Go(func() { said += name })
			}
			s.Settle()
			s.Errorf("%v", wrap(unlike{said}))
			s.FailNow()
		}, Strategies(Random()))
		require.Equal(t, what+"abc", r.outcome.failure.what)
		require.Empty(t, r.outcome.did.deviations)
	}
}
