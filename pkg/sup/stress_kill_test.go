package sup_test

import (
	"context"
	"fmt"
	"math/rand/v2"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// forest is trees that grow and are cut down at the same time. It knows every
// worker that has ever run, and whose child it was.
type forest struct {
	mu      sync.Mutex
	workers map[proc.ID]proc.ID // and their supervisors
	serial  int
}

// worker is a child that runs until somebody ends it, and sometimes not even that long.
func (f *forest) worker(r *rand.Rand) sup.Child {
	f.mu.Lock()
	f.serial++
	id := fmt.Sprint("w", f.serial)
	f.mu.Unlock()
	body := func(self *proc.Self[string], ready func()) error {
		info, _ := self.ID().Info()
		f.mu.Lock()
		f.workers[self.ID()] = info.Parent
		f.mu.Unlock()
		if self.Rand().IntN(10) == 0 {
			return errBroken
		}
		if self.Rand().IntN(2) == 0 {
			if err := self.Yield(); err != nil {
				return err
			}
		}
		ready()
		if self.Rand().IntN(4) == 0 {
			return nil
		}
		_, err := self.Receive()
		return err
	}
	c := sup.WorkerReady(id, 0, body)
	if r.IntN(2) == 0 {
		c = sup.Worker(id, func(self *proc.Self[string]) error { return body(self, func() {}) })
	}
	c.Restart = sup.Restart(r.IntN(3))
	c.Stop = []sup.Stop{{}, sup.BrutalKill, {Finish: -1}}[r.IntN(3)]
	return c
}

// spec is a tree of at most depth levels.
func (f *forest) spec(r *rand.Rand, depth int) sup.Spec {
	spec := sup.Spec{Strategy: sup.Strategy(r.IntN(3)), Intensity: []int{3, 100}[r.IntN(2)]}
	if r.IntN(3) == 0 {
		spec.Backoff = sup.Backoff{First: time.Millisecond, Max: 3 * time.Millisecond, Jitter: 0.5}
	}
	for range 1 + r.IntN(4) {
		if depth > 1 && r.IntN(2) == 0 {
			f.mu.Lock()
			f.serial++
			id := fmt.Sprint("n", f.serial)
			f.mu.Unlock()
			spec.Children = append(spec.Children, sup.Supervisor(id, f.spec(r, depth-1)))
		} else {
			spec.Children = append(spec.Children, f.worker(r))
		}
	}
	return spec
}

// end ends a process in one of many ways.
func (f *forest) end(r *rand.Rand, id proc.ID) {
	switch r.IntN(5) {
	case 0:
		id.Interrupt(proc.NormalExitRequested{})
	case 1:
		id.Interrupt(proc.InterruptedBy{Value: errBroken})
	case 2:
		id.Shutdown(proc.ExitNormally{})
	case 3:
		id.Shutdown(proc.ExitUnhandledError{Err: errBroken})
	case 4:
		id.Kill()
	}
}

// operate does something with a supervisor, and does not care what comes of it.
func (f *forest) operate(ctx context.Context, r *rand.Rand, ref sup.Ref) {
	ctx, cancel := context.WithTimeout(ctx, time.Duration(1+r.IntN(20))*time.Millisecond)
	defer cancel()
	all, err := ref.Children(ctx)
	if err != nil || len(all) == 0 {
		return
	}
	id := all[r.IntN(len(all))].Child
	switch r.IntN(6) {
	case 0:
		_ = ref.StopChild(ctx, id)
	case 1:
		_, _ = ref.RestartChild(ctx, id)
	case 2:
		_ = ref.DeleteChild(ctx, id)
	case 3:
		_, _ = ref.StartChild(ctx, f.worker(r))
	case 4:
		_, _ = ref.StartChild(ctx, sup.Supervisor(fmt.Sprint("added", r.Int()), f.spec(r, 1)))
	case 5:
		_ = ref.StopChild(ctx, id)
		_, _ = ref.RestartChild(ctx, id)
	}
}

// orphan is a worker that is alive though its supervisor is not.
func (f *forest) orphan() (proc.ID, bool) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for id, supervisor := range f.workers {
		if id.Alive() && !supervisor.Alive() {
			return id, true
		}
	}
	return proc.ID{}, false
}

// alive is the workers that are.
func (f *forest) alive() []proc.ID {
	f.mu.Lock()
	defer f.mu.Unlock()
	var all []proc.ID
	for id := range f.workers {
		if id.Alive() {
			all = append(all, id)
		}
	}
	return all
}

