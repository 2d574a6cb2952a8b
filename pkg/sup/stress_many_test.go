package sup_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// leaks restarts one child n times and demands that nothing of that is kept: no
// memory, no goroutine, no process, nothing of the supervisor.
func leaks(w *world, n int, spec sup.Spec, child func(restarts *atomic.Int64, stop func() bool, rested chan<- struct{}) sup.Child) {
	w.Helper()
	var restarts atomic.Int64
	var limit atomic.Int64
	rested := make(chan struct{}, 1)
	s := w.Quiet()
	spec.Intensity, spec.Children = many, []sup.Child{child(&restarts, func() bool { return restarts.Add(1) >= limit.Load() }, rested)}
	k := newKeeper(w, s)
	limit.Store(int64(n / 10))
	ref := k.start(spec)
	harness.Value(w, rested)
	w.Settle()
	before, kept := harness.Heap(), harness.Goroutines()

	limit.Store(int64(n))
	status(w, ref, "a").ID.Kill()
	harness.Value(w, rested)
	w.Settle()
	require.Equal(w, int64(n), restarts.Load())
	require.Equal(w, n-1, status(w, ref, "a").Restarts)
	if !w.Bubble { // a bubble keeps stopped timers until it has run
		require.Less(w, harness.Heap()-before, int64(1<<20), "bytes kept")
	}
	w.Eventually("no goroutine is kept", func() bool { return harness.Goroutines() <= kept })
	info, ok := ref.Info()
	require.True(w, ok)
	require.Zero(w, info.Mailbox)
	require.Equal(w, []proc.ID{k.ID}, info.Links)
	require.Zero(w, info.Monitors)
	live := 0
	for range s.Processes() {
		live++
	}
	require.Equal(w, 3, live)
	require.NoError(w, ref.Stop(context.Background()))
}

// A million restarts leak nothing. The window slides: no more than a period of
// restarts is remembered.
func TestU4_AMillionRestartsLeakNothing(t *testing.T) {
	harness.Production(t, func(w *world) {
		leaks(w, sized(1_000_000, 10_000), sup.Spec{Period: time.Millisecond}, func(_ *atomic.Int64, stop func() bool, rested chan<- struct{}) sup.Child {
			return sup.Worker("a", func(self *proc.Self[string]) error {
				if !stop() {
					return errBroken
				}
				rested <- struct{}{}
				_, err := self.Receive()
				return err
			})
		})
	})
}

// The same with timers: each life has to be ready within an hour, each restart
// waits, and half of the starts fail.
func TestU5_RestartsWithTimersLeakNothing(t *testing.T) {
	body := func(_ *atomic.Int64, stop func() bool, rested chan<- struct{}) sup.Child {
		n := 0
		return sup.WorkerReady("a", time.Hour, func(self *proc.Self[string], ready func()) error {
			over := stop()
			if n++; over || n%2 == 1 {
				ready()
			}
			if !over {
				return errBroken
			}
			rested <- struct{}{}
			_, err := self.Receive()
			return err
		})
	}
	t.Run("production", func(t *testing.T) {
		harness.Production(t, func(w *world) {
			leaks(w, sized(10_000, 1000), sup.Spec{Period: time.Millisecond, Backoff: sup.Backoff{First: time.Microsecond, Factor: 1, Jitter: 1}}, body)
		})
	})
	t.Run("synctest", func(t *testing.T) {
		harness.Virtually(t, func(w *world) {
			leaks(w, sized(50_000, 5000), sup.Spec{Period: time.Minute, Backoff: sup.Backoff{First: time.Second, Max: time.Minute, Jitter: 1}}, body)
		})
	})
}

// Many children start in order, crash at random, and stop, flat and in a tree.
func TestStress_ManyChildren(t *testing.T) {
	n := sized(100_000, 10_000)
	for _, shape := range []struct {
		name string
		spec func(child func(i int) sup.Child) sup.Spec
	}{
		{"flat", func(child func(i int) sup.Child) sup.Spec {
			spec := sup.Spec{Intensity: many}
			for i := range n {
				spec.Children = append(spec.Children, child(i))
			}
			return spec
		}},
		{"tree", func(child func(i int) sup.Child) sup.Spec {
			spec := sup.Spec{Intensity: many}
			for i := range 100 {
				nested := sup.Spec{Intensity: many, Strategy: sup.Strategy(i % 3)}
				for j := range n / 100 {
					nested.Children = append(nested.Children, child(i*(n/100)+j))
				}
				spec.Children = append(spec.Children, sup.Supervisor(fmt.Sprint("n", i), nested))
			}
			return spec
		}},
	} {
		t.Run(shape.name, func(t *testing.T) {
			harness.Production(t, func(w *world) {
				lives := make([]atomic.Int32, n)
				pids := make([]atomic.Pointer[proc.ID], n)
				spec := shape.spec(func(i int) sup.Child {
					return sup.Worker(fmt.Sprint(i), func(self *proc.Self[string]) error {
						id := self.ID()
						pids[i].Store(&id)
						lives[i].Add(1)
						_, err := self.Receive()
						return err
					})
				})
				k := newKeeper(w, w.Quiet())
				ref := k.start(spec)
				r := rand.New(rand.NewPCG(1, 2))
				w.Eventually("all run", func() bool {
					for i := range lives {
						if lives[i].Load() == 0 {
							return false
						}
					}
					return true
				})
				crashed := map[int]bool{}
				for range n / 100 {
					i := r.IntN(n)
					if shape.name == "tree" && i%(n/100) != 0 && i/(n/100)%3 != 0 {
						continue // a group restart of each would take its time
					}
					crashed[i] = true
					pids[i].Load().Kill()
				}
				w.Eventually("all run again", func() bool {
					for i := range crashed {
						if lives[i].Load() < 2 {
							return false
						}
					}
					return true
				})
				require.True(w, ref.Alive())
				k.undisturbed()
				require.NoError(w, ref.Stop(context.Background()))
				for i := range pids {
					require.False(w, pids[i].Load().Alive(), "%d outlived its supervisor", i)
				}
			})
		})
	}
}
