package proc_test

import (
	"context"
	"errors"
	"io"
	"net"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

var errShutdownCause = errors.New("the caller has lost interest")

type shutdownKey struct{}

// A shutdown or a kill cancels the process's context at once, with the reason as cause.
func TestI4_AShutdownCancelsTheContextAtOnce(t *testing.T) {
	for name, c := range map[string]struct {
		end    func(proc.ID)
		reason proc.ShutdownReason
	}{
		"shutdown": {func(id proc.ID) { id.Shutdown(shutdownWith("told to")) }, shutdownWith("told to")},
		"crash": {
			func(id proc.ID) { id.Shutdown(proc.ExitUnhandledError{Err: io.EOF}) },
			proc.ExitUnhandledError{Err: io.EOF},
		},
		"first of two": {
			func(id proc.ID) { id.Shutdown(shutdownWith("a")); id.Shutdown(shutdownWith("b")) },
			shutdownWith("a"),
		},
		"kill": {proc.ID.Kill, proc.ExitKilled{}},
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				outsides, gate := make(chan context.Context, 1), make(chan struct{})
				errs, causes := make(chan error, 2), make(chan error, 2)
				pid := proc.Spawn(s, func(p *proc.Self[string]) error {
					errs <- p.Err()
					causes <- context.Cause(p)
					outsides <- proc.Outside(p)
					<-gate // busy: no operation
					select {
					case <-p.Done():
						errs <- p.Err()
						causes <- context.Cause(p)
					default:
						errs <- errors.New("not cancelled")
						causes <- errors.New("not cancelled")
					}
					return nil
				})
				outside := harness.Value(w, outsides)
				require.NoError(w, harness.Value(w, errs))
				require.NoError(w, harness.Value(w, causes))
				require.NoError(w, outside.Err())
				c.end(pid.ID)
				w.Arrive()
				require.Equal(w, context.Canceled, outside.Err())
				require.Equal(w, c.reason, context.Cause(outside))
				close(gate)
				require.Equal(w, context.Canceled, harness.Value(w, errs))
				require.Equal(w, c.reason, harness.Value(w, causes))
				require.Equal(w, c.reason, harness.Ended(w, pid.ID))
			})
		})
	}
}

// A process in blocking I/O, or in any code that heeds contexts, notices a shutdown.
func TestD14_BlockingIONoticesAShutdown(t *testing.T) {
	for name, block := range map[string]func(ctx context.Context) error{
		"the process's own": func(ctx context.Context) error {
			<-ctx.Done()
			return ctx.Err()
		},
		"derived": func(ctx context.Context) error {
			ctx, cancel := context.WithTimeout(ctx, 1000*time.Hour)
			defer cancel()
			<-ctx.Done()
			return context.Cause(ctx)
		},
		"connection": func(ctx context.Context) error {
			here, there := net.Pipe()
			defer func() { _ = there.Close() }()
			defer context.AfterFunc(ctx, func() { _ = here.Close() })()
			_, err := here.Read(make([]byte, 1))
			return err
		},
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				ready, got := make(chan struct{}, 1), make(chan error, 1)
				pid := proc.Spawn(s, func(p *proc.Self[string]) error {
					ready <- struct{}{}
					err := block(p)
					got <- err
					return err
				})
				harness.Value(w, ready)
				pid.Interrupt(interruptBy(1)) // does not concern contexts
				require.Empty(w, got)
				pid.Shutdown(shutdownWith("told to"))
				err := harness.Value(w, got)
				require.Error(w, err)
				if name == "derived" {
					require.Equal(w, shutdownWith("told to"), err)
				}
				require.Equal(w, shutdownWith("told to"), harness.Ended(w, pid.ID))
			})
		})
	}
}

