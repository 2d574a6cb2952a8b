package harness

import (
	"context"
	"fmt"
	"testing"

	"github.com/harkgo/hark/pkg/sim"
)

// Option says how a test runs in simulations.
type Option func(*simulation)

// NotSimulated keeps a test out of simulations, because of why.
func NotSimulated(why string) Option { return func(s *simulation) { s.skip = why } }

// InstantOnly keeps a test out of simulations in which what is sent arrives some time
// later, because of why.
func InstantOnly(why string) Option { return func(s *simulation) { s.skipQueued = why } }

// Schedules is in how many schedules a test runs in each model of delivery, unless it
// is one that takes long.
func Schedules(n int) Option { return func(s *simulation) { s.runs = n } }

// simulation is how a test runs in simulations.
type simulation struct {
	runs             int
	skip, skipQueued string
}

const (
	defaultSchedules = 8
	stepLimit        = 200_000 // who spins has a tenth of that to itself
)

// Simulated runs a test in schedules that a simulator chooses, as subtests: first
// with all that is sent under way for some time, then with instant delivery.
func Simulated(t *testing.T, test func(w *World), opts ...Option) {
	t.Helper()
	of := simulation{runs: defaultSchedules}
	for _, o := range opts {
		o(&of)
	}
	of.model(t, "sim", of.skip+of.skipQueued, true, test)
	of.model(t, "sim instant", of.skip, false, test, sim.Instant())
}

func (of simulation) model(t *testing.T, name, skip string, queued bool, test func(w *World), opts ...sim.Option) {
	t.Helper()
	t.Run(name, func(t *testing.T) {
		if skip != "" {
			t.Skip(skip)
		}
		// Most of these tests wait for channels, and with that leave the scheduler.
		opts = append(opts, sim.Runs(of.runs), sim.Unrepeatable(), sim.StepLimit(stepLimit))
		sim.Check(t, func(s *sim.Sim) {
			w := &World{T: t, Bubble: true, Sim: s, queued: queued}
			s.Cleanup(w.showLog)
			test(w)
		}, opts...)
	})
}

// Errorf makes the test fail, and goes on.
func (w *World) Errorf(format string, args ...any) {
	w.Helper()
	if w.Sim != nil {
		w.Sim.Errorf(format, args...)
	} else {
		w.T.Errorf(format, args...)
	}
}

// FailNow makes the test fail, and ends it.
func (w *World) FailNow() {
	w.Helper()
	if w.Sim != nil {
		w.Sim.FailNow()
	} else {
		w.T.FailNow()
	}
}

// Fatalf is Errorf and FailNow.
func (w *World) Fatalf(format string, args ...any) {
	w.Helper()
	w.Errorf(format, args...)
	w.FailNow()
}

// Failed reports whether the test has failed.
func (w *World) Failed() bool {
	if w.Sim != nil {
		return w.Sim.Failed()
	}
	return w.T.Failed()
}

// Logf adds a line to what is told of the test, in a simulation if it fails.
func (w *World) Logf(format string, args ...any) {
	w.Helper()
	if w.Sim != nil {
		w.Sim.Logf(format, args...)
	} else {
		w.T.Logf(format, args...)
	}
}

// Context ends with the test.
func (w *World) Context() context.Context {
	if w.Sim != nil {
		return w.Sim.Context()
	}
	return w.T.Context()
}

// Cleanup runs f when the test is over, before its systems are stopped.
func (w *World) Cleanup(f func()) {
	if w.Sim != nil {
		w.Sim.Cleanup(f)
	} else {
		w.T.Cleanup(f)
	}
}

// Error is Errorf.
func (w *World) Error(args ...any) {
	w.Helper()
	w.Errorf("%s", fmt.Sprintln(args...))
}

// Fatal is Error and FailNow.
func (w *World) Fatal(args ...any) {
	w.Helper()
	w.Error(args...)
	w.FailNow()
}
