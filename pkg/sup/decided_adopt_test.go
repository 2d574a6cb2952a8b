package sup_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

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
	everywhere(t, func(w *world) {
		a, c := newAdopted(), newCast(w)
		child := sup.Adopt("http", a.run)
		child.Restart = sup.Transient
		ref := w.start(sup.Spec{Intensity: 10, Children: []sup.Child{child, c.child("b")}, Observe: c.observe})
		for n, e := range []struct {
			returns error
			is      error
		}{{io.EOF, io.EOF}, {fmt.Errorf("serve: %w", errBroken), errBroken}, {errPanics, errBroken}} {
			value(w, a.running)
			require.Equal(w.T, words("http running, b running"), list(w, ref))
			a.end <- e.returns
			ended := c.event(sup.ChildEnded, "http", n+1)
			require.ErrorIs(w.T, ended.Reason, e.is)
			if e.returns == errPanics {
				as[proc.ExitPanic](w, ended.Reason)
			}
		}
		value(w, a.running)
		a.end <- nil
		require.Equal(w.T, proc.ExitNormally{}, c.event(sup.ChildEnded, "http", 4).Reason)
		w.settle()
		require.Equal(w.T, words("http stopped, b running"), list(w, ref))
		require.Equal(w.T, 3, status(w, ref, "http").Restarts)
	})
}

// The first step of its stop cancels its context, with the interrupt as cause;
// so does any first interrupt, and a shutdown.
func TestAdopt_ItsContextEndsWithTheFirstInterruptOrShutdown(t *testing.T) {
	everywhere(t, func(w *world) {
		for name, how := range map[string]struct {
			do func(ref sup.Ref)
			is error // in how it ended
		}{
			"StopChild": {func(ref sup.Ref) { require.NoError(w.T, ref.StopChild(context.Background(), "http")) }, proc.NormalExitRequested{}},
			"Stop":      {func(ref sup.Ref) { require.NoError(w.T, ref.Stop(context.Background())) }, proc.NormalExitRequested{}},
			"shutdown":  {func(ref sup.Ref) { ref.Shutdown(proc.ExitNormally{}) }, nil},
		} {
			a := newAdopted()
			ref := w.start(sup.Spec{Children: []sup.Child{sup.Adopt("http", a.run)}})
			id := status(w, ref, "http").ID
			ctx := value(w, a.running)
			require.NoError(w.T, ctx.Err())
			how.do(ref)
			value(w, ctx.Done())
			require.ErrorIs(w.T, ctx.Err(), context.Canceled)
			if how.is != nil {
				require.ErrorIs(w.T, context.Cause(ctx), how.is, name)
			}
			require.Equal(w.T, proc.ExitSuccess, ended(w, id).Severity(), name)
		}
		a := newAdopted()
		ref := w.start(sup.Spec{Children: []sup.Child{sup.Adopt("http", a.run)}})
		id := status(w, ref, "http").ID
		ctx := value(w, a.running)
		id.Interrupt(proc.InterruptedBy{Value: errBroken})
		value(w, ctx.Done())
		require.ErrorIs(w.T, context.Cause(ctx), errBroken)
		require.ErrorIs(w.T, ended(w, id), errBroken)
		value(w, a.running) // permanent
	})
}

