package sup_test

import (
	"context"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// blunt is a key whose text does not tell it from others.
type blunt struct{ n int }

func (blunt) String() string { return "key" }

// wild is a key whose String panics.
type wild struct{ n int }

func (wild) String() string { panic("wild") }

// inPool runs f as a process that has a pool whose children wait.
func inPool[K comparable](w *world, adjust func(*sup.PoolSpec[K, int, int]), f func(self *proc.Self[order], pool *sup.Pool[K, int, int])) {
	w.Helper()
	k := newKeeper(w, w.System())
	harness.Do(w, k.Pid, func(self *proc.Self[order]) bool {
		spec := sup.PoolSpec[K, int, int]{Body: func(self *proc.Self[int], _ K, _ int) error {
			_, err := self.Receive()
			return err
		}}
		if adjust != nil {
			adjust(&spec)
		}
		pool, err := sup.StartPool(self, spec)
		require.NoError(w, err)
		f(self, pool)
		return true
	})
}

// Keys are compared as keys, though their text may be the same.
func TestPool_KeysAreComparedAsKeys(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		inPool(w, nil, func(self *proc.Self[order], pool *sup.Pool[blunt, int, int]) {
			one, err := pool.Spawn(self, blunt{1}, 0)
			require.NoError(w, err)
			two, err := pool.Spawn(self, blunt{2}, 0)
			require.NoError(w, err)
			require.NotEqual(w, one, two)
			require.Equal(w, []string{"key running", "key running"}, list(w, pool.Ref()))
			require.NoError(w, pool.StopChild(self, blunt{1}))
			_, ok := pool.Lookup(blunt{1})
			require.False(w, ok)
			got, ok := pool.Lookup(blunt{2})
			require.True(w, ok)
			require.Equal(w, two, got)
			_, err = pool.Spawn(self, blunt{2}, 0)
			require.Equal(w, sup.AlreadyStarted{Child: "key", ID: two.ID}, err)
		})
	})
}

// The two zeros of floating point numbers are one key, and so are equal values in
// interfaces; values of different types are not.
func TestPool_KeysAreThoseThatGoTakesForEqual(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		inPool(w, nil, func(self *proc.Self[order], pool *sup.Pool[any, int, int]) {
			zero, err := pool.Spawn(self, 0.0, 0)
			require.NoError(w, err)
			got, ok := pool.Lookup(math.Copysign(0, -1))
			require.True(w, ok)
			require.Equal(w, zero, got)
			_, err = pool.Spawn(self, 0, 0) // an int
			require.NoError(w, err)
			_, err = pool.Spawn(self, int64(0), 0)
			require.NoError(w, err)
			_, err = pool.Spawn(self, nil, 0)
			require.NoError(w, err)
			require.Equal(w, 4, pool.Len())
		})
	})
}

// What cannot be compared, or is not equal to itself, cannot be a key: to spawn it
// is refused, and there is no child of it. The pool goes on.
func TestPool_WhatCannotBeAKeyIsRefused(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		inPool(w, nil, func(self *proc.Self[order], pool *sup.Pool[any, int, int]) {
			for _, key := range []any{math.NaN(), func() {}, []int{1}, [1]any{map[int]int{}}} {
				_, err := pool.Spawn(self, key, 0)
				invalid := as[sup.InvalidSpec](w, err)
				require.Equal(w, "key", invalid.Field)
				require.Equal(w, fmt.Sprint(key), invalid.Child)
				_, _, err = pool.GetOrSpawn(self, key, 0)
				as[sup.InvalidSpec](w, err)
				require.Equal(w, sup.NotFound{Child: fmt.Sprint(key)}, pool.StopChild(self, key))
				_, ok := pool.Lookup(key)
				require.False(w, ok)
				via := pool.Via(self, key)
				require.False(w, via.Alive())
			}
			require.Zero(w, pool.Len())
			_, err := pool.Spawn(self, "fine", 0)
			require.NoError(w, err)
		})
	})
}

// A String method of a key that panics harms nobody.
func TestPool_AKeyWhoseTextPanics(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		inPool(w, func(s *sup.PoolSpec[wild, int, int]) { s.Intensity = 10 }, func(self *proc.Self[order], pool *sup.Pool[wild, int, int]) {
			pid, err := pool.Spawn(self, wild{1}, 0)
			require.NoError(w, err)
			_, err = pool.Spawn(self, wild{1}, 0)
			require.ErrorContains(w, err, "PANIC")
			require.ErrorContains(w, pool.StopChild(self, wild{2}), "wild")
			all, err := pool.Ref().Children(self)
			require.NoError(w, err)
			require.Contains(w, all[0].Child, "PANIC")
			ref := self.Monitor(pid.ID)
			pid.Interrupt(proc.InterruptedBy{Value: "crash"})
			_, err = proc.Receive(self, proc.SelectDown(ref))
			require.NoError(w, err)
			again, _, err := pool.GetOrSpawn(self, wild{1}, 0)
			require.NoError(w, err)
			require.NotEqual(w, pid, again)
			require.NoError(w, pool.StopChild(self, wild{1}))
		})
	})
}

