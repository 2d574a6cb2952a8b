package proc_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

// Exit never returns: deferred functions run, and the process ends with its reason; nil is a normal end.
func TestDecided_ExitEndsTheProcessWithItsReason(t *testing.T) {
	for _, reason := range []proc.ShutdownReason{
		nil,
		proc.ExitNormally{},
		shutdownWith("enough"),
		proc.ExitUnhandledError{Err: io.EOF},
		proc.ExitOtherProcessNotRunning{Reason: proc.ExitKilled{}},
	} {
		harness.Everywhere(t, func(w *harness.World) {
			s := w.System()
			passed := make(chan string, 4)
			pid := proc.Spawn(s, func(p *proc.Self[string]) error {
				defer func() { passed <- "outer" }()
				p.ID().Interrupt(interruptBy(1)) // it does not matter any more
				func() {
					defer func() { passed <- "inner" }()
					p.Exit(reason)
					passed <- "Exit returned"
				}()
				passed <- "Exit ended a function only"
				return errors.New("never returned")
			})
			want := reason
			if want == nil {
				want = proc.ExitNormally{}
			}
			require.Equal(w, want, harness.Ended(w, pid.ID))
			require.Equal(w, "inner", harness.Value(w, passed))
			require.Equal(w, "outer", harness.Value(w, passed))
			require.Empty(w, passed)
		})
	}
}

// Of two Exits the first one wins.
func TestDecided_TheFirstExitWins(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			defer p.Exit(shutdownWith("second"))
			p.Exit(shutdownWith("first"))
			return nil
		})
		require.Equal(w, shutdownWith("first"), harness.Ended(w, pid.ID))
	})
}

// Exit and a shutdown of oneself hold inside deferred functions too, whatever the body returned.
func TestDecided_ExitHoldsInDeferredFunctions(t *testing.T) {
	ends := map[string]func(p *proc.Self[string]){
		"exit":          func(p *proc.Self[string]) { p.Exit(shutdownWith("deferred")) },
		"shutdown":      func(p *proc.Self[string]) { p.ID().Shutdown(shutdownWith("deferred")) },
		"shutdown, act": func(p *proc.Self[string]) { p.ID().Shutdown(shutdownWith("deferred")); _ = p.Yield() },
	}
	bodies := map[string]func(p *proc.Self[string]) error{
		"nil":       func(*proc.Self[string]) error { return nil },
		"error":     func(*proc.Self[string]) error { return io.EOF },
		"interrupt": func(*proc.Self[string]) error { return proc.NormalExitRequested{} },
		"reason":    func(*proc.Self[string]) error { return shutdownWith("returned") },
		"recovered panic": func(*proc.Self[string]) error {
			defer func() { _ = recover() }()
			panic("recovered")
		},
	}
	for how, end := range ends {
		for what, body := range bodies {
			t.Run(how+" after "+what, func(t *testing.T) {
				harness.Everywhere(t, func(w *harness.World) {
					s := w.System()
					outer := make(chan struct{}, 1)
					pid := proc.Spawn(s, func(p *proc.Self[string]) error {
						defer func() { outer <- struct{}{} }()
						defer end(p)
						return body(p)
					})
					require.Equal(w, shutdownWith("deferred"), harness.Ended(w, pid.ID))
					harness.Value(w, outer)
				})
			})
		}
	}
}

// A shutdown of oneself takes effect at the next operation.
func TestDecided_AShutdownOfOneselfHolds(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		survived := make(chan error, 1)
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			p.ID().Shutdown(shutdownWith("by itself"))
			survived <- p.Sleep(time.Hour)
			return nil
		})
		require.Equal(w, shutdownWith("by itself"), harness.Ended(w, pid.ID))
		require.Empty(w, survived)
	})
}

