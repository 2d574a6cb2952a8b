package harness

import (
	"context"
	"testing"
	"testing/synctest"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/log"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sim"
)

// World is what a test runs in. What a simulation does in its own way, instead of as
// testing.T does, is in simulated.go.
type World struct {
	*testing.T
	Bubble bool        // time is virtual
	Sim    *sim.Sim    // nil: goroutines run as they like
	Logs   log.Capture // what the systems have logged

	queued  bool // what is sent is under way for some time
	systems []*proc.System
}

// Everywhere runs a test under each runtime, as subtests.
func Everywhere(t *testing.T, test func(w *World), opts ...Option) {
	t.Helper()
	t.Run("production", func(t *testing.T) { Production(t, test) })
	t.Run("synctest", func(t *testing.T) { Virtually(t, test) })
	Simulated(t, test, opts...)
}

// Production runs a test with real goroutines and timers. When it is over no more
// goroutines may be left than there were.
func Production(t *testing.T, test func(w *World)) {
	t.Helper()
	before := Goroutines()
	w := &World{T: t}
	t.Cleanup(func() {
		w.stopAll()
		w.Eventually("all goroutines of the test have ended", func() bool { return Goroutines() <= before })
	})
	test(w)
}

// Virtually runs a test inside a bubble: time stands still while anybody has
// something to do, and jumps when all wait. The bubble itself finds goroutines that
// are left.
func Virtually(t *testing.T, test func(w *World)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		w := &World{T: t, Bubble: true}
		t.Cleanup(w.stopAll)
		test(w)
	})
}

// System makes a system that logs to w.Logs, at all levels unless opts say
// otherwise. It is stopped at the end of the test.
func (w *World) System(opts ...proc.Option) *proc.System {
	opts = append([]proc.Option{proc.WithLogger(zerolog.New(&w.Logs))}, opts...)
	var s *proc.System
	if w.Sim != nil {
		s = w.Sim.System(opts...)
	} else {
		s = proc.NewSystem(opts...)
	}
	w.systems = append(w.systems, s)
	return s
}

// Quiet makes a system that logs nothing, for tests with many processes.
func (w *World) Quiet(opts ...proc.Option) *proc.System {
	return w.System(append([]proc.Option{proc.WithLogger(zerolog.Nop())}, opts...)...)
}

// Forget lets go of the systems that it has made, which the test has stopped.
func (w *World) Forget() { w.systems = nil }

// Systems are those that it has made, the oldest first.
func (w *World) Systems() []*proc.System { return w.systems }

func (w *World) stopAll() {
	for _, s := range w.systems {
		require.NoError(w, s.Stop(context.Background()))
		w.Eventually("every process has ended", func() bool {
			for range s.Processes() {
				return false
			}
			for range s.Abandoned() {
				return false
			}
			return true
		})
	}
	w.showLog()
}

func (w *World) showLog() {
	if w.Failed() {
		w.Logf("the log:\n%s", w.Logs.String())
	}
}
