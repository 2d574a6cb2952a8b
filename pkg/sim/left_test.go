package sim

import (
	"maps"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
)

// A name that is left is told, with whoever has it. Only a mistake in proc leaves one
// behind: here the look comes before the system is stopped.
func TestCheck_NamesLeft(t *testing.T) {
	told := ""
	Check(t, func(s *Sim) {
		sys := s.System()
		p := proc.Spawn(sys, func(self *proc.Self[int]) error { _, err := self.Receive(); return err },
			proc.Registered(proc.NewName[int]("clerk")))
		told = namesLeft(sys.Names())
		p.Kill()
		_, _ = proc.Join(s.Context(), p.ID)
		require.Empty(s, maps.Collect(sys.Names()))
	}, Runs(10))
	require.Equal(t, "\n    the name \"clerk\", of process !1", told)
}
