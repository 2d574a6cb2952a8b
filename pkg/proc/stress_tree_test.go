package proc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// stressForest keeps what the processes of a test spawned.
type stressForest struct {
	mu       sync.Mutex
	all      []proc.Pid[string]
	children map[proc.ID][]proc.ID
}

func newStressForest() *stressForest {
	return &stressForest{children: map[proc.ID][]proc.ID{}}
}

func (f *stressForest) add(owner proc.ID, p proc.Pid[string]) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.all = append(f.all, p)
	f.children[owner] = append(f.children[owner], p.ID)
}

func (f *stressForest) list() []proc.Pid[string] {
	f.mu.Lock()
	defer f.mu.Unlock()
	return slices.Clone(f.all)
}

// living is a descendant of id that is alive, if there is one.
func (f *stressForest) living(id proc.ID) (proc.ID, bool) {
	f.mu.Lock()
	below := slices.Clone(f.children[id])
	f.mu.Unlock()
	for _, child := range below {
		if child.Alive() {
			return child, true
		}
		if found, ok := f.living(child); ok {
			return found, true
		}
	}
	return proc.ID{}, false
}

// node is the body of a process that owns fanout others, each the root of a
// tree of depth-1, and reports itself to watch.
func (f *stressForest) node(watch proc.Pid[proc.ID], depth, fanout int) func(*proc.Self[string]) error {
	return func(self *proc.Self[string]) error {
		grow := func(depth int) {
			f.add(self.ID(), proc.Spawn(self, f.node(watch, depth, fanout), proc.Owned()))
		}
		defer func() {
			if depth > 0 {
				grow(0) // also in the midst of its end
			}
			runtime.Gosched()
		}()
		watch.Send(self.ID())
		if depth > 0 {
			for range fanout {
				grow(depth - 1)
			}
		}
		for {
			switch what, err := self.Receive(); {
			case err != nil:
				return err
			case what == "grow":
				grow(0)
			case what == "panic":
				panic("told to")
			case what == "crash":
				return io.EOF
			default:
				return nil
			}
		}
	}
}

// watch is the body of a process that monitors every node it is told of, and at
// each ProcessDown looks for living descendants. A zero id ends it, as soon as
// all that it monitors have ended.
func (f *stressForest) watch(found chan<- error) func(*proc.Self[proc.ID]) error {
	return func(self *proc.Self[proc.ID]) error {
		open, last := 0, false
		var wrong error
		for !last || open > 0 {
			got, err := proc.Receive(self, sel.OneOf(sel.Message[proc.ID](), sel.Message[proc.ProcessDown]()))
			if err != nil {
				return err
			}
			if down, ok := got.Right(); ok {
				open--
				if id, ok := f.living(down.ID); ok {
					wrong = fmt.Errorf("%v is alive though its owner %v ended: %w", id, down.ID, down.Reason)
				}
				continue
			}
			if id, _ := got.Left(); id != (proc.ID{}) {
				self.Monitor(id)
				open++
			} else {
				last = true
			}
		}
		found <- wrong
		return nil
	}
}

// Whatever happens to the processes of trees of owned ones: whoever sees the end of one finds nothing alive below it.
func TestL9_RandomTreesUnderRandomEnds(t *testing.T) {
	stress(t, func(w *harness.World, s *proc.System) {
		for seed := range uint64(stressSize(30)) {
			f := newStressForest()
			found := make(chan error, 1)
			watch := proc.Spawn(s, f.watch(found))
			var roots []proc.Pid[string]
			for range 4 {
				root := proc.Spawn(s, f.node(watch, 3, 3))
				roots = append(roots, root)
				f.add(proc.ID{}, root)
			}
			var wg sync.WaitGroup
			for chaos := range uint64(2) {
				random := rand.New(rand.NewPCG(seed, chaos))
				wg.Go(func() {
					for range 30 {
						all := f.list()
						p := all[random.IntN(len(all))]
						if random.IntN(4) == 0 {
							p.Send("grow")
						} else {
							stressEnd(p, random.IntN(8))
						}
						for range random.IntN(5) {
							runtime.Gosched()
						}
					}
				})
			}
			wg.Wait()
			for i, root := range roots {
				stressEnd(root, int(seed)+i)
			}
			for _, root := range roots {
				harness.Ended(w, root.ID)
				id, ok := f.living(root.ID)
				require.False(w, ok, "%v outlived its root", id)
			}
			watch.Send(proc.ID{})
			require.NoError(w, harness.Value(w, found), "seed %d", seed)
			for _, p := range f.list() {
				require.False(w, p.Alive())
			}
		}
	})
}

