package proc_test

import (
	"maps"
	"slices"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

func TestS6_NamesInUse(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		require.Empty(w, maps.Collect(s.Names()))
		idle := func(self *proc.Self[int]) error { _, err := self.Receive(); return err }
		clerk := proc.Spawn(s, idle, proc.Registered(proc.NewName[int]("clerk")))
		other := proc.Spawn(s, idle, proc.Registered(proc.NewName[int]("baker")))
		require.NoError(w, proc.Register(s, proc.NewName[int]("dean"), clerk))
		require.Equal(w, map[string]proc.ID{"baker": other.ID, "clerk": clerk.ID, "dean": clerk.ID}, maps.Collect(s.Names()))
		var order []string
		for name := range s.Names() {
			order = append(order, name)
		}
		require.True(w, slices.IsSorted(order))
		for name := range s.Names() {
			require.Equal(w, "baker", name)
			proc.Unregister(s, proc.NewName[int](name)) // nothing is held meanwhile
			break
		}
		other.Kill()
		clerk.Kill()
		harness.Ended(w, clerk.ID)
		require.Empty(w, maps.Collect(s.Names()))
	})
}