// The error of its context stands for why that has ended; no other error does,
// though it may look the same.
func TestAdopt_TheErrorOfItsContextIsItsCause(t *testing.T) {
	everywhere(t, func(w *world) {
		end := func(returns error, by proc.InterruptReason) proc.ShutdownReason {
			a := newAdopted()
			child := sup.Adopt("http", a.ignore)
			child.Restart = sup.Temporary
			ref := w.start(sup.Spec{Children: []sup.Child{child}})
			id := status(w, ref, "http").ID
			ctx := value(w, a.running)
			if by != nil {
				id.Interrupt(by)
				value(w, ctx.Done())
			}
			a.end <- returns
			return ended(w, id)
		}
		require.Equal(w.T, proc.ExitNormally{}, end(context.Canceled, proc.NormalExitRequested{}))
		require.ErrorIs(w.T, end(context.Canceled, proc.ErrorInterrupt{Err: errBroken}), errBroken)
		for _, crash := range []proc.ShutdownReason{
			end(context.Canceled, nil), // that of some other context
			end(fmt.Errorf("serve: %w", context.Canceled), proc.NormalExitRequested{}),
			end(context.DeadlineExceeded, proc.NormalExitRequested{}),
		} {
			require.Equal(w.T, proc.Crash, crash.Severity(), "%v", crash)
		}
	})
}

// The child is there until the function has returned, or is killed: what it
// returns when it is asked to finish is how it ends.
func TestDecided_AnAdoptedChildIsThereUntilItHasReturned(t *testing.T) {
	virtually(t, func(w *world) {
		a, c := newAdopted(), newCast(w)
		ref := w.start(sup.Spec{Children: []sup.Child{c.child("a"), adjusted(sup.Adopt("http", a.ignore), stop(sup.Stop{Finish: time.Hour}))}})
		ctx := value(w, a.running)
		id := status(w, ref, "http").ID
		stopped := async(func() error { return ref.StopChild(context.Background(), "http") })
		value(w, ctx.Done())
		time.Sleep(time.Minute)
		pending(w, stopped, "StopChild")
		require.True(w.T, id.Alive())
		require.Equal(w.T, sup.Stopping, status(w, ref, "http").State)
		a.end <- io.EOF
		require.NoError(w.T, value(w, stopped))
		require.ErrorIs(w.T, status(w, ref, "http").LastExit, io.EOF)

		// After Finish and Cleanup it is killed, whether or not it heeds anything.
		require.NoError(w.T, errorOf(ref.RestartChild(context.Background(), "http")))
		value(w, a.running)
		began := time.Now()
		require.NoError(w.T, ref.StopChild(context.Background(), "http"))
		require.Equal(w.T, time.Hour+2*time.Second, time.Since(began))
		require.Equal(w.T, proc.ExitKilled{}, status(w, ref, "http").LastExit)
		a.end <- nil // it returns at last, and nothing comes of it

		// Shut down, it has its Cleanup: the child is there as long.
		require.NoError(w.T, errorOf(ref.RestartChild(context.Background(), "http")))
		value(w, a.running)
		id = status(w, ref, "http").ID
		ref.Shutdown(proc.ExitNormally{})
		time.Sleep(time.Second)
		require.True(w.T, id.Alive())
		require.True(w.T, c.now("a").Alive())
		a.end <- nil
		ended(w, ref.ID)
		require.Equal(w.T, proc.ExitSuccess, id.Reason().Severity())
	})
}

// The context of an adopted function does not lead to a process: what is done
// with it is done from outside. So nobody is found in a ring with himself.
func TestDecided_TheContextOfAnAdoptedFunctionLeadsToNoProcess(t *testing.T) {
	virtually(t, func(w *world) {
		a := newAdopted()
		s := w.system()
		ref := newKeeper(w, s).start(sup.Spec{Children: []sup.Child{sup.Adopt("http", a.run)}})
		ctx := value(w, a.running)
		w.settle()
		var joined []<-chan error
		for info := range s.Processes() {
			joined = append(joined, async(func() error { _, err := proc.Join(ctx, info.ID); return err }))
		}
		require.GreaterOrEqual(w.T, len(joined), 3)
		for _, got := range joined {
			pending(w, got, "Join")
		}
		require.NoError(w.T, ref.StopChild(context.Background(), "http"))
		for _, got := range joined {
			if err := value(w, got); err != nil { // or the process has just ended
				require.ErrorIs(w.T, as[proc.ErrorInterrupt](w, err), proc.NormalExitRequested{})
			}
		}
	})
}
