package sim

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
)

// What makes no sense in any schedule is told in one line, with its place, and nothing is
// told of a run.
func TestMisuse_IsALine(t *testing.T) {
	for what, of := range map[string]struct {
		body func(s *Sim)
		opts []Option
	}{
		`Titled: log: levels: pattern "\[": .+`:                            {func(*Sim) { Titled("a", "[") }, nil},
		`AtMost: a fault that fires 0 times .+`:                            {func(*Sim) { Kill(Any()).AtMost(0) }, nil},
		`Fault: a fault of no kind, .+`:                                    {func(s *Sim) { s.Fault(Fault{}) }, nil},
		`Fault: faults are not explored\. .+`:                              {func(s *Sim) { s.Fault(Kill(Any())) }, []Option{Exhaustive()}},
		`EarlyTimers: what is early by chance is .+`:                       {func(s *Sim) { s.EarlyTimers(time.Second) }, []Option{Exhaustive()}},
		`Happened: Sometimes has not said before that "typo" is to happen`: {func(s *Sim) { s.Happened("typo") }, nil},
		`Happened: .* "c" is to happen; it has of "a", "b"`: {func(s *Sim) {
			s.Sometimes("a", nil)
			s.Sometimes("b", func() bool { return true })
			s.Happened("c")
		}, nil},
		`Happened: .* "e" is to happen`: {func(s *Sim) {
			sys := s.System(proc.WithDeadLetters(func(proc.DeadLetter) { s.Happened("e") }))
			ended := proc.Spawn(sys, func(*proc.Self[int]) error { return nil })
			_, _ = proc.Join(s.Context(), ended.ID)
			ended.Send(1)
			s.Settle()
		}, nil},
		`Happened: .* "f" is to happen.*`: {func(s *Sim) {
			s.Sometimes("g", func() bool { s.Happened("f"); return true })
			s.Settle()
		}, nil},
		`Happened: .* "h" is to happen`: {func(s *Sim) {
			proc.Spawn(s.System(), func(self *proc.Self[int]) error {
				defer s.Happened("h")
				return self.Sleep(time.Hour)
			})
			s.Settle()
		}, nil},
		`Nth: opportunities are counted from 1, not 0`: {func(s *Sim) {
			s.Go(func() { Kill(Any()).Nth(0) })
			s.Settle()
		}, nil},
		`Happened: .* "d" is to happen`: {func(s *Sim) {
			_, _ = proc.Join(s.Context(), proc.Spawn(s.System(), func(*proc.Self[int]) error { s.Happened("d"); return nil }).ID)
		}, nil},
	} {
		c := newCheck(t, of.body, of.opts)
		r := c.find()
		require.NotNil(t, r, what)
		require.Regexp(t, `^misuse_test.go:\d+: `+what+`$`, r.String())
	}
}

// Outside of a check it is a panic that says so, too.
func TestMisuse_Panics(t *testing.T) {
	defer func() {
		err, _ := recover().(error)
		require.Regexp(t, `^sim: Nth: opportunities are counted from 1, not 0 \(at misuse_test.go:\d+\)$`, err)
	}()
	Kill(Any()).Nth(0)
}
