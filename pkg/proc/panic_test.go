package proc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

// panicEnded waits until id has ended and returns the ExitPanic that it must have ended with.
func panicEnded(w *harness.World, id proc.ID) proc.ExitPanic {
	w.Helper()
	reason := harness.Ended(w, id)
	panicked, ok := reason.(proc.ExitPanic)
	require.True(w, ok, "%T %v", reason, reason)
	require.Equal(w, proc.Crash, panicked.Severity())
	return panicked
}

// A panic ends its process with ExitPanic, which holds the value as it was.
func TestI6_APanicKeepsItsValue(t *testing.T) {
	for name, v := range map[string]any{
		"string":           "out of cheese",
		"int":              42,
		"error":            io.EOF,
		"wrapped error":    fmt.Errorf("reading: %w", io.EOF),
		"slice":            []int{1, 2},
		"map":              map[string]int{"a": 1},
		"pointer":          &struct{ N int }{3},
		"interrupt":        proc.NormalExitRequested{},
		"shutdown reason":  proc.ExitNormally{},
		"another's panic":  proc.ExitPanic{Value: "another's"},
		"joined error":     errors.Join(io.EOF, proc.ExitNormally{}),
		"incomparable err": reasonError{doing: "panicking", parts: []error{io.EOF}},
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				pid := proc.Spawn(s, func(*proc.Self[string]) error { panic(v) })
				panicked := panicEnded(w, pid.ID)
				require.Equal(w, v, panicked.Value)
				if err, ok := v.(error); ok {
					require.Equal(w, err, errors.Unwrap(panicked))
					require.Equal(w, errors.Is(err, io.EOF), errors.Is(panicked, io.EOF))
				} else {
					require.NoError(w, errors.Unwrap(panicked))
				}
				require.Contains(w, panicked.Error(), fmt.Sprint(v))
				require.EqualValues(w, 1, s.Counters().Crashed)
			})
		})
	}
}

// What the Go runtime panics with is an error in the chain.
func TestI6_RuntimeErrorsAreInTheChain(t *testing.T) {
	var (
		none  []int
		table map[string]int
		null  *struct{ n int }
		thing any = "text"
	)
	for name, body := range map[string]func(){
		"index":     func() { _ = none[len(none)] },
		"nil map":   func() { table["a"] = 1 },
		"nil":       func() { _ = null.n },
		"assertion": func() { _ = thing.(int) }, //nolint:errcheck,forcetypeassert // on purpose
		"divide":    func() { _ = 1 / len(none) },
		"panic nil": func() { panic(nil) },
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				pid := proc.Spawn(s, func(*proc.Self[string]) error { body(); return nil })
				panicked := panicEnded(w, pid.ID)
				_, ok := errors.AsType[runtime.Error](panicked)
				require.True(w, ok, "%T", panicked.Value)
			})
		})
	}
}

// panicDeepDown calls itself often enough for a stack that needs room.
func panicDeepDown(depth int) int {
	if depth == 0 {
		panic("at the bottom")
	}
	return panicDeepDown(depth-1) + 1
}

// The stack reaches from where the panic was to the body.
func TestI6_APanicKeepsItsFullStack(t *testing.T) {
	for name, start := range map[string]func(){
		"body": func() { panicDeepDown(60) },
		"deferred": func() {
			defer panicDeepDown(60)
		},
		"after others that were recovered": func() {
			for range 3 {
				func() { defer func() { _ = recover() }(); panicDeepDown(1) }()
			}
			panicDeepDown(60)
		},
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				pid := proc.Spawn(s, func(*proc.Self[string]) error { start(); return nil })
				stack := panicEnded(w, pid.ID).Stack
				require.Contains(w, stack, "panicDeepDown")
				require.Contains(w, stack, "TestI6_APanicKeepsItsFullStack")
				require.Contains(w, stack, "panic_test.go:")
			})
		})
	}
}

