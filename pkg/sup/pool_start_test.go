package sup_test

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// A child runs the body with its key and its argument, titled by its key.
func TestPool_AChildHasItsKeyAndItsArgument(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		type point struct{ x, y int }
		got := make(chan string, 1)
		k := newKeeper(w, w.System())
		harness.Do(w, k.Pid, func(self *proc.Self[order]) error {
			pool, err := sup.StartPool(self, sup.PoolSpec[point, string, int]{
				Body: func(self *proc.Self[int], key point, arg string) error {
					info, _ := self.ID().Info()
					got <- fmt.Sprint(key, arg, info.Title)
					_, err := self.Receive()
					return err
				},
			})
			require.NoError(w, err)
			pid, err := pool.Spawn(self, point{1, 2}, "arg") // from a process
			require.NoError(w, err)
			require.Equal(w, "{1 2}arg{1 2}", <-got)
			found, ok := pool.Lookup(point{1, 2})
			require.True(w, ok)
			require.Equal(w, pid, found)
			return nil
		})
	})
}

// U9: a pool starts any number of children at the same time: those that take long
// to be ready hold up nobody.
func TestU9_APoolStartsAnyNumberAtTheSameTime(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p := newPond(w)
		starts := map[string]<-chan fetched{}
		for i := range 50 {
			key := fmt.Sprint("slow", i)
			p.c.is(key, manner{slow: true})
			starts[key] = p.beginSpawn(key)
		}
		for key := range starts {
			p.c.saw(key + " starts")
		}
		p.spawn("quick")
		require.Equal(w, words("quick"), p.found(), "found from when it is up")
		require.Equal(w, 51, p.Len())
		for key, start := range starts {
			harness.Pending(w, start, "the start of "+key)
			p.c.getReady(key)
			got := harness.Value(w, start)
			require.NoError(w, got.err)
			require.Equal(w, p.c.now(key), got.pid)
		}
		require.Len(w, p.found(), 51)
	})
}

// U9: lookups answer at once while children are started and stopped, and while
// the supervisor itself does something else.
func TestU9_ALookupDoesNotWaitForThePool(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		begun, over := make(chan struct{}), make(chan struct{})
		p := newPond(w, func(s *pondSpec) {
			s.Observe = func(e sup.Event) {
				if e.Path == "b" { // what an observer must not do: the supervisor is held up
					close(begun)
					<-over
				}
			}
		})
		a := p.spawn("a")
		start := p.beginSpawn("b")
		harness.Value(w, begun)
		got, ok := p.Lookup("a")
		require.True(w, ok)
		require.Equal(w, a, got)
		_, ok = p.Lookup("c")
		require.False(w, ok)
		require.Equal(w, 2, p.Len())
		require.Contains(w, p.found(), "a")
		via := p.Via(p.s, "a")
		require.True(w, harness.Do(w, via, func(self *proc.Self[order]) bool { return self.Pid() == a }))
		_, spawned, err := p.GetOrSpawn(context.Background(), "a", 0)
		require.NoError(w, err)
		require.False(w, spawned)
		close(over)
		require.NoError(w, harness.Value(w, start).err)
	})
}

// A Lookup takes no interrupt, nor does a GetOrSpawn that finds a child.
func TestPool_ALookupTakesNoInterrupt(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p := newPond(w)
		a := p.spawn("a")
		harness.Do(w, p.k.Pid, func(self *proc.Self[order]) error {
			self.ID().Interrupt(proc.InterruptedBy{Value: 1})
			got, ok := p.Lookup("a")
			require.True(w, ok)
			require.Equal(w, a, got)
			got, spawned, err := p.GetOrSpawn(self, "a", 0)
			require.NoError(w, err)
			require.False(w, spawned)
			require.Equal(w, a, got)
			require.Equal(w, 1, p.Len())
			require.Equal(w, proc.InterruptedBy{Value: 1}, self.Yield(), "it is there still")
			return nil
		})
	})
}

// A key in use is an AlreadyStarted, which names the process if there is one.
func TestPool_AKeyInUseIsAlreadyStarted(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p := newPond(w, func(s *pondSpec) { s.Backoff = sup.Backoff{First: time.Hour} })
		p.c.is("a", manner{slow: true})
		start := p.beginSpawn("a")
		p.c.saw("a starts")
		require.Equal(w, sup.AlreadyStarted{Child: "a", ID: p.c.now("a").ID}, harness.Value(w, p.beginSpawn("a")).err, "starting")
		p.c.getReady("a")
		harness.Value(w, start)
		require.Equal(w, sup.AlreadyStarted{Child: "a", ID: p.c.now("a").ID}, harness.Value(w, p.beginSpawn("a")).err, "running")
		p.c.crash("a", errBroken)
		p.c.event(sup.ChildRestarting, "a", 1)
		require.Equal(w, sup.AlreadyStarted{Child: "a"}, harness.Value(w, p.beginSpawn("a")).err, "waiting")
		require.Equal(w, 1, p.c.count("a"))
	})
}

