package proc_test

import (
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

// A settled pid leads for good to the process that was found, through the same functions.
func TestDecided_ASettledPidLooksNothingUp(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		a, b := puppetOf[string](w, s), puppetOf[string](w, s)
		name := proc.NewName[string]("p")
		view := proc.Contramap(proc.Named(s, name), strconv.Itoa)
		_, ok := view.Settled()
		require.False(w, ok)
		require.NoError(w, proc.Register(s, name, a.Pid))
		settled, ok := view.Settled()
		require.True(w, ok)
		require.True(w, settled.ID == a.ID)
		proc.Unregister(s, name)
		require.NoError(w, proc.Register(s, name, b.Pid))
		settled.Send(1)
		view.Send(2)
		w.Arrive()
		require.Equal(w, []any{"1"}, puppetDrain(a))
		require.Equal(w, []any{"2"}, puppetDrain(b))

		straight, ok := a.Pid.Settled()
		require.True(w, ok)
		require.True(w, straight == a.Pid)
		bare, ok := proc.Pid[string]{ID: view.ID}.Settled()
		require.True(w, ok)
		require.True(w, bare == b.Pid)
		_, ok = proc.Pid[string]{}.Settled()
		require.False(w, ok)
	})
}
