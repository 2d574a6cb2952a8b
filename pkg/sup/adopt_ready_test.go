package sup_test

import (
	"context"
	"io"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// The child is up when the function says so, and not before.
func TestAdoptReady_TheChildIsUpWhenItSaysSo(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		a, c := newAdopted(), newCast(w)
		readies := make(chan func(), 1)
		started := newKeeper(w, w.System()).begin(sup.Spec{Children: []sup.Child{
			sup.AdoptReady("http", time.Minute, func(ctx context.Context, ready func()) error {
				readies <- ready
				return a.run(ctx)
			}),
			c.child("b"),
		}})
		ready := harness.Value(w, readies)
		harness.Pending(w, started, "the start")
		require.Zero(w, c.count("b"))
		ready()
		got := harness.Value(w, started)
		require.NoError(w, got.err)
		require.Equal(w, words("http running, b running"), list(w, got.ref))
		require.NoError(w, got.ref.Stop(context.Background()))
	})
}

// To return, to panic or to take too long before that is a failed start: no restart.
func TestAdoptReady_WhatFailsToStartIsAFailedStart(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		k := newKeeper(w, w.System())
		for name, e := range map[string]struct {
			run func(ctx context.Context, ready func()) error
			is  error
		}{
			"returns": {func(context.Context, func()) error { return io.EOF }, io.EOF},
			"panics":  {func(context.Context, func()) error { panic(errBroken) }, errBroken},
			"is late": {func(ctx context.Context, _ func()) error { <-ctx.Done(); return nil }, context.DeadlineExceeded},
		} {
			lives := 0
			got := harness.Value(w, k.begin(sup.Spec{Children: []sup.Child{
				sup.AdoptReady("http", time.Minute, func(ctx context.Context, ready func()) error {
					lives++
					return e.run(ctx, ready)
				}),
			}}))
			require.Equal(w, "http", as[sup.StartFailed](w, got.err).Child, name)
			require.ErrorIs(w, got.err, e.is, name)
			require.Equal(w, 1, lives, name)
		}
		got := harness.Value(w, k.begin(sup.Spec{Children: []sup.Child{sup.AdoptReady("http", 0, nil)}}))
		as[sup.InvalidSpec](w, got.err)
	})
}

// Finishing is told of the second step: when the time to finish is over, and when the
// tree is shut down.
func TestAdopt_FinishingEndsWithTheSecondStep(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		for name, second := range map[string]func(ref sup.Ref){
			"in time":    func(sup.Ref) {},
			"a shutdown": func(ref sup.Ref) { time.Sleep(time.Second); ref.Shutdown(proc.ExitNormally{}) },
		} {
			told := make(chan time.Duration, 2)
			began := time.Now()
			child := sup.Adopt("http", func(ctx context.Context) error {
				derived, cancel := context.WithCancel(ctx)
				defer cancel()
				finishing := sup.Finishing(derived)
				<-ctx.Done()
				told <- time.Since(began)
				require.NoError(w, finishing.Err())
				require.Equal(w, finishing, sup.Finishing(finishing))
				request, cancel := context.WithCancel(finishing)
				defer cancel()
				<-request.Done()
				require.Error(w, finishing.Err())
				_, ok := context.Cause(request).(proc.ShutdownReason)
				require.True(w, ok, "%v", context.Cause(request))
				told <- time.Since(began)
				return nil
			})
			child.Stop.Finish = time.Hour
			ref := start(w, sup.Spec{Children: []sup.Child{child}})
			ref.Interrupt(proc.NormalExitRequested{})
			require.Zero(w, harness.Value(w, told), name)
			second(ref)
			want := time.Hour
			if name != "in time" {
				want = time.Second
			}
			require.Equal(w, want, harness.Value(w, told), name)
			harness.Ended(w, ref.ID)
		}
	})
}

// Of a context that is not from an adopted function it is one that does not end.
func TestFinishing_OfAnyContext(t *testing.T) {
	type key struct{}
	ctx, cancel := context.WithCancel(context.WithValue(context.Background(), key{}, 7))
	cancel()
	require.NoError(t, sup.Finishing(ctx).Err())
	require.Equal(t, 7, sup.Finishing(ctx).Value(key{}))
}

// zerolog.Ctx finds the logger of the child.
func TestAdopt_ItsContextHasTheLoggerOfTheChild(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		said := make(chan struct{})
		ref := start(w, sup.Spec{Children: []sup.Child{sup.Adopt("http", func(ctx context.Context) error {
			zerolog.Ctx(ctx).Warn().Msg("hello")
			zerolog.Ctx(sup.Finishing(ctx)).Warn().Msg("hello")
			close(said)
			<-ctx.Done()
			return nil
		})}})
		harness.Value(w, said)
		n := 0
		for _, line := range w.Logs.Lines() {
			if line.Message == "hello" {
				n++
				require.Equal(w, "http", line.Title)
				require.Equal(w, status(w, ref, "http").ID.String(), line.Pid)
			}
		}
		require.Equal(w, 2, n)
	})
}