// The context ends with the process, however that ends.
func TestDecided_TheContextEndsWithTheProcess(t *testing.T) {
	for name, body := range map[string]func(p *proc.Self[string]) error{
		"nil":       func(*proc.Self[string]) error { return nil },
		"error":     func(*proc.Self[string]) error { return io.EOF },
		"interrupt": func(*proc.Self[string]) error { return proc.NormalExitRequested{} },
		"reason":    func(*proc.Self[string]) error { return shutdownWith("enough") },
		"panic":     func(*proc.Self[string]) error { panic("enough") },
		"Exit":      func(p *proc.Self[string]) error { p.Exit(nil); return nil },
		"shutdown":  func(p *proc.Self[string]) error { p.ID().Shutdown(shutdownWith("enough")); return p.Yield() },
		"kill":      func(p *proc.Self[string]) error { p.ID().Kill(); return p.Yield() },
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System()
				outsides := make(chan context.Context, 1)
				pid := proc.Spawn(s, func(p *proc.Self[string]) error {
					outsides <- proc.Outside(p)
					return body(p)
				})
				ctx := harness.Value(w, outsides)
				harness.Ended(w, pid.ID)
				require.Equal(w, context.Canceled, ctx.Err())
				harness.Value(w, ctx.Done())
			})
		})
	}
}

// An interrupt cancels nothing, and the context of a process without a shutdown is live in its deferred functions.
func TestI4_AnInterruptDoesNotCancelTheContext(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		got := make(chan error, 2)
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			defer func() { got <- p.Err() }()
			err := p.Sleep(time.Hour)
			got <- p.Err()
			return err
		})
		pid.Interrupt(interruptBy(1))
		require.NoError(w, harness.Value(w, got))
		require.NoError(w, harness.Value(w, got))
		harness.Ended(w, pid.ID)
	})
}

// shutdownWaits are the operations that take a context, each waiting in vain.
var shutdownWaits = map[string]func(ctx context.Context, with interruptPeers) error{
	"Call": func(ctx context.Context, with interruptPeers) error {
		_, err := proc.Call(ctx, with.silent, interruptAsk)
		return err
	},
	"CallWithin": func(ctx context.Context, with interruptPeers) error {
		_, err := proc.CallWithin(ctx, -1, with.silent, interruptAsk)
		return err
	},
	"Join": func(ctx context.Context, with interruptPeers) error {
		_, err := proc.Join(ctx, with.silent.ID)
		return err
	},
	"SendContext": func(ctx context.Context, with interruptPeers) error {
		return with.full.SendContext(ctx, "one more")
	},
}

// shutdownEachWait runs test for each operation that takes a context, called by
// a process with its own context and by other code with its own.
func shutdownEachWait(t *testing.T, test func(w *harness.World, wait func(within func(context.Context) context.Context) error)) {
	for name, op := range shutdownWaits {
		t.Run(name+" by a process", func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System(proc.WithCallTimeout(-1))
				peers := newInterruptPeers(w, s)
				test(w, func(within func(context.Context) context.Context) error {
					got := make(chan error, 1)
					pid := proc.Spawn(s, func(p *proc.Self[string]) error {
						got <- op(within(p), peers)
						return p.Yield() // it is alive and well
					})
					err := harness.Value(w, got)
					require.Equal(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))
					return err
				})
			})
		})
		t.Run(name+" from outside", func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System(proc.WithCallTimeout(-1))
				peers := newInterruptPeers(w, s)
				test(w, func(within func(context.Context) context.Context) error {
					return op(within(context.Background()), peers)
				})
			})
		})
	}
}

// A wait whose context is cancelled ends with an ErrorInterrupt that holds the cause.
func TestDecided_ACancelledWaitEndsWithItsCause(t *testing.T) {
	shutdownEachWait(t, func(w *harness.World, wait func(func(context.Context) context.Context) error) {
		for when, within := range map[string]func(context.Context) context.Context{
			"before": func(ctx context.Context) context.Context {
				ctx, cancel := context.WithCancelCause(ctx)
				cancel(errShutdownCause)
				return ctx
			},
			"meanwhile": func(ctx context.Context) context.Context {
				ctx, cancel := context.WithCancelCause(ctx)
				time.AfterFunc(2*time.Millisecond, func() { cancel(errShutdownCause) })
				return ctx
			},
		} {
			err := wait(within)
			require.IsType(w, proc.ErrorInterrupt{}, err, when)
			require.ErrorIs(w, err, errShutdownCause, when)
		}
		err := wait(func(ctx context.Context) context.Context {
			ctx, cancel := context.WithCancel(ctx)
			cancel()
			return ctx
		})
		require.IsType(w, proc.ErrorInterrupt{}, err)
		require.ErrorIs(w, err, context.Canceled)
	})
}