// A panic in a handler ends its process and no other; deferred functions run, the system goes on.
func TestF14_APanicEndsOnlyItsProcess(t *testing.T) {
	const n = 20
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		handled, cleaned := make(chan int, n), make(chan int, n)
		var pids []proc.Pid[string]
		for i := range n {
			pids = append(pids, proc.Spawn(s, func(p *proc.Self[string]) error {
				defer func() { cleaned <- i }()
				for m, err := range p.Messages() {
					if err != nil {
						return err
					}
					if m == "panic" {
						panic(fmt.Sprintf("handler %d", i))
					}
					handled <- i
				}
				return nil
			}))
		}
		for i := 0; i < n; i += 2 {
			pids[i].Send("panic")
			require.Equal(w, fmt.Sprintf("handler %d", i), panicEnded(w, pids[i].ID).Value)
			require.Equal(w, i, harness.Value(w, cleaned))
		}
		for i := 1; i < n; i += 2 {
			require.True(w, pids[i].Alive())
			pids[i].Send("work")
			require.Equal(w, i, harness.Value(w, handled))
		}
		require.Empty(w, cleaned)
		counters := s.Counters()
		require.EqualValues(w, n/2, counters.Crashed)
		require.EqualValues(w, n/2, counters.Ended)
	})
}

// Main's panic ends the system with that reason, not the program.
func TestF14_APanicOfMainIsReturnedByRun(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		err := proc.Run(context.Background(), func(*proc.Self[string]) error { panic(io.EOF) },
			proc.WithLogger(zerolog.Nop()))
		_, ok := errors.AsType[proc.ExitPanic](err)
		require.True(w, ok, "%v", err)
		require.ErrorIs(w, err, io.EOF)
	})
}

// A panic that the body recovers from is none.
func TestI6_ARecoveredPanicIsNone(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		pid := proc.Spawn(s, func(p *proc.Self[string]) (err error) {
			defer func() { err = fmt.Errorf("recovered: %v", recover()) }()
			panic("out of cheese")
		})
		reason := harness.Ended(w, pid.ID)
		require.IsType(w, proc.ExitUnhandledError{}, reason)
		require.ErrorContains(w, reason, "recovered: out of cheese")
	})
}

// A panic in a deferred function is a panic of the process, whatever the body returned; the last of two counts.
func TestI6_APanicInADeferredFunction(t *testing.T) {
	for name, body := range map[string]func() error{
		"nil":    func() error { return nil },
		"error":  func() error { return io.ErrUnexpectedEOF },
		"reason": func() error { return shutdownWith("enough") },
		"panic":  func() error { panic("first") },
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				outer := make(chan struct{}, 1)
				pid := proc.Spawn(s, func(*proc.Self[string]) error {
					defer func() { outer <- struct{}{} }()
					defer func() { panic(fmt.Errorf("deferred: %w", io.EOF)) }()
					return body()
				})
				panicked := panicEnded(w, pid.ID)
				require.ErrorIs(w, panicked, io.EOF)
				require.ErrorContains(w, panicked, "deferred: EOF")
				harness.Value(w, outer)
			})
		})
	}
}

// A panic in a deferred function during a shutdown is logged; the shutdown stays the reason, further ones run.
func TestDecided_APanicDuringAShutdownIsLogged(t *testing.T) {
	for name, c := range map[string]struct {
		body   func(p *proc.Self[string]) error
		end    func(id proc.ID)
		reason proc.ShutdownReason
	}{
		"shutdown": {
			shutdownIdle,
			func(id proc.ID) { id.Shutdown(shutdownWith("told to")) },
			shutdownWith("told to"),
		},
		"exit": {
			func(p *proc.Self[string]) error { p.Exit(shutdownWith("enough")); return nil },
			func(proc.ID) {},
			shutdownWith("enough"),
		},
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				gate, ready, outer := make(chan struct{}), make(chan struct{}, 1), make(chan struct{}, 1)
				pid := proc.Spawn(s, func(p *proc.Self[string]) error {
					defer func() { outer <- struct{}{} }()
					defer func() { panic("during the shutdown") }()
					ready <- struct{}{}
					<-gate
					return c.body(p)
				})
				harness.Value(w, ready)
				close(gate)
				w.Eventually("it is in the body's operation", func() bool {
					info, _ := pid.Info()
					return !pid.Alive() || info.State == proc.Sleeping
				})
				c.end(pid.ID)
				require.Equal(w, c.reason, harness.Ended(w, pid.ID))
				harness.Value(w, outer)
				w.Eventually("the panic is logged", func() bool {
					return len(loggingWith(w, "during the shutdown", pid.String())) > 0
				})
				require.Zero(w, s.Counters().Crashed)
			})
		})
	}
}

