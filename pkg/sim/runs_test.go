package sim

import (
	"flag"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// How many runs a check has: what the test says, else a thousand, a tenth of it with
// -short, and what the command line says in any case.
func TestRuns(t *testing.T) {
	set := func(name, value string) {
		f := flag.Lookup(name)
		before := f.Value.String()
		require.NoError(t, flag.Set(name, value))
		t.Cleanup(func() { _ = flag.Set(name, before) })
	}
	runs := func(opts ...Option) int {
		var n atomic.Int32
		Check(t, func(*Sim) { n.Add(1) }, append(opts, Unrepeatable())...)
		return int(n.Load())
	}
	set("sim.runs", "0")
	set("test.short", "false")
	require.Equal(t, 1000, runs())
	require.Equal(t, 70, runs(Runs(70)))
	require.Equal(t, 70, runs(Runs(70), Parallel()))
	set("test.short", "true")
	require.Equal(t, 100, runs())
	require.Equal(t, 7, runs(Runs(70)))
	require.Equal(t, 1, runs(Runs(3)))
	set("sim.runs", "12")
	require.Equal(t, 12, runs())
	require.Equal(t, 12, runs(Runs(70)))
}
