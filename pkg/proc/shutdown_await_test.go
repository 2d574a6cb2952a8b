package proc_test

import (
	"context"
	"errors"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

// A process that was shut down may end others in order, waiting for each, before it goes itself.
func TestI8_AwaitEndWaitsInDeferredFunctions(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		order := make(chan string, 8)
		child := func(name string) proc.Pid[string] {
			return shutdownDuring(s, func(*proc.Self[string]) { order <- name })
		}
		a, b := child("a"), child("b")
		pid := shutdownDuring(s, func(p *proc.Self[string]) {
			p.ID().Interrupt(interruptBy(1))
			for _, id := range []proc.ID{b.ID, a.ID} {
				id.Shutdown(proc.ExitNormally{})
				if !p.AwaitEnd(id, -1) {
					order <- "not ended"
				}
				order <- "waited"
			}
		})
		w.Settle()
		pid.Shutdown(shutdownWith("told to"))
		require.Equal(w, shutdownWith("told to"), harness.Ended(w, pid.ID))
		for _, want := range []string{"b", "waited", "a", "waited"} {
			require.Equal(w, want, harness.Value(w, order))
		}
	})
}

// AwaitEnd reports false when its limit is over, in deferred functions as in the body.
func TestI8_AwaitEndHasALimit(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		other := proc.Spawn(s, shutdownIdle)
		waited, took := make(chan bool, 4), make(chan time.Duration, 4)
		wait := func(p *proc.Self[string]) {
			start := time.Now()
			waited <- p.AwaitEnd(other.ID, 3*time.Millisecond)
			took <- time.Since(start)
		}
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			defer wait(p)
			wait(p)
			return p.Sleep(time.Hour)
		})
		require.False(w, harness.Value(w, waited))
		pid.Shutdown(proc.ExitNormally{})
		require.False(w, harness.Value(w, waited))
		for range 2 {
			if d := harness.Value(w, took); w.Bubble {
				require.Equal(w, 3*time.Millisecond, d)
			}
		}
	})
}

// A negative limit is none.
func TestI8_AwaitEndWithoutLimit(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		if !w.Bubble {
			return // it takes days
		}
		s := w.System()
		other := proc.Spawn(s, func(p *proc.Self[string]) error { return p.Sleep(100 * time.Hour) })
		got, start := make(chan bool, 1), time.Now()
		proc.Spawn(s, func(p *proc.Self[string]) error {
			got <- p.AwaitEnd(other.ID, -1)
			return nil
		})
		require.True(w, harness.Value(w, got))
		require.Equal(w, 100*time.Hour, time.Since(start))
	})
}

// In the body a shutdown ends AwaitEnd, also where deferred functions of a living process call it.
func TestI8_AShutdownEndsAwaitEndBeforeTheUnwinding(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		other, passed := proc.Spawn(s, shutdownIdle), make(chan string, 3)
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			defer func() { passed <- "outer" }()
			defer func() {
				p.AwaitEnd(other.ID, -1)
				passed <- "AwaitEnd returned"
			}()
			return nil
		})
		w.Settle()
		pid.Shutdown(shutdownWith("told to"))
		require.Equal(w, "outer", harness.Value(w, passed))
		require.Equal(w, shutdownWith("told to"), harness.Ended(w, pid.ID))
		require.True(w, other.Alive())
	})
}

// A second shutdown does not end the AwaitEnd of a process that unwinds already; a kill does.
func TestI8_OnlyAKillEndsAwaitEndWhileUnwinding(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		other, passed := proc.Spawn(s, shutdownIdle), make(chan string, 3)
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			defer func() { passed <- "outer" }()
			defer func() {
				passed <- "waiting"
				p.AwaitEnd(other.ID, -1)
				passed <- "AwaitEnd returned"
			}()
			return p.Sleep(time.Hour)
		})
		w.Settle()
		pid.Shutdown(shutdownWith("first"))
		require.Equal(w, "waiting", harness.Value(w, passed))
		interruptAwaitEnd.park(w)
		pid.Shutdown(shutdownWith("second"))
		pid.Interrupt(interruptBy(1))
		interruptAwaitEnd.park(w)
		require.True(w, pid.Alive())
		require.Empty(w, passed)
		pid.Kill()
		require.Equal(w, proc.ExitKilled{}, pid.Reason())
		require.Equal(w, "outer", harness.Value(w, passed))
		require.True(w, other.Alive())
	})
}

