package linear_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/linear"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sim"
)

// What has no end in the run, and what a goroutine has done that is no thread of it.
func TestSim_Steps(t *testing.T) {
	sim.Check(t, func(s *sim.Sim) {
		var h history
		h.Begin("killed", add(1))
		done(&h, "ada", read, 1)
		h.Begin("bob", add(2)).Fail(errors.New("timeout"))
		outside := func(f func()) {
			over := make(chan bool)
			go func() {
				f()
				close(over)
			}()
			<-over
			s.Settle()
		}
		outside(func() { done(&h, "guest", read, 1) })
		pending := h.Begin("eve", add(1))
		outside(func() { pending.End(9) })

		err := linear.Verify(register, &h)
		var not linear.NotLinearizable
		require.ErrorAs(s, err, &not)
		require.Len(s, not.Steps(), 1, "the return has none")
		report := err.Error()
		require.Regexp(s, `(?m)steps \d+– +killed  add 1 → \? \(it has not returned\)$`, report)
		require.Regexp(s, `(?m)steps (\d+)–(\d+) +ada     read → 1$`, report)
		require.Regexp(s, `(?m)steps (\d+)–(\d+) +bob     add 2 → \? \(timeout\)$`, report)
		require.Regexp(s, `(?m)^    [^s]* {10,}guest   read → 1$`, report)
		require.Regexp(s, `(?m)steps (\d+)–\? +eve     add 1 → 9, but it would return`, report)
	}, sim.Runs(20))
}

// The report of the run shows what cannot come next, though much has come after it.
func TestSim_StepsInAReport(t *testing.T) {
	out := reportOf(t, func(s *sim.Sim) {
		sys := s.System()
		var h history
		proc.Spawn(sys, func(self *proc.Self[string]) error {
			for range 100 {
				done(&h, "ada", write(1), 1)
				s.Point("before")
			}
			done(&h, "ada", read, 0)
			for i := range 30 {
				for n := range 4 {
					s.Point(fmt.Sprint("after ", i, n))
				}
				done(&h, "ada", read, 1)
			}
			return nil
		}, proc.Titled("ada"))
		s.Settle()
		linear.Check(s, register, &h)
	})
	require.Regexp(t, `none of these can come next:\n +steps (\d+)–\d+ +ada  read → 0, but it would return 1\n`, out)
	require.Regexp(t, ` operation → 0\n.* is at after 0 0\n.*rows left out\n`, out)
}
