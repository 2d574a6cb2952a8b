package sup_test

import (
	"context"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

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
	everywhere(t, func(w *world) {
		for _, backoff := range []sup.Backoff{{}, {First: time.Nanosecond, Factor: 1}, {First: 100 * time.Microsecond, Factor: 1, Jitter: 1}} {
			for _, strategy := range []sup.Strategy{sup.OneForOne, sup.OneForAll, sup.RestForOne} {
				var f flapping
				c, ctx := newCast(w), context.Background()
				k := newKeeper(w, quiet(w))
				ref := k.start(sup.Spec{Strategy: strategy, Intensity: many, Backoff: backoff, Children: c.children("a, b")})
				for range sized(100, 20) {
					_, err := ref.StartChild(ctx, f.child("flapping"))
					if err != nil {
						as[sup.StartFailed](w, err)
						continue
					}
					for range f.begun.Load() % 7 {
						runtime.Gosched()
					}
					require.NoError(w.T, ref.StopChild(ctx, "flapping"))
					require.Zero(w.T, f.running.Load())
					begun := f.begun.Load()
					require.Equal(w.T, sup.Stopped, status(w, ref, "flapping").State)
					require.NoError(w.T, ref.DeleteChild(ctx, "flapping"))
					require.Equal(w.T, begun, f.begun.Load(), "it began after it had been stopped")
				}
				require.NoError(w.T, ref.Stop(ctx))
				require.Equal(w.T, int32(1), f.most.Load())
				require.False(w.T, c.now("a").Alive())
			}
		}
	})
}

// quiet is a system that does not log.
func quiet(w *world) *proc.System {
	return w.system(proc.WithLogger(zerolog.Nop()))
}

// A stop of the supervisor races with crashes, retries and operations: it is
// over, nothing of it is left, and every operation has got an answer.
func TestU2_AStopRacesWithEverything(t *testing.T) {
	everywhere(t, func(w *world) {
		s := quiet(w)
		for i := range sized(150, 30) {
			var f flapping
			c, ctx := newCast(w), context.Background()
			ref := newKeeper(w, s).start(sup.Spec{Strategy: sup.Strategy(i % 3), Intensity: many, Children: c.children("a, b, d", restart(sup.Transient))})
			var wg sync.WaitGroup
			operate := func(f func()) { wg.Go(func() { f() }) }
			operate(func() { _, _ = ref.StartChild(ctx, f.child("flapping")) })
			operate(func() { _ = ref.StopChild(ctx, "b"); _, _ = ref.RestartChild(ctx, "b") })
			operate(func() { c.now("a").Kill() })
			operate(func() { _, _ = ref.Children(ctx) })
			operate(func() { leave(c.now("d"), errBroken) })
			operate(func() {
				for range i % 20 {
					runtime.Gosched()
				}
				switch i % 4 {
				case 0:
					require.NoError(w.T, ref.Stop(ctx))
				case 1:
					ref.Shutdown(proc.ExitNormally{})
				case 2:
					ref.Kill()
				case 3:
					ref.Interrupt(proc.NormalExitRequested{})
					ref.Shutdown(proc.ExitNormally{})
				}
			})
			answered := async(func() bool { wg.Wait(); return true })
			value(w, answered)
			ended(w, ref.ID)
			if i%4 != 2 { // what is killed unwinds when it can
				require.Zero(w.T, f.running.Load())
				begun := f.begun.Load()
				w.settle()
				require.Equal(w.T, begun, f.begun.Load())
			}
			for _, id := range words("a, b, d") {
				require.False(w.T, c.now(id).Alive(), id)
			}
			_, err := ref.Children(ctx)
			require.Equal(w.T, ref.ID, as[proc.OtherProcessNotRunning](w, err).ID)
		}
	})
}

// Operations on one child from many sides at once: each gets an answer, and what
// is listed in the end is so.
func TestU8_ManyOperateOnOneChild(t *testing.T) {
	everywhere(t, func(w *world) {
		for _, strategy := range []sup.Strategy{sup.OneForOne, sup.OneForAll} {
			c, ctx := newCast(w), context.Background()
			ref := newKeeper(w, quiet(w)).start(sup.Spec{Strategy: strategy, Intensity: many, Children: c.children("a, b")})
			var wg sync.WaitGroup
			for i := range 4 {
				wg.Go(func() {
					for range sized(400, 50) {
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
			value(w, async(func() bool { wg.Wait(); return true }))
			w.eventually("all has come to rest", func() bool {
				for _, s := range statuses(w, ref) {
					if s.State != sup.Running && s.State != sup.Stopped || s.State == sup.Running && !s.ID.Alive() {
						return false
					}
				}
				return true
			})
			for _, s := range statuses(w, ref) {
				if s.Child == "a" {
					require.Equal(w.T, s.State == sup.Running, c.now("a").Alive())
				}
			}
			require.NoError(w.T, ref.Stop(ctx))
		}
	})
}

// Restarts that race with simultaneous crashes: in one-for-all nobody is ever
// started twice for one crash, and none is forgotten.
func TestU4_SimultaneousCrashesUnderLoad(t *testing.T) {
	everywhere(t, func(w *world) {
		for _, strategy := range []sup.Strategy{sup.OneForOne, sup.OneForAll, sup.RestForOne} {
			c := newCast(w)
			ref := newKeeper(w, quiet(w)).start(sup.Spec{Strategy: strategy, Intensity: many, Children: c.children("a, b, d, e")})
			for range sized(100, 20) {
				var wg sync.WaitGroup
				for _, id := range words("a, b, d, e") {
					pid := c.now(id)
					wg.Go(func() { pid.Kill() })
				}
				wg.Wait()
				w.eventually("all are up again", func() bool {
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
				require.LessOrEqual(w.T, c.count(s.Child)-1, s.Restarts)
				if strategy == sup.OneForOne {
					require.Equal(w.T, c.count(s.Child)-1, s.Restarts)
				}
			}
		}
	})
}