// A failed start is returned with the key and the reason, is not tried again, and
// the key is free.
func TestPool_AFailedStartFreesTheKey(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p := newPond(w)
		p.c.is("a", manner{fail: errBroken})
		failed := as[sup.StartFailed](w, harness.Value(w, p.beginSpawn("a")).err)
		require.Equal(w, sup.StartFailed{Child: "a", Err: proc.ExitUnhandledError{Err: errBroken}}, failed)
		require.Zero(w, p.Len())
		p.c.told("start failed a")
		p.c.is("a", manner{})
		p.spawn("a")
		require.Equal(w, 2, p.c.count("a"))
		require.Equal(w, 0, status(w, p.Ref(), "a").Restarts)
	})
}

// A child that is not ready in time has not started.
func TestPool_AChildMustBeReadyInTime(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		p := newPond(w, func(s *pondSpec) { s.Within = 3 * time.Second })
		p.c.is("a", manner{slow: true})
		var got fetched
		require.Equal(w, 3*time.Second, elapsed(w, func() { got = harness.Value(w, p.beginSpawn("a")) }))
		require.ErrorIs(w, as[sup.StartFailed](w, got.err), context.DeadlineExceeded)
		require.Zero(w, p.Len())
	})
}

// A process that never ran has not started, also one that is up once spawned.
func TestPool_AProcessThatNeverRanIsAFailedStart(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		name := proc.NewName[order]("taken")
		p := newPond(w, plain, func(s *pondSpec) {
			s.Options = func(string, int) []proc.SpawnOption { return []proc.SpawnOption{proc.Registered(name)} }
		})
		a := p.spawn("a")
		failed := as[sup.StartFailed](w, harness.Value(w, p.beginSpawn("b")).err)
		require.Equal(w, a.ID, as[proc.NameTaken](w, failed).Holder)
		require.Equal(w, words("a"), p.found())
		require.Equal(w, 1, p.Len())
	})
}

// GetOrSpawn says whether it has spawned.
func TestPool_GetOrSpawnIsLookupOrSpawn(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p := newPond(w)
		first := harness.Value(w, p.beginGet("a"))
		require.NoError(w, first.err)
		require.True(w, first.self)
		second := harness.Value(w, p.beginGet("a"))
		require.NoError(w, second.err)
		require.False(w, second.self)
		require.Equal(w, first.pid, second.pid)
	})
}

// A key that is being started is waited for; only the first spawns.
func TestPool_OnlyTheFirstGetOrSpawnSpawns(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p := newPond(w)
		p.c.is("a", manner{slow: true})
		var all []<-chan fetched
		for range 20 {
			all = append(all, p.beginGet("a"))
		}
		p.c.saw("a starts")
		for _, one := range all {
			harness.Pending(w, one, "a GetOrSpawn")
		}
		p.c.getReady("a")
		selfs := 0
		for _, one := range all {
			got := harness.Value(w, one)
			require.NoError(w, got.err)
			require.Equal(w, p.c.now("a"), got.pid)
			if got.self {
				selfs++
			}
		}
		require.Equal(w, 1, selfs)
		require.Equal(w, 1, p.c.count("a"))
	})
}

// A key that waits for its restart is waited for, until it is up again.
func TestPool_GetOrSpawnWaitsForARestart(t *testing.T) {
	harness.Virtually(t, func(w *world) {
		p := newPond(w, func(s *pondSpec) { s.Backoff = sup.Backoff{First: time.Minute} })
		p.spawn("a")
		p.c.crash("a", errBroken)
		p.c.is("a", manner{fail: errBroken, times: 1})
		var got fetched
		require.Equal(w, 3*time.Minute, elapsed(w, func() { got = harness.Value(w, p.beginGet("a")) }), "the first restart fails")
		require.NoError(w, got.err)
		require.False(w, got.self)
		require.Equal(w, p.c.life("a", 3), got.pid)
	})
}