// D18: any process of any tree is ended in any way at any moment, also while
// trees start and operations are under way. When things settle no process is
// left whose supervisor is gone, and each supervisor lists what there is.
func TestD18_EndingAnyProcessAtAnyMomentLeavesNoOrphan(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for _, seed := range seeds(w, 60, 10) {
			s := w.Quiet()
			f := &forest{workers: map[proc.ID]proc.ID{}}
			keepers := []*keeper{newKeeper(w, s), newKeeper(w, s)}
			mine := []proc.ID{keepers[0].ID, keepers[1].ID}
			var mu sync.Mutex
			var roots []sup.Ref

			wg := w.Group()
			for i, k := range keepers {
				r := rand.New(rand.NewPCG(seed, uint64(i)))
				wg.Go(func() {
					for range 5 {
						got := harness.Value(w, k.begin(f.spec(r, 3)))
						if got.err == nil {
							mu.Lock()
							roots = append(roots, got.ref)
							mu.Unlock()
						}
					}
				})
			}
			for i := range 3 {
				r := rand.New(rand.NewPCG(seed, uint64(10+i)))
				wg.Go(func() {
					for range 40 {
						var all []proc.ID
						for info := range s.Processes() {
							if !slices.Contains(mine, info.ID) {
								all = append(all, info.ID)
							}
						}
						if len(all) == 0 {
							w.GiveWay()
							continue
						}
						slices.SortFunc(all, func(a, b proc.ID) int { return len(a.String()) - len(b.String()) })
						id := all[r.IntN(len(all))]
						if r.IntN(2) == 0 {
							f.end(r, id)
						} else {
							f.operate(w.Context(), r, sup.Ref{ID: id})
						}
					}
				})
			}
			wg.Wait()

			w.Eventually("there is no orphan", func() bool { _, orphan := f.orphan(); return !orphan })
			w.Eventually("every supervisor lists what there is", func() bool {
				listed := map[proc.ID]bool{}
				mu.Lock()
				defer mu.Unlock()
				for _, root := range roots {
					f.list(w.Context(), root, listed)
				}
				for _, id := range f.alive() {
					if !listed[id] {
						return false
					}
				}
				return true
			})
			for _, root := range roots {
				_ = root.Stop(w.Context())
			}
			w.Eventually("nobody is left", func() bool { return len(f.alive()) == 0 })
			left := 0
			for range s.Processes() {
				left++
			}
			require.Equal(w, len(keepers), left, "seed %d", seed)
			require.NoError(w, s.Stop(context.Background()), "seed %d", seed)
		}
	})
}

// list lists the processes of a tree.
func (f *forest) list(ctx context.Context, ref sup.Ref, listed map[proc.ID]bool) {
	all, err := ref.Children(ctx)
	if err != nil {
		return
	}
	for _, s := range all {
		listed[s.ID] = true
		if s.Kind == sup.SupervisorKind && s.ID != (proc.ID{}) {
			f.list(ctx, sup.Ref{ID: s.ID}, listed)
		}
	}
}

// A system may be stopped at any moment: all trees go, and no start comes after.
func TestS3_AStopOfTheSystemAmidStartsAndRestarts(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		for _, seed := range seeds(w, 60, 10) {
			s := w.Quiet()
			f := &forest{workers: map[proc.ID]proc.ID{}}
			r := rand.New(rand.NewPCG(seed, 0))
			for range 3 {
				k := newKeeper(w, s)
				for range 3 {
					k.begin(f.spec(r, 3))
				}
			}
			wg := w.Group()
			storm := rand.New(rand.NewPCG(seed, 1))
			wg.Go(func() {
				for range 50 {
					for info := range s.Processes() {
						if storm.IntN(20) == 0 {
							info.ID.Kill()
						}
					}
					w.GiveWay()
				}
			})
			for range r.IntN(200) {
				w.GiveWay()
			}
			require.NoError(w, s.Stop(context.Background()), "seed %d", seed)
			require.Empty(w, f.alive())
			wg.Wait()
			require.Empty(w, f.alive())
		}
	})
}

// seeds are those of the rounds of a test; a simulation has one of its own.
func seeds(w *world, full, short int) []uint64 {
	if w.Sim != nil {
		return []uint64{w.Sim.Rand().Uint64()}
	}
	all := make([]uint64, w.Sized(full, short, 0))
	for i := range all {
		all[i] = uint64(i)
	}
	return all
}
