package sim

import (
	"fmt"
	"maps"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
)

// A name that is left is told, with whoever has it. Only a mistake in proc leaves one
// behind: here the look comes before the system is stopped.
func TestCheck_NamesLeft(t *testing.T) {
	var told []string
	Check(t, func(s *Sim) {
		sys := s.System()
		p := proc.Spawn(sys, func(self *proc.Self[int]) error { _, err := self.Receive(); return err },
			proc.Registered(proc.NewName[int]("clerk")))
		told = namesLeft(sys.Names())
		p.Kill()
		_, _ = proc.Join(s.Context(), p.ID)
		require.Empty(s, maps.Collect(sys.Names()))
	}, Runs(10))
	require.Equal(t, []string{`the name "clerk", of process !1`}, told)
}

// A goroutine that the simulator has not started is told by what it does, and where.
func TestCheck_LeaksGoroutines(t *testing.T) {
	for _, opts := range [][]Option{nil, {Parallel()}, {Exhaustive()}} {
		r := failing(t, func(*Sim) {
			never := make(chan int)
			go func() { <-never }()
		}, opts...)
		require.Equal(t, failureLeak, r.outcome.failure.kind, r.String())
		require.Regexp(t, `^goroutines that the test has started are left:\n    one that does not go on: chan receive, at left_test.go:\d+; started at left_test.go:\d+$`,
			r.outcome.failure.what)
		requireRepeats(t, r.check, r)
	}
}

// A system that is not the simulator's is told as such.
func TestCheck_LeaksASystem(t *testing.T) {
	r := failing(t, func(s *Sim) {
		proc.Spawn(proc.NewSystem(), func(self *proc.Self[int]) error { _, err := self.Receive(); return err })
		s.Go(func() {})
		s.Settle()
	})
	require.Equal(t, failureLeak, r.outcome.failure.kind)
	require.Regexp(t, `\n    one of a system that s.System has not made: .+, at left_test.go:\d+;`, r.outcome.failure.what)
	require.Regexp(t, `\nwhat there was before:\n(?s:.*)begins thread 1 of the test`, r.String(), "nobody whom the simulator knows has led to it")
}

// A list of many has not a line for each.
func TestCheck_LeaksMany(t *testing.T) {
	r := failing(t, func(s *Sim) {
		for range 100 {
			s.Go(func() { s.Sleep(time.Hour) })
		}
		s.Go(func() { s.Settle(); s.Sleep(time.Hour); s.Settle() })
		for range 30 {
			time.AfterFunc(time.Minute, func() { s.Sleep(time.Hour) })
		}
	}, Runs(1))
	what := r.outcome.failure.what
	require.Contains(t, what, "more like these")
	require.Less(t, strings.Count(what, "\n"), 30, what)
}

func TestListed(t *testing.T) {
	var lines []string
	for i := range 20 {
		lines = append(lines, fmt.Sprint("worker ", i))
	}
	require.Equal(t, 20, strings.Count(listed(lines), "\n"))
	lines = append(lines, "another", "worker 20")
	require.Equal(t, "\n    worker 0\n    worker 1\n    worker 2\n    … and 18 more like these\n    another", listed(lines))
	lines = lines[:0]
	for i := range 100 {
		lines = append(lines, strings.Repeat("x", i/2))
	}
	require.True(t, strings.HasSuffix(listed(lines), "\n    "+strings.Repeat("x", 19)+"\n    … and 60 others"), listed(lines))
}