// Processes and others spawn on and on while the system is stopped: nothing of it survives, and what comes too late
// has not started.
func TestD6_SpawnStormDuringStop(t *testing.T) {
	stress(t, func(w *harness.World, _ *proc.System) {
		for range stressSize(30) {
			s := proc.NewSystem(proc.WithLogger(zerolog.Nop()))
			f := newStressForest()
			var over atomic.Bool
			var wg sync.WaitGroup

			var body func(self *proc.Self[string]) error
			spawn := func(h proc.Host, opts ...proc.SpawnOption) { f.add(proc.ID{}, proc.Spawn(h, body, opts...)) }
			body = func(self *proc.Self[string]) error {
				if self.Rand().IntN(3) == 0 {
					defer spawn(self)
					defer spawn(self, proc.Owned())
				}
				_, err := self.Receive()
				return err
			}
			for range 2 { // from outside
				wg.Go(func() {
					for !over.Load() {
						spawn(s)
						runtime.Gosched()
					}
				})
			}
			for range 2 { // from inside
				f.add(proc.ID{}, proc.Spawn(s, func(self *proc.Self[string]) error {
					for {
						spawn(self)
						spawn(self, proc.Owned())
						f.add(proc.ID{}, proc.SpawnLink(self, body))
						if err := self.Yield(); err != nil {
							return err
						}
					}
				}))
			}
			w.Eventually("the storm has begun", func() bool { return len(f.list()) > 50 })
			require.NoError(w, s.Stop(context.Background()))
			require.Empty(w, slices.Collect(s.Processes()))
			over.Store(true)
			wg.Wait()

			late := proc.Spawn(s, body)
			require.False(w, late.Alive())
			require.ErrorIs(w, late.Reason(), proc.ErrStopping)
			require.Empty(w, slices.Collect(s.Processes()))
			for _, p := range f.list() {
				require.False(w, p.Alive(), "%v survived the stop", p.ID)
				harness.Value(w, p.Done())
			}
		}
	})
}

// However a process ends while it spawns linked children: each of them hears of it.
func TestL7_ParentEndsWhileItSpawnsLinked(t *testing.T) {
	for _, e := range actorEndings {
		if !e.crash || e.by != actorKilled && e.by != actorShutDown {
			continue
		}
		t.Run(e.name, func(t *testing.T) {
			stress(t, func(w *harness.World, s *proc.System) {
				for range stressSize(50) {
					f := newStressForest()
					spawned, unwound := make(chan struct{}), make(chan struct{})
					parent := newActor(w, s)
					parent.tell(func(self *proc.Self[actorOrder]) {
						defer close(unwound)
						for i := 0; ; i++ {
							f.add(self.ID(), proc.SpawnLink(self, stressTarget))
							if i == 10 {
								close(spawned)
							}
							if i%50 == 49 { // the children run meanwhile
								_ = self.Yield()
							}
						}
					})
					harness.Value(w, spawned)
					e.end(parent)
					harness.Ended(w, parent.ID)
					harness.Value(w, unwound)
					for _, child := range f.list() {
						reason := harness.Ended(w, child.ID)
						crashed, ok := errors.AsType[proc.LinkedProcessCrashed](reason)
						require.True(w, ok, "%v", reason)
						require.Equal(w, parent.ID, crashed.ID)
					}
				}
			})
		})
	}
}

// A process registered while it ends gets the name or an error; the name is free when it is gone.
func TestL8_RegisterWhileTheProcessEnds(t *testing.T) {
	stress(t, func(w *harness.World, s *proc.System) {
		name := proc.NewName[string]("worker")
		rounds := stressSize(3000)
		m := newStressMeeting(2, rounds)
		targets := make([]proc.Pid[string], rounds)
		for i := range targets {
			targets[i] = proc.Spawn(s, stressTarget)
		}
		var wg sync.WaitGroup
		wg.Go(func() {
			for i := range targets {
				m.meet(i)
				stressEnd(targets[i], i)
			}
		})
		for i := range targets {
			m.meet(i)
			if err := proc.Register(s, name, targets[i]); err != nil {
				require.IsType(w, proc.OtherProcessNotRunning{}, err)
			}
			harness.Value(w, targets[i].Done())
			namesFree(w, s, name)
		}
		wg.Wait()
	})
}

// Many processes spawn under one name over and over: never do two of them run, and whoever was refused is told by whom.
func TestL8_OneHolderAtATime(t *testing.T) {
	stress(t, func(w *harness.World, s *proc.System) {
		name := proc.NewName[string]("worker")
		var running, twice, unnamed atomic.Int32
		var wg sync.WaitGroup
		for range 3 {
			wg.Go(func() {
				for range stressSize(1000) {
					pid := proc.Spawn(s, func(self *proc.Self[string]) error {
						if running.Add(1) > 1 {
							twice.Add(1)
						}
						runtime.Gosched()
						running.Add(-1)
						return nil
					}, proc.Registered(name))
					<-pid.Done()
					if reason, ok := pid.Reason().(proc.ExitNotStarted); ok {
						taken, ok := errors.AsType[proc.NameTaken](reason)
						if !ok || taken.Holder == (proc.ID{}) || taken.Holder == pid.ID {
							unnamed.Add(1)
						}
					}
				}
			})
		}
		wg.Wait()
		require.Zero(w, twice.Load(), "two processes had one name")
		require.Zero(w, unnamed.Load(), "a refusal did not name the holder")
		namesFree(w, s, name)
	})
}
