package sup_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// adopted is ordinary code that does what a test tells it to.
type adopted struct {
	running chan context.Context
	end     chan error
}

func newAdopted() *adopted {
	return &adopted{running: make(chan context.Context, 10), end: make(chan error, 10)}
}

// run heeds its context.
func (a *adopted) run(ctx context.Context) error {
	a.running <- ctx
	select {
	case err := <-a.end:
		if err == errPanics {
			panic(fmt.Errorf("adopted: %w", errBroken))
		}
		return err
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// ignore does not.
func (a *adopted) ignore(ctx context.Context) error {
	a.running <- ctx
	return <-a.end
}

var errPanics = errors.New("panics")

// What an adopted function returns, or its panic, is how its child ends; it is
// supervised like any process.
func TestAdopt_WhatItReturnsIsHowTheChildEnds(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		a, c := newAdopted(), newCast(w)
		child := sup.Adopt("http", a.run)
		child.Restart = sup.Transient
		ref := start(w, sup.Spec{Intensity: 10, Children: []sup.Child{child, c.child("b")}, Observe: c.observe})
		for n, e := range []struct {
			returns error
			is      error
		}{{io.EOF, io.EOF}, {fmt.Errorf("serve: %w", errBroken), errBroken}, {errPanics, errBroken}} {
			harness.Value(w, a.running)
			require.Equal(w, words("http running, b running"), list(w, ref))
			a.end <- e.returns
			ended := c.event(sup.ChildEnded, "http", n+1)
			require.ErrorIs(w, ended.Reason, e.is)
			if e.returns == errPanics {
				as[proc.ExitPanic](w, ended.Reason)
			}
		}
		harness.Value(w, a.running)
		a.end <- nil
		require.Equal(w, proc.ExitNormally{}, c.event(sup.ChildEnded, "http", 4).Reason)
		w.Settle()
		require.Equal(w, words("http stopped, b running"), list(w, ref))
		require.Equal(w, 3, status(w, ref, "http").Restarts)
	})
}

// The first step of its stop cancels its context, with the interrupt as cause;
// so does any first interrupt, and a shutdown.
func TestAdopt_ItsContextEndsWithTheFirstInterruptOrShutdown(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for name, how := range map[string]struct {
			do func(ref sup.Ref)
			is error // in how it ended
		}{
			"StopChild": {func(ref sup.Ref) { require.NoError(w, ref.StopChild(context.Background(), "http")) }, proc.NormalExitRequested{}},
			"Stop":      {func(ref sup.Ref) { require.NoError(w, ref.Stop(context.Background())) }, proc.NormalExitRequested{}},
			"shutdown":  {func(ref sup.Ref) { ref.Shutdown(proc.ExitNormally{}) }, nil},
		} {
			a := newAdopted()
			ref := start(w, sup.Spec{Children: []sup.Child{sup.Adopt("http", a.run)}})
			id := status(w, ref, "http").ID
			ctx := harness.Value(w, a.running)
			require.NoError(w, ctx.Err())
			how.do(ref)
			harness.Value(w, ctx.Done())
			require.ErrorIs(w, ctx.Err(), context.Canceled)
			if how.is != nil {
				require.ErrorIs(w, context.Cause(ctx), how.is, name)
			}
			require.Equal(w, proc.ExitSuccess, harness.Ended(w, id).Severity(), name)
		}
		a := newAdopted()
		ref := start(w, sup.Spec{Children: []sup.Child{sup.Adopt("http", a.run)}})
		id := status(w, ref, "http").ID
		ctx := harness.Value(w, a.running)
		id.Interrupt(proc.InterruptedBy{Value: errBroken})
		harness.Value(w, ctx.Done())
		require.ErrorIs(w, context.Cause(ctx), errBroken)
		require.ErrorIs(w, harness.Ended(w, id), errBroken)
		harness.Value(w, a.running) // permanent
	})
}

