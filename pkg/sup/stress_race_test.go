package sup_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// flapping is a child that crashes as soon as it runs, or before it is ready.
// It counts how often it has begun, and how many of it there are at a time.
type flapping struct {
	begun, running, most atomic.Int32
}

func (f *flapping) child(id string) sup.Child {
	return sup.WorkerReady(id, 0, func(self *proc.Self[string], ready func()) error {
		f.begun.Add(1)
		if now := f.running.Add(1); now > f.most.Load() {
			f.most.Store(now)
		}
		defer f.running.Add(-1)
		switch self.Rand().IntN(3) {
		case 0:
			ready()
		case 1:
			ready()
			_ = self.Yield()
		}
		return errBroken
	})
}

// U5: a stop that races with crashes and retries wins: StopChild returns, and
// after it the child never begins again unless it is told to. Never are there
// two of one child.
func TestU5_StopChildRacesWithRetries(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for _, backoff := range []sup.Backoff{{}, {First: time.Nanosecond, Factor: 1}, {First: 100 * time.Microsecond, Factor: 1, Jitter: 1}} {
			for _, strategy := range []sup.Strategy{sup.OneForOne, sup.OneForAll, sup.RestForOne} {
				var f flapping
				c, ctx := newCast(w), context.Background()
				k := newKeeper(w, w.Quiet())
				ref := k.start(sup.Spec{Strategy: strategy, Intensity: many, Backoff: backoff, Children: c.children("a, b")})
				for range w.Sized(100, 20, 2) {
					_, err := ref.StartChild(ctx, f.child("flapping"))
					if err != nil {
						as[sup.StartFailed](w, err)
						continue
					}
					for range f.begun.Load() % 7 {
						w.GiveWay()
					}
					require.NoError(w, ref.StopChild(ctx, "flapping"))
					require.Zero(w, f.running.Load())
					begun := f.begun.Load()
					require.Equal(w, sup.Stopped, status(w, ref, "flapping").State)
					require.NoError(w, ref.DeleteChild(ctx, "flapping"))
					require.Equal(w, begun, f.begun.Load(), "it began after it had been stopped")
				}
				require.NoError(w, ref.Stop(ctx))
				require.Equal(w, int32(1), f.most.Load())
				require.False(w, c.now("a").Alive())
			}
		}
	})
}

// A stop of the supervisor races with crashes, retries and operations: it is
// over, nothing of it is left, and every operation has got an answer.
func TestU2_AStopRacesWithEverything(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		s := w.Quiet()
		for i := range w.Sized(150, 30, 12) {
			var f flapping
			c, ctx := newCast(w), context.Background()
			ref := newKeeper(w, s).start(sup.Spec{Strategy: sup.Strategy(i % 3), Intensity: many, Children: c.children("a, b, d", restart(sup.Transient))})
			wg := w.Group()
			operate := func(f func()) { wg.Go(func() { f() }) }
			operate(func() { _, _ = ref.StartChild(ctx, f.child("flapping")) })
			operate(func() { _ = ref.StopChild(ctx, "b"); _, _ = ref.RestartChild(ctx, "b") })
			operate(func() { c.now("a").Kill() })
			operate(func() { _, _ = ref.Children(ctx) })
			operate(func() { harness.Leave(c.now("d"), errBroken) })
			operate(func() {
				for range i % 20 {
					w.GiveWay()
				}
				switch i % 4 {
				case 0:
					require.NoError(w, ref.Stop(ctx))
				case 1:
					ref.Shutdown(proc.ExitNormally{})
				case 2:
					ref.Kill()
				case 3:
					ref.Interrupt(proc.NormalExitRequested{})
					ref.Shutdown(proc.ExitNormally{})
				}
			})
			answered := harness.Async(w, func() bool { wg.Wait(); return true })
			harness.Value(w, answered)
			harness.Ended(w, ref.ID)
			if i%4 != 2 { // what is killed unwinds when it can
				require.Zero(w, f.running.Load())
				begun := f.begun.Load()
				w.Settle()
				require.Equal(w, begun, f.begun.Load())
			}
			for _, id := range words("a, b, d") {
				require.False(w, c.now(id).Alive(), id)
			}
			_, err := ref.Children(ctx)
			require.Equal(w, ref.ID, as[proc.OtherProcessNotRunning](w, err).ID)
		}
	})
}

// Operations on one child from many sides at once: each gets an answer, and what
// is listed in the end is so.
func TestU8_ManyOperateOnOneChild(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for _, strategy := range []sup.Strategy{sup.OneForOne, sup.OneForAll} {
			c, ctx := newCast(w), context.Background()
			ref := newKeeper(w, w.Quiet()).start(sup.Spec{Strategy: strategy, Intensity: many, Children: c.children("a, b")})
			wg := w.Group()
			for i := range 4 {
				wg.Go(func() {
					for range w.Sized(400, 50, 5) {
						switch i {
						case 0:
							_ = ref.StopChild(ctx, "a")
						case 1:
							_, _ = ref.RestartChild(ctx, "a")
						case 2:
							if ref.DeleteChild(ctx, "a") == nil {
								_, _ = ref.StartChild(ctx, c.child("a"))
							}
						case 3:
							c.now("a").Kill()
							_, _ = ref.Children(ctx)
						}
					}
				})
			}
			harness.Value(w, harness.Async(w, func() bool { wg.Wait(); return true }))
			w.Eventually("all has come to rest", func() bool {
				for _, s := range statuses(w, ref) {
					if s.State != sup.Running && s.State != sup.Stopped || s.State == sup.Running && !s.ID.Alive() {
						return false
					}
				}
				return true
			})
			for _, s := range statuses(w, ref) {
				if s.Child == "a" {
					require.Equal(w, s.State == sup.Running, c.now("a").Alive())
				}
			}
			require.NoError(w, ref.Stop(ctx))
		}
	})
}

// Restarts that race with simultaneous crashes: in one-for-all nobody is ever
// started twice for one crash, and none is forgotten.
func TestU4_SimultaneousCrashesUnderLoad(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for _, strategy := range []sup.Strategy{sup.OneForOne, sup.OneForAll, sup.RestForOne} {
			c := newCast(w)
			ref := newKeeper(w, w.Quiet()).start(sup.Spec{Strategy: strategy, Intensity: many, Children: c.children("a, b, d, e")})
			for range w.Sized(100, 20, 3) {
				wg := w.Group()
				for _, id := range words("a, b, d, e") {
					pid := c.now(id)
					wg.Go(func() { pid.Kill() })
				}
				wg.Wait()
				w.Eventually("all are up again", func() bool {
					for _, s := range statuses(w, ref) {
						if s.State != sup.Running || !s.ID.Alive() || s.ID != c.now(s.Child).ID {
							return false
						}
					}
					return true
				})
			}
			for _, s := range statuses(w, ref) {
				// Every life but the first was one attempt to restart it; an attempt may have been cut short.
				require.LessOrEqual(w, c.count(s.Child)-1, s.Restarts)
				if strategy == sup.OneForOne {
					require.Equal(w, c.count(s.Child)-1, s.Restarts)
				}
			}
		}
	})
}
