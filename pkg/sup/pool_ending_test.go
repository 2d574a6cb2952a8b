package sup_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sim"
	"github.com/harkgo/hark/pkg/sup"
)

// endWith asks a process for an answer, over which its body ends with err.
func endWith(ctx context.Context, p proc.Pid[order], err error) error {
	_, failure := proc.Call(ctx, p, func(proc.ReplyTo[int]) order {
		return func(*proc.Self[order]) *harness.End { return &harness.End{Err: err} }
	})
	return failure
}

// holdEnd holds the present life of a child in its end until held is closed: its
// body has ended, and it owns a process that has not.
func (p *pond) holdEnd(key string, held <-chan struct{}) {
	p.w.Helper()
	harness.Do(p.w, p.c.now(key), func(self *proc.Self[order]) error {
		proc.Spawn(self, func(self *proc.Self[string]) error {
			defer func() { <-held }()
			_, err := self.Receive()
			return err
		}, proc.Owned())
		return nil
	})
}

// holdUnwinding shuts the present life of a child down and returns when it
// unwinds, which it does until held is closed.
func (p *pond) holdUnwinding(key string, held <-chan struct{}) {
	p.w.Helper()
	begun, unwinds := make(chan struct{}), make(chan struct{})
	pid := p.c.now(key)
	pid.Send(func(self *proc.Self[order]) *harness.End {
		defer func() { close(unwinds); <-held }()
		close(begun)
		for {
			_, _ = self.Receive()
		}
	})
	harness.Value(p.w, begun)
	pid.Shutdown(proc.ExitUnhandledError{Err: errBroken})
	harness.Value(p.w, unwinds)
}

// A child whose calls fail is down, though it has not ended: nobody finds it, and
// GetOrSpawn waits for what follows its end.
func TestPool_WhoseCallsFailIsNotFound(t *testing.T) {
	ends := map[string]func(p *pond, held <-chan struct{}){
		"crash": func(p *pond, held <-chan struct{}) {
			p.holdEnd("a", held)
			gone := as[proc.OtherProcessNotRunning](p.w, endWith(p.w.Context(), p.c.now("a"), errBroken))
			require.ErrorIs(p.w, gone, errBroken)
		},
		"normal end": func(p *pond, held <-chan struct{}) {
			p.holdEnd("a", held)
			as[proc.OtherProcessNotRunning](p.w, endWith(p.w.Context(), p.c.now("a"), nil))
		},
		"shutdown": func(p *pond, held <-chan struct{}) {
			p.holdUnwinding("a", held)
			as[proc.OtherProcessNotRunning](p.w, endWith(p.w.Context(), p.c.now("a"), nil))
		},
	}
	for name, e := range ends {
		for _, kind := range []sup.Restart{sup.Permanent, sup.Transient, sup.Temporary} {
			t.Run(name+" "+kind.String(), func(t *testing.T) {
				harness.Everywhere(t, func(w *world) {
					p := newPond(w, poolRestart(kind))
					p.spawnAll("a, b")
					first, held := p.c.now("a"), make(chan struct{})
					e(p, held)

					require.True(w, first.Alive())
					require.False(w, first.Accepting())
					require.Equal(w, words("b"), p.found())
					require.Equal(w, 2, p.Len(), "its key is in use")
					failure := endWith(w.Context(), p.Via(p.s, "a"), nil)
					require.Equal(w, proc.ExitUnknown{}, as[proc.OtherProcessNotRunning](w, failure).Reason)

					get := p.beginGet("a")
					harness.Pending(w, get, "the GetOrSpawn")
					restarted := kind == sup.Permanent || kind == sup.Transient && name != "normal end"
					close(held)
					got := harness.Value(w, get)
					require.NoError(w, got.err)
					require.Equal(w, p.c.life("a", 2), got.pid)
					require.Equal(w, !restarted, got.self, "it is restarted, or spawned anew")
				})
			})
		}
	}
}

// Spawn of a key whose child is ending waits until it is known whether the key
// is free.
func TestPool_ASpawnOfAKeyThatIsEndingWaits(t *testing.T) {
	for _, kind := range []sup.Restart{sup.Permanent, sup.Temporary} {
		t.Run(kind.String(), func(t *testing.T) {
			harness.Everywhere(t, func(w *world) {
				p := newPond(w, poolRestart(kind))
				p.spawn("a")
				held := make(chan struct{})
				p.holdEnd("a", held)
				as[proc.OtherProcessNotRunning](w, endWith(w.Context(), p.c.now("a"), errBroken))
				spawn := p.beginSpawn("a")
				harness.Pending(w, spawn, "the Spawn")
				close(held)
				err := harness.Value(w, spawn).err
				if kind == sup.Permanent {
					as[sup.AlreadyStarted](w, err)
				} else {
					require.NoError(w, err)
				}
			})
		})
	}
}

// A pool that is stopped meanwhile does not leave anybody waiting.
func TestPool_AStopAmidTheEndOfAChild(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p := newPond(w)
		p.spawn("a")
		held := make(chan struct{})
		p.holdEnd("a", held)
		as[proc.OtherProcessNotRunning](w, endWith(w.Context(), p.c.now("a"), errBroken))
		get := p.beginGet("a")
		harness.Pending(w, get, "the GetOrSpawn")
		stopped := harness.Async(w, func() error { return p.Ref().Stop(context.Background()) })
		as[proc.OtherProcessNotRunning](w, harness.Value(w, get).err)
		close(held)
		require.NoError(w, harness.Value(w, stopped))
	})
}

// In whatever order things happen: who asks again when its call has failed over a
// crash gets the next life, and that answers.
func TestPool_WhoAsksAgainAfterACrashGetsTheNextLife(t *testing.T) {
	sim.Check(t, func(s *sim.Sim) {
		pool, err := sup.StartPoolIn(s.Context(), s.System(), sup.PoolSpec[string, int, order]{
			Body: func(self *proc.Self[order], _ string, _ int) error {
				for o, err := range self.Messages() {
					if err != nil {
						return err
					}
					if e := o(self); e != nil {
						return e.Err
					}
				}
				return nil
			},
			Restart: sup.Transient,
		})
		require.NoError(s, err)
		users := 0
		for range 2 {
			s.Go(func() {
				first, _, err := pool.GetOrSpawn(s.Context(), "a", 0)
				require.NoError(s, err)
				require.Error(s, endWith(s.Context(), first, errBroken))
				next, _, err := pool.GetOrSpawn(s.Context(), "a", 0)
				require.NoError(s, err)
				require.NotEqual(s, first, next)
				users++
			})
		}
		s.Settle()
		require.Equal(s, 2, users)
		require.NoError(s, pool.Ref().Stop(s.Context()))
	})
}
