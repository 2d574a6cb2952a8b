package sup_test

import (
	"context"
	"maps"
	"slices"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// pond is a pool whose children are actors of a cast, by their keys.
type pond struct {
	*sup.Pool[string, int, order]
	w *world
	c *cast
	k *keeper
	s *proc.System
}

type pondSpec = sup.PoolSpec[string, int, order]

// newPondSpec describes a pool of actors that are up when they say so.
func newPondSpec(c *cast) pondSpec {
	return pondSpec{
		BodyReady: func(self *proc.Self[order], key string, _ int, ready func()) error {
			return c.play(key, self, ready)
		},
		Observe: c.observe,
	}
}

// plain makes the children of a pool up at once.
func plain(spec *pondSpec) {
	play := spec.BodyReady
	spec.BodyReady = nil
	spec.Body = func(self *proc.Self[order], key string, arg int) error { return play(self, key, arg, func() {}) }
}

func poolRestart(r sup.Restart) func(*pondSpec) { return func(s *pondSpec) { s.Restart = r } }
func poolStop(stop sup.Stop) func(*pondSpec)    { return func(s *pondSpec) { s.Stop = stop } }

// newPond starts a pool of actors under a keeper, in a system of its own.
func newPond(w *world, adjust ...func(*pondSpec)) *pond {
	w.Helper()
	p := &pond{w: w, c: newCast(w), s: w.System()}
	p.k = newKeeper(w, p.s)
	spec := newPondSpec(p.c)
	for _, f := range adjust {
		f(&spec)
	}
	p.Pool = harness.Do(w, p.k.Pid, func(self *proc.Self[order]) *sup.Pool[string, int, order] {
		pool, err := sup.StartPool(self, spec)
		require.NoError(w, err)
		return pool
	})
	return p
}

// fetched is what Spawn or GetOrSpawn has returned.
type fetched struct {
	pid  proc.Pid[order]
	self bool
	err  error
}

// beginSpawn calls Spawn, from outside.
func (p *pond) beginSpawn(key string) <-chan fetched {
	return harness.Async(p.w, func() fetched {
		pid, err := p.Pool.Spawn(context.Background(), key, 0)
		return fetched{pid, err == nil, err}
	})
}

func (p *pond) spawn(key string) proc.Pid[order] {
	p.w.Helper()
	got := harness.Value(p.w, p.beginSpawn(key))
	require.NoError(p.w, got.err)
	return got.pid
}

// spawnAll spawns the children of several keys, separated by commas.
func (p *pond) spawnAll(keys string) {
	p.w.Helper()
	for _, key := range words(keys) {
		p.spawn(key)
	}
}

func (p *pond) beginGet(key string) <-chan fetched {
	return harness.Async(p.w, func() fetched {
		pid, self, err := p.GetOrSpawn(context.Background(), key, 0)
		return fetched{pid, self, err}
	})
}

func (p *pond) beginStop(key string) <-chan error {
	return harness.Async(p.w, func() error { return p.StopChild(context.Background(), key) })
}

// found are the keys that All lists, sorted, each of which Lookup must find, too.
func (p *pond) found() []string {
	p.w.Helper()
	all := maps.Collect(p.All())
	for key, pid := range all {
		got, ok := p.Lookup(key)
		require.True(p.w, ok)
		require.Equal(p.w, pid, got)
	}
	return append([]string{}, slices.Sorted(maps.Keys(all))...)
}

// elapsed is how long f takes, in a bubble.
func elapsed(w *world, f func()) time.Duration {
	w.Helper()
	begin := time.Now()
	f()
	return time.Since(begin)
}

// arrived returns when the pool has received what a keeper has just asked of it,
// and waits for more.
func (p *pond) arrived(k *keeper) {
	p.w.Helper()
	p.w.Eventually("the call has been received", func() bool {
		caller, _ := k.Info()
		pool, _ := p.Ref().Info()
		return caller.State == proc.Calling && pool.State == proc.Receiving && pool.Mailbox == 0
	})
}

// getBy has a keeper call GetOrSpawn, and returns when that has been received.
func (p *pond) getBy(k *keeper, key string) <-chan fetched {
	p.w.Helper()
	got := harness.Begin(k.Pid, func(self *proc.Self[order]) fetched {
		pid, spawned, err := p.GetOrSpawn(self, key, 0)
		return fetched{pid, spawned, err}
	})
	p.arrived(k)
	return got
}