// Options are asked by Spawn with key and argument, and hold for each life.
func TestPool_OptionsAreForEachLife(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		asked := 0
		inPool(w, func(s *sup.PoolSpec[string, int, int]) {
			s.Options = func(key string, arg int) []proc.SpawnOption {
				asked++
				return []proc.SpawnOption{proc.Titled(fmt.Sprint(key, arg)), proc.Bounded(1, proc.Reject)}
			}
		}, func(self *proc.Self[order], pool *sup.Pool[string, int, int]) {
			pid, err := pool.Spawn(self, "k", 7)
			require.NoError(w, err)
			for range 2 {
				info, ok := pid.Info()
				require.True(w, ok)
				require.Equal(w, "k7", info.Title)
				ref := self.Monitor(pid.ID)
				pid.Interrupt(proc.InterruptedBy{Value: "crash"})
				_, err = proc.Receive(self, proc.SelectDown(ref))
				require.NoError(w, err)
				pid, _, err = pool.GetOrSpawn(self, "k", 8)
				require.NoError(w, err)
			}
		})
		require.GreaterOrEqual(w, asked, 1)
	})
}

// An Options that panics, or returns a nil option, fails the Spawn, with the cause
// and where; the pool goes on.
func TestPool_OptionsThatPanicFailTheSpawn(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		inPool(w, func(s *sup.PoolSpec[string, int, int]) {
			s.Options = func(key string, _ int) []proc.SpawnOption {
				switch key {
				case "bad":
					panic(errBroken)
				case "nil":
					return []proc.SpawnOption{proc.Titled("x"), nil}
				}
				return nil
			}
		}, func(self *proc.Self[order], pool *sup.Pool[string, int, int]) {
			_, err := pool.Spawn(self, "bad", 0)
			require.Equal(w, "bad", as[sup.StartFailed](w, err).Child)
			require.ErrorIs(w, err, errBroken)
			require.ErrorContains(w, err, "asking for its options")
			require.Contains(w, as[proc.ExitPanic](w, err).Stack, "pool_keys_test.go")
			_, _, err = pool.GetOrSpawn(self, "nil", 0)
			require.Equal(w, "Options", as[sup.InvalidSpec](w, err).Field)
			require.Zero(w, pool.Len())
			_, err = pool.Spawn(self, "good", 0)
			require.NoError(w, err)
		})
	})
}

// A body that panics before it is ready is a failed start with the panic.
func TestPool_ABodyThatPanicsIsAFailedStart(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		inPool(w, func(s *sup.PoolSpec[string, int, int]) {
			s.Body, s.BodyReady = nil, func(*proc.Self[int], string, int, func()) error { panic(errBroken) }
		}, func(self *proc.Self[order], pool *sup.Pool[string, int, int]) {
			_, err := pool.Spawn(self, "k", 0)
			as[sup.StartFailed](w, err)
			as[proc.ExitPanic](w, err)
			require.ErrorIs(w, err, errBroken)
			require.Zero(w, pool.Len())
		})
	})
}

// A description that makes no sense is refused before anything is started, by
// StartPool and, with its path, as part of a tree.
func TestPool_ADescriptionThatMakesNoSenseIsRefused(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		body := func(*proc.Self[int], string, int) error { return nil }
		ready := func(*proc.Self[int], string, int, func()) error { return nil }
		type spec = sup.PoolSpec[string, int, int]
		s := w.System()
		k := newKeeper(w, s)
		spawned := s.Counters().Spawned
		for _, is := range []struct {
			spec  spec
			field string
		}{
			{spec{}, "Body"},
			{spec{Body: body, BodyReady: ready}, "BodyReady"},
			{spec{BodyReady: ready, Within: -1}, "Within"},
			{spec{Body: body, Restart: 3}, "Restart"},
			{spec{Body: body, Restart: -1}, "Restart"},
			{spec{Body: body, PerKey: -1}, "PerKey"},
			{spec{Body: body, Period: -1}, "Period"},
			{spec{Body: body, Backoff: sup.Backoff{First: -1}}, "Backoff.First"},
			{spec{Body: body, Backoff: sup.Backoff{Factor: 0.5}}, "Backoff.Factor"},
			{spec{Body: body, Backoff: sup.Backoff{Jitter: 2}}, "Backoff.Jitter"},
		} {
			harness.Do(w, k.Pid, func(self *proc.Self[order]) bool {
				pool, err := sup.StartPool(self, is.spec)
				require.Nil(w, pool)
				invalid := as[sup.InvalidSpec](w, err)
				require.Equal(w, is.field, invalid.Field)
				require.Equal(w, "", invalid.Child)
				require.NotEmpty(w, invalid.Problem)

				inner := sup.Supervisor("n", sup.Spec{Children: []sup.Child{sup.NewPool(is.spec).Child("p")}})
				_, err = sup.Start(self, sup.Spec{Children: []sup.Child{inner}})
				invalid = as[sup.InvalidSpec](w, err)
				require.Equal(w, is.field, invalid.Field)
				require.Equal(w, "n/p", invalid.Child)
				return true
			})
		}
		require.Equal(w, spawned, s.Counters().Spawned)
	})
}

// The operations of a Ref that a pool does not have are refused, also while it
// runs well.
func TestPool_ItsRefRefusesWhatAPoolDoesNotHave(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		p := newPond(w)
		p.spawn("a")
		ctx := context.Background()
		ref := p.Ref()
		want := sup.WrongKind{Kind: sup.PoolKind}
		_, err := ref.StartChild(ctx, p.c.child("b"))
		require.Equal(w, want, err)
		require.Equal(w, want, ref.StopChild(ctx, "a"))
		_, err = ref.RestartChild(ctx, "a")
		require.Equal(w, want, err)
		require.Equal(w, want, ref.DeleteChild(ctx, "a"))
		_, err = ref.Supervisor(ctx, "a")
		require.Equal(w, want, err)
		require.Equal(w, words("a running"), list(w, ref))
	})
}
