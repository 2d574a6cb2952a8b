package sim_test

import (
	"errors"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sim"
	"github.com/harkgo/hark/pkg/sup"
)

// U4, U7: two children that crash at the same time restart their group once, and a
// stop in the midst of that leaves none of them.
func TestKernel_SupervisorsStopAgainstRestart(t *testing.T) {
	crash := errors.New("crash")
	happened := make(map[bool]int)
	sim.Check(t, func(s *sim.Sim) {
		sys := s.System()
		begun := 0
		names := []proc.Name[string]{proc.NewName[string]("a"), proc.NewName[string]("b")}
		child := func(self *proc.Self[string]) error {
			begun++
			if _, err := self.Receive(); err != nil {
				return err
			}
			return crash
		}
		var children []sup.Child
		for _, name := range names {
			children = append(children, sup.Worker(name.String(), child, proc.Registered(name)))
		}
		top := proc.Spawn(sys, func(self *proc.Self[string]) error {
			return sup.Run(self, sup.Spec{Strategy: sup.OneForAll, Intensity: 1, Period: time.Minute, Children: children})
		}, proc.Titled("supervisor"))
		s.Settle()
		require.Equal(s, 2, begun)
		for _, name := range names {
			pid, found := proc.Whereis(sys, name)
			require.True(s, found)
			s.Go(func() { pid.Send("crash") })
		}
		if s.Rand().IntN(2) == 0 {
			s.Settle()
			require.True(s, top.Alive(), "the intensity allows one restart")
			require.Equal(s, 4, begun)
		}
		top.Interrupt(proc.NormalExitRequested{})
		reason, err := proc.Join(s.Context(), top.ID)
		require.NoError(s, err)
		require.Equal(s, proc.ExitSuccess, reason.Severity(), "%v", reason)
		for _, name := range names {
			_, found := proc.Whereis(sys, name)
			require.False(s, found, "%s outlives its supervisor", name)
		}
		happened[begun == 4]++
	})
	require.Len(t, happened, 2, "the stop comes before the restart, or after: %v", happened)
}