// A wait past its context's deadline ends with a TimeoutInterrupt.
func TestDecided_AWaitPastItsDeadlineTimesOut(t *testing.T) {
	shutdownEachWait(t, func(w *harness.World, wait func(func(context.Context) context.Context) error) {
		for _, d := range []time.Duration{-time.Second, 2 * time.Millisecond} {
			start := time.Now()
			err := wait(func(ctx context.Context) context.Context {
				ctx, cancel := context.WithDeadline(ctx, start.Add(d))
				w.Cleanup(cancel)
				return ctx
			})
			require.IsType(w, proc.TimeoutInterrupt{}, err)
			require.ErrorIs(w, err, context.DeadlineExceeded)
			if w.Bubble {
				require.Equal(w, max(0, d), time.Since(start))
			}
		}
	})
}

// A wait with a context derived from a process that is shut down never returns, though that context ends too.
func TestI3_AWaitWithADerivedContextUnwinds(t *testing.T) {
	for name, op := range shutdownWaits {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System(proc.WithCallTimeout(-1))
				peers := newInterruptPeers(w, s)
				for range 50 {
					ready, got := make(chan struct{}, 1), make(chan error, 1)
					pid := proc.Spawn(s, func(p *proc.Self[string]) error {
						ctx, cancel := context.WithTimeout(context.WithValue(p, shutdownKey{}, 1), time.Hour)
						defer cancel()
						ready <- struct{}{}
						got <- op(ctx, peers)
						return nil
					})
					harness.Value(w, ready)
					pid.Shutdown(shutdownWith("told to"))
					require.Equal(w, shutdownWith("told to"), harness.Ended(w, pid.ID))
					require.Empty(w, got)
				}
			})
		})
	}
}

// lateContext is one that ends just when somebody asks it.
type lateContext struct {
	context.Context
	end func()
}

func (c lateContext) Err() error {
	c.end()
	return c.Context.Err()
}

// The same if the shutdown comes while the wait begins, between any two of its steps.
func TestI3_AShutdownWhileAWaitBegins(t *testing.T) {
	for name, op := range shutdownWaits {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System(proc.WithCallTimeout(-1))
				peers := newInterruptPeers(w, s)
				got := make(chan error, 1)
				pid := proc.Spawn(s, func(p *proc.Self[string]) error {
					ctx, cancel := context.WithCancel(p)
					defer cancel()
					id := p.ID()
					got <- op(lateContext{ctx, func() { id.Shutdown(shutdownWith("told to")) }}, peers)
					return nil
				})
				require.Equal(w, shutdownWith("told to"), harness.Ended(w, pid.ID))
				require.Empty(w, got)
			})
		})
	}
}

// Outside's context ends with the process, but who waits with it is not the process: it takes no interrupt of it.
func TestC7_OutsideIsNotTheProcess(t *testing.T) {
	for name, op := range shutdownWaits {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				s := w.System(proc.WithCallTimeout(-1))
				peers := newInterruptPeers(w, s)
				interrupted, got := make(chan error, 1), make(chan error, 1)
				pid := proc.Spawn(s, func(p *proc.Self[string]) error {
					ctx := proc.Outside(p)
					go func() { got <- op(ctx, peers) }()
					interrupted <- p.Sleep(time.Hour)
					return p.Sleep(time.Hour)
				})
				runtime.Gosched()
				pid.Interrupt(interruptBy(1))
				require.Equal(w, interruptBy(1), harness.Value(w, interrupted))
				require.Empty(w, got)
				pid.Shutdown(proc.ExitUnhandledError{Err: io.EOF})
				err := harness.Value(w, got)
				require.IsType(w, proc.ErrorInterrupt{}, err)
				require.ErrorIs(w, err, io.EOF, "the process's reason is the cause")
			})
		})
	}
}