// The error of its context stands for why that has ended; no other error does,
// though it may look the same.
func TestAdopt_TheErrorOfItsContextIsItsCause(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		end := func(returns error, by proc.InterruptReason) proc.ShutdownReason {
			a := newAdopted()
			child := sup.Adopt("http", a.ignore)
			child.Restart = sup.Temporary
			ref := start(w, sup.Spec{Children: []sup.Child{child}})
			id := status(w, ref, "http").ID
			ctx := harness.Value(w, a.running)
			if by != nil {
				id.Interrupt(by)
				harness.Value(w, ctx.Done())
			}
			a.end <- returns
			return harness.Ended(w, id)
		}
		require.Equal(w, proc.ExitNormally{}, end(context.Canceled, proc.NormalExitRequested{}))
		require.ErrorIs(w, end(context.Canceled, proc.ErrorInterrupt{Err: errBroken}), errBroken)
		for _, crash := range []proc.ShutdownReason{
			end(context.Canceled, nil), // that of some other context
			end(fmt.Errorf("serve: %w", context.Canceled), proc.NormalExitRequested{}),
			end(context.DeadlineExceeded, proc.NormalExitRequested{}),
		} {
			require.Equal(w, proc.Crash, crash.Severity(), "%v", crash)
		}
	})
}

// The child is there until the function has returned, or is killed: what it
// returns when it is asked to finish is how it ends.
func TestDecided_AnAdoptedChildIsThereUntilItHasReturned(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		a, c := newAdopted(), newCast(w)
		ref := start(w, sup.Spec{Children: []sup.Child{c.child("a"), adjusted(sup.Adopt("http", a.ignore), stop(sup.Stop{Finish: time.Hour}))}})
		ctx := harness.Value(w, a.running)
		id := status(w, ref, "http").ID
		stopped := harness.Async(w, func() error { return ref.StopChild(context.Background(), "http") })
		harness.Value(w, ctx.Done())
		time.Sleep(time.Minute)
		harness.Pending(w, stopped, "StopChild")
		require.True(w, id.Alive())
		require.Equal(w, sup.Stopping, status(w, ref, "http").State)
		a.end <- io.EOF
		require.NoError(w, harness.Value(w, stopped))
		require.ErrorIs(w, status(w, ref, "http").LastExit, io.EOF)

		// After Finish and Cleanup it is killed, whether or not it heeds anything.
		require.NoError(w, errorOf(ref.RestartChild(context.Background(), "http")))
		harness.Value(w, a.running)
		began := time.Now()
		require.NoError(w, ref.StopChild(context.Background(), "http"))
		require.Equal(w, time.Hour+2*time.Second, time.Since(began))
		require.Equal(w, proc.ExitKilled{}, status(w, ref, "http").LastExit)
		a.end <- nil // it returns at last, and nothing comes of it

		// Shut down, it has its Cleanup: the child is there as long.
		require.NoError(w, errorOf(ref.RestartChild(context.Background(), "http")))
		harness.Value(w, a.running)
		id = status(w, ref, "http").ID
		ref.Shutdown(proc.ExitNormally{})
		time.Sleep(time.Second)
		require.True(w, id.Alive())
		require.True(w, c.now("a").Alive())
		a.end <- nil
		harness.Ended(w, ref.ID)
		require.Equal(w, proc.ExitSuccess, id.Reason().Severity())
	})
}

// The context of an adopted function does not lead to a process: what is done
// with it is done from outside. So nobody is found in a ring with himself.
func TestDecided_TheContextOfAnAdoptedFunctionLeadsToNoProcess(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		a := newAdopted()
		s := w.System()
		ref := newKeeper(w, s).start(sup.Spec{Children: []sup.Child{sup.Adopt("http", a.run)}})
		ctx := harness.Value(w, a.running)
		w.Settle()
		var joined []<-chan error
		for info := range s.Processes() {
			joined = append(joined, harness.Async(w, func() error { _, err := proc.Join(ctx, info.ID); return err }))
		}
		require.GreaterOrEqual(w, len(joined), 3)
		for _, got := range joined {
			harness.Pending(w, got, "Join")
		}
		require.NoError(w, ref.StopChild(context.Background(), "http"))
		for _, got := range joined {
			if err := harness.Value(w, got); err != nil { // or the process has just ended
				require.ErrorIs(w, as[proc.ErrorInterrupt](w, err), proc.NormalExitRequested{})
			}
		}
	})
}