// AwaitEnd: a zero, dead or unregistered id has ended, at once; the own one has not.
func TestDecided_AwaitEndOfNobodyAndOfOneself(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		dead := proc.Spawn(s, func(*proc.Self[string]) error { return io.EOF })
		harness.Ended(w, dead.ID)
		name := proc.NewName[string]("itself")
		got := make(chan bool, 16)
		ask := func(p *proc.Self[string]) {
			for _, d := range []time.Duration{-1, 0, time.Hour} {
				got <- p.AwaitEnd(proc.ID{}, d)
				got <- p.AwaitEnd(dead.ID, d)
				got <- p.AwaitEnd(proc.Named(p, proc.NewName[string]("nobody")).ID, d)
				got <- !p.AwaitEnd(p.ID(), d)
				got <- !p.AwaitEnd(proc.Named(p, name).ID, d)
			}
		}
		start := time.Now()
		pid := proc.Spawn(s, func(p *proc.Self[string]) error { ask(p); return p.Sleep(2000 * time.Hour) },
			proc.Registered(name))
		for i := range 15 {
			require.True(w, harness.Value(w, got), "case %d", i)
		}
		if w.Bubble {
			require.Zero(w, time.Since(start))
		}
		pid.Shutdown(proc.ExitNormally{})
		harness.Ended(w, pid.ID)
	})
}

// AwaitEnd and Join wait for Done: what is owned has ended, and deferred functions have run.
func TestDecided_AwaitEndAndJoinWaitForDone(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		gate := make(chan struct{})
		parent, child := shutdownAfterBody(w, s, gate, io.EOF)
		got := make(chan any, 8)
		proc.Spawn(s, func(p *proc.Self[string]) error {
			got <- p.AwaitEnd(parent, -1)
			got <- child.Alive()
			return nil
		})
		proc.Spawn(s, func(p *proc.Self[string]) error {
			_, err := proc.Join(p, parent)
			got <- err == nil
			got <- child.Alive()
			return nil
		})
		interruptAwaitEnd.park(w)
		require.Empty(w, got)
		close(gate)
		counts := map[any]int{}
		for range 4 {
			counts[harness.Value(w, got)]++
		}
		require.Equal(w, map[any]int{true: 2, false: 2}, counts)
	})
}

// Join gives the reason, inside a process and outside; of a dead or unknown id at once.
func TestDecided_JoinGivesTheReasonInsideAndOutside(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		type joined struct {
			reason proc.ShutdownReason
			err    error
		}
		other, got := proc.Spawn(s, shutdownIdle), make(chan joined, 2)
		proc.Spawn(s, func(p *proc.Self[string]) error {
			reason, err := proc.Join(p, other.ID)
			got <- joined{reason, err}
			reason, err = proc.Join(p, other.ID)
			got <- joined{reason, err}
			return nil
		})
		w.Settle()
		other.Shutdown(proc.ExitUnhandledError{Err: io.EOF})
		reason, err := proc.Join(context.Background(), other.ID)
		require.NoError(w, err)
		require.Equal(w, proc.ExitUnhandledError{Err: io.EOF}, reason)
		require.Equal(w, joined{reason: reason}, harness.Value(w, got))
		require.Equal(w, joined{reason: reason}, harness.Value(w, got))
		for _, id := range []proc.ID{{}, proc.Named(s, proc.NewName[string]("nobody")).ID} {
			reason, err = proc.Join(context.Background(), id)
			require.NoError(w, err)
			require.Equal(w, proc.ExitUnknown{}, reason)
		}
	})
}

// Joining oneself would never end: it fails at once, naming the ring.
func TestDecided_JoinOfOneselfIsACallRing(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		s := w.System()
		got := make(chan error, 3)
		pid := proc.Spawn(s, func(p *proc.Self[string]) error {
			_, err := proc.Join(p, p.ID())
			got <- err
			ctx, cancel := context.WithCancel(p)
			defer cancel()
			_, err = proc.Join(ctx, p.ID())
			got <- err
			got <- p.Yield()
			return nil
		})
		for range 2 {
			err := harness.Value(w, got)
			ring, ok := errors.AsType[proc.CallRing](err)
			require.True(w, ok, "%v", err)
			require.Contains(w, ring.Members, pid.ID)
			require.ErrorContains(w, err, pid.String())
		}
		require.NoError(w, harness.Value(w, got))
	})
}