// GetOrSpawn returns a running child or the error of its own start: when what it
// waits for comes to nothing it starts the child itself.
func TestPool_GetOrSpawnReturnsTheErrorOfItsOwnStartOnly(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p := newPond(w)
		p.c.is("a", manner{slow: true})
		first := p.beginSpawn("a")
		p.c.saw("a starts")
		second := p.getBy(p.k, "a")
		third := p.getBy(newKeeper(w, p.s), "a")
		harness.Leave(p.c.life("a", 1), errBroken)
		as[sup.StartFailed](w, harness.Value(w, first).err)
		harness.Leave(p.c.life("a", 2), errBroken)
		as[sup.StartFailed](w, harness.Value(w, second).err)
		p.c.life("a", 3)
		p.c.getReady("a")
		got := harness.Value(w, third)
		require.NoError(w, got.err)
		require.True(w, got.self)
	})
}

// A key that is being stopped is waited for, too; then it is started anew.
func TestPool_GetOrSpawnWaitsForAStop(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p := newPond(w, poolStop(sup.Stop{Finish: sup.NoLimit}))
		p.c.is("a", manner{deaf: true})
		p.spawn("a")
		stop := p.beginStop("a")
		p.c.saw("a asked")
		get := p.beginGet("a")
		harness.Pending(w, get, "the GetOrSpawn")
		harness.Leave(p.c.now("a"), nil)
		require.NoError(w, harness.Value(w, stop))
		got := harness.Value(w, get)
		require.NoError(w, got.err)
		require.True(w, got.self)
		require.Equal(w, p.c.life("a", 2), got.pid)
		p.stopNow("a")
	})
}

// What an interrupted Spawn began goes on; who only waited has begun nothing.
func TestPool_WhatAnInterruptedSpawnBeganGoesOn(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p := newPond(w)
		p.c.is("a", manner{slow: true})
		start := harness.Begin(p.k.Pid, func(self *proc.Self[order]) error {
			_, err := p.Spawn(self, "a", 0)
			return err
		})
		p.c.saw("a starts")
		ctx, cancel := context.WithCancel(context.Background())
		waiting := harness.Async(w, func() error {
			_, _, err := p.GetOrSpawn(ctx, "a", 0)
			return err
		})
		harness.Pending(w, waiting, "the GetOrSpawn")
		p.k.Interrupt(proc.InterruptedBy{Value: "enough"})
		require.Equal(w, proc.InterruptedBy{Value: "enough"}, harness.Value(w, start))
		cancel()
		require.ErrorIs(w, harness.Value(w, waiting), context.Canceled)
		p.c.getReady("a")
		p.c.event(sup.ChildStarted, "a", 1)
		require.Equal(w, words("a"), p.found())

		p.c.is("b", manner{slow: true})
		first := p.beginSpawn("b")
		p.c.saw("b starts")
		ctx, cancel = context.WithCancel(context.Background())
		waiting = harness.Async(w, func() error {
			_, _, err := p.GetOrSpawn(ctx, "b", 0)
			return err
		})
		harness.Pending(w, waiting, "the GetOrSpawn")
		cancel()
		require.ErrorIs(w, harness.Value(w, waiting), context.Canceled)
		harness.Leave(p.c.now("b"), errBroken)
		as[sup.StartFailed](w, harness.Value(w, first).err)
		w.Settle()
		require.Equal(w, 1, p.c.count("b"), "nobody waits for a second start")
	})
}

// A context that has ended begins nothing.
func TestPool_AnEndedContextBeginsNothing(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p := newPond(w)
		p.spawn("here")
		ctx, cancel := context.WithCancel(context.Background())
		cancel()
		_, err := p.Spawn(ctx, "a", 0)
		require.ErrorIs(w, err, context.Canceled)
		_, _, err = p.GetOrSpawn(ctx, "a", 0)
		require.ErrorIs(w, err, context.Canceled)
		require.ErrorIs(w, p.StopChild(ctx, "here"), context.Canceled)
		w.Settle()
		require.Equal(w, words("here"), p.found())
		require.Equal(w, 1, p.Len())
	})
}

// Who waits in vain, again and again, leaves nothing behind in the supervisor:
// the one who stays is served.
func TestPool_WhoHasGivenUpIsForgotten(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p := newPond(w, poolStop(sup.Stop{Finish: sup.NoLimit}))
		p.c.is("a", manner{slow: true})
		start := p.beginSpawn("a")
		p.c.saw("a starts")
		stays := p.beginGet("a")
		harness.Pending(w, stays, "the GetOrSpawn")
		for range 200 {
			ctx, cancel := context.WithTimeout(context.Background(), time.Microsecond)
			_, _, err := p.GetOrSpawn(ctx, "a", 0)
			require.ErrorIs(w, err, context.DeadlineExceeded)
			cancel()
		}
		p.c.getReady("a")
		require.NoError(w, harness.Value(w, start).err)
		require.NoError(w, harness.Value(w, stays).err)
	})
}