// Links, monitors and callers of a process that panics learn the value.
func TestI6_OthersLearnThePanicsValue(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		got, ready, gate := make(chan error, 3), make(chan error, 1), make(chan struct{})
		pid := proc.Spawn(s, func(p *proc.Self[proc.ReplyTo[string]]) error {
			<-gate
			_, err := p.Receive()
			panic(errors.Join(errors.New("out of cheese"), err))
		})
		proc.Spawn(s, func(p *proc.Self[proc.ProcessDown]) error {
			p.Monitor(pid.ID)
			ready <- p.Link(pid.ID)
			got <- p.Sleep(time.Hour)
			down, err := p.Receive()
			got <- down.Reason
			return err
		})
		require.NoError(w, harness.Value(w, ready))
		close(gate)
		_, err := proc.Call(context.Background(), pid, interruptAsk)
		for _, err := range []error{err, harness.Value(w, got), harness.Value(w, got)} {
			panicked, ok := errors.AsType[proc.ExitPanic](err)
			require.True(w, ok, "%v", err)
			require.ErrorContains(w, err, "out of cheese")
			require.Contains(w, panicked.Stack, "TestI6_OthersLearnThePanicsValue")
		}
	})
}

// Functions that a process hands to an operation panic in that process: a request, a Contramap.
func TestI6_AFunctionGivenToAnOperationPanicsInTheCaller(t *testing.T) {
	for name, act := range map[string]func(p *proc.Self[string], other proc.Pid[proc.ReplyTo[string]]){
		"request": func(p *proc.Self[string], other proc.Pid[proc.ReplyTo[string]]) {
			_, _ = proc.Call(p, other, func(proc.ReplyTo[string]) proc.ReplyTo[string] { panic("in the caller") })
		},
		"Contramap": func(_ *proc.Self[string], other proc.Pid[proc.ReplyTo[string]]) {
			proc.Contramap(other, func(int) proc.ReplyTo[string] { panic("in the caller") }).Send(1)
		},
		"Via": func(p *proc.Self[string], other proc.Pid[proc.ReplyTo[string]]) {
			via := proc.Via(p, func() (proc.Pid[proc.ReplyTo[string]], bool) { panic("in the caller") })
			via.Send(proc.ReplyTo[string]{})
		},
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				peers := newInterruptPeers(w, s)
				pid := proc.Spawn(s, func(p *proc.Self[string]) error { act(p, peers.silent); return nil })
				require.Equal(w, "in the caller", panicEnded(w, pid.ID).Value)
				require.True(w, peers.silent.Alive())
			})
		})
	}
}

// panicWhenRead is an error whose text cannot be had.
type panicWhenRead struct{}

func (panicWhenRead) Error() string { panic("no text") }

// panicIfNil is an error that is no good as a nil pointer.
type panicIfNil struct{ text string }

func (e *panicIfNil) Error() string { return e.text }

// An error or panic value whose own text panics ends its process and nothing else.
func TestF14_AValueWithoutATextEndsOnlyItsProcess(t *testing.T) {
	for name, body := range map[string]func(p *proc.Self[string]) error{
		"returned":  func(*proc.Self[string]) error { return panicWhenRead{} },
		"typed nil": func(*proc.Self[string]) error { return (*panicIfNil)(nil) },
		"panic":     func(*proc.Self[string]) error { panic(panicWhenRead{}) },
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				pid := proc.Spawn(s, body)
				require.Equal(w, proc.Crash, harness.Ended(w, pid.ID).Severity())
				require.EqualValues(w, 1, s.Counters().Crashed)
			})
		})
	}
}