// A shutdown accepted before the body has returned is the reason, whatever the body returns.
func TestDecided_AnAcceptedShutdownIsTheReason(t *testing.T) {
	for name, result := range map[string]error{
		"nil":       nil,
		"error":     io.EOF,
		"interrupt": proc.NormalExitRequested{},
		"reason":    shutdownWith("its own"),
		"crash":     proc.ExitUnhandledError{Err: io.EOF},
	} {
		t.Run("body returns "+name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				ready, gate := make(chan struct{}, 1), make(chan struct{})
				pid := proc.Spawn(s, func(*proc.Self[string]) error {
					ready <- struct{}{}
					<-gate
					return result
				})
				harness.Value(w, ready)
				pid.Shutdown(shutdownWith("told to"))
				w.Arrive()
				close(gate)
				require.Equal(w, shutdownWith("told to"), harness.Ended(w, pid.ID))
			})
		})
		t.Run("deferred after "+name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				ready, gate := make(chan struct{}, 1), make(chan struct{})
				pid := proc.Spawn(s, func(*proc.Self[string]) error {
					defer func() { ready <- struct{}{}; <-gate }()
					return result
				})
				harness.Value(w, ready)
				pid.Shutdown(shutdownWith("told to"))
				w.Arrive()
				close(gate)
				require.Equal(w, shutdownWith("told to"), harness.Ended(w, pid.ID))
			})
		})
	}
}

// A panic before an accepted shutdown has taken effect still ends with ExitPanic.
func TestDecided_APanicBeforeTheShutdownTakesEffect(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		ready, gate := make(chan struct{}, 1), make(chan struct{})
		pid := proc.Spawn(s, func(*proc.Self[string]) error {
			ready <- struct{}{}
			<-gate
			panic("before the shutdown took effect")
		})
		harness.Value(w, ready)
		pid.Shutdown(shutdownWith("told to"))
		close(gate)
		panicked, ok := errors.AsType[proc.ExitPanic](harness.Ended(w, pid.ID))
		require.True(w, ok)
		require.Equal(w, "before the shutdown took effect", panicked.Value)
	})
}

// shutdownAfterBody spawns a process whose body has returned result and that
// waits for its owned child, which is busy until gate is closed.
func shutdownAfterBody(w *harness.World, s *proc.System, gate <-chan struct{}, result error) (parent, child proc.ID) {
	children, cleaning := make(chan proc.ID, 1), make(chan struct{}, 1)
	pid := proc.Spawn(s, func(p *proc.Self[string]) error {
		ready := make(chan struct{}, 1)
		child := proc.Spawn(p, func(p *proc.Self[string]) error {
			defer func() { cleaning <- struct{}{}; <-gate }()
			ready <- struct{}{}
			return p.Sleep(1000 * time.Hour)
		}, proc.Owned())
		<-ready
		children <- child.ID
		return result
	})
	child = harness.Value(w, children)
	harness.Value(w, cleaning) // its parent's body has returned
	return pid.ID, child
}

// Once the body has returned neither a shutdown nor an interrupt changes the reason.
func TestDecided_AfterTheBodyOnlyAKillChangesAnything(t *testing.T) {
	for name, result := range map[string]error{"normal": nil, "crash": io.EOF} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				gate := make(chan struct{})
				parent, child := shutdownAfterBody(w, s, gate, result)
				parent.Interrupt(interruptBy(1))
				parent.Shutdown(shutdownWith("too late"))
				require.True(w, parent.Alive())
				close(gate)
				reason := harness.Ended(w, parent)
				if result == nil {
					require.Equal(w, proc.ExitNormally{}, reason)
				} else {
					require.Equal(w, proc.ExitUnhandledError{Err: result}, reason)
				}
				owner, ok := errors.AsType[proc.ExitOwnerEnded](harness.Ended(w, child))
				require.True(w, ok)
				require.True(w, owner.ID == parent)
				require.Equal(w, reason, owner.Reason)
				require.Equal(w, reason.Severity(), owner.Severity())
			})
		})
	}
	t.Run("kill", func(t *testing.T) {
		harness.Everywhere(t, func(w *harness.World) {
			s := w.System()
			gate := make(chan struct{})
			parent, child := shutdownAfterBody(w, s, gate, nil)
			parent.Kill()
			require.Equal(w, proc.ExitKilled{}, parent.Reason())
			require.Equal(w, proc.ExitKilled{}, child.Reason())
			close(gate)
		})
	})
}

// Run ends a process by the same rules: main's own Exit is what it returns.
func TestDecided_ExitOfMainIsWhatRunReturns(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		run := func(reason proc.ShutdownReason) error {
			return proc.Run(context.Background(), func(p *proc.Self[string]) error {
				p.Exit(reason)
				return nil
			}, proc.WithLogger(zerolog.Nop()))
		}
		require.NoError(w, run(nil))
		require.NoError(w, run(shutdownWith("enough")))
		err := run(proc.ExitUnhandledError{Err: io.EOF})
		require.ErrorIs(w, err, io.EOF)
	})
}
