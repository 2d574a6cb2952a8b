package sup_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"
	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// census counts, for each key, how many of its bodies run: never two, for each
// begins by entering and ends by leaving. A killed one leaves later, if ever, so
// that entering puts the dead out.
type census struct {
	mu   sync.Mutex
	here map[int]proc.ID
	ever []proc.ID
	bad  atomic.Int64
}

func (c *census) enter(key int, id proc.ID) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if old := c.here[key]; old.Alive() && id.Alive() {
		c.bad.Add(1)
	}
	c.here[key] = id
	c.ever = append(c.ever, id)
}

// Spawns, lookups, stops, kills of children and of the pool itself, all at the
// same time: never are two processes of one key alive, never is a dead one or one
// of another key found, and when the tree has been stopped nothing is left.
func TestPool_Stress(t *testing.T) {
	harness.Production(t, func(w *world) {
		s := w.System(proc.WithLogger(zerolog.Nop()))
		k := newKeeper(w, s)
		c := &census{here: map[int]proc.ID{}}
		spec := sup.PoolSpec[int, int, int]{
			BodyReady: func(self *proc.Self[int], key, _ int, ready func()) error {
				c.enter(key, self.ID())
				if self.Rand().IntN(20) == 0 {
					return errBroken
				}
				if self.Rand().IntN(3) == 0 {
					if err := self.Yield(); err != nil {
						return err
					}
				}
				ready()
				m, err := self.Receive()
				if err == nil && m != key {
					c.bad.Add(1)
				}
				if err == nil && self.Rand().IntN(2) == 0 {
					return errBroken
				}
				return err
			},
			Restart: sup.Transient, PerKey: 3, Period: time.Hour,
			Stop: sup.Stop{Finish: sup.NoLimit},
		}
		pool := sup.NewPool(spec)
		tree := k.start(sup.Spec{Intensity: 1 << 30, Children: []sup.Child{pool.Child("pool")}})
		rounds := w.Sized(20_000, 4_000, 20)
		users := w.Group()
		for u := range 6 {
			users.Go(func() {
				r := rand.New(rand.NewPCG(uint64(u), 1))
				ctx := context.Background()
				for range rounds {
					key := r.IntN(40)
					short, cancel := context.WithTimeout(ctx, time.Duration(r.IntN(200))*time.Microsecond)
					var err error
					switch r.IntN(12) {
					case 0, 1:
						_, err = pool.Spawn(ctx, key, 0)
					case 2, 3:
						_, _, err = pool.GetOrSpawn(ctx, key, 0)
					case 4:
						_, _, err = pool.GetOrSpawn(short, key, 0)
					case 5:
						err = pool.StopChild(ctx, key)
					case 6:
						err = pool.StopChild(short, key)
					case 7:
						if pid, ok := pool.Lookup(key); ok {
							pid.Kill()
							if again, _ := pool.Lookup(key); again == pid {
								c.bad.Add(1)
							}
						}
					case 8:
						pool.Via(s, key).Send(key)
					case 9:
						for key, pid := range pool.All() {
							if r.IntN(10) == 0 {
								pid.Send(key)
							}
						}
					case 10:
						if n := pool.Len(); n < 0 || n > 40 {
							c.bad.Add(1)
						}
					case 11:
						if r.IntN(100) == 0 {
							pool.Ref().Kill()
						}
					}
					cancel()
					if err != nil {
						runtime.Gosched() // perhaps the pool is being restarted: it needs a turn
					}
					if !expected(err) {
						w.Errorf("%T: %v", err, err)
					}
				}
			})
		}
		users.Wait()
		require.Zero(w, c.bad.Load())
		require.NoError(w, harness.Value(w, harness.Async(w, func() error { return tree.Stop(context.Background()) })))
		require.Zero(w, pool.Len())
		for _, id := range c.ever {
			require.False(w, id.Alive())
		}
		require.Greater(w, len(c.ever), rounds/10)
	})
}

// expected reports whether an operation on a pool may end so while it, its
// children and the caller's patience come and go.
func expected(err error) bool {
	var (
		already  sup.AlreadyStarted
		notFound sup.NotFound
		failed   sup.StartFailed
		gone     proc.OtherProcessNotRunning
	)
	return err == nil || errors.As(err, &already) || errors.As(err, &notFound) || errors.As(err, &failed) ||
		errors.As(err, &gone) || errors.Is(err, context.DeadlineExceeded)
}

// 100,000 children start, crash at random, are killed, and stop; all is forgotten
// then.
func TestPool_AHundredThousandChildren(t *testing.T) {
	harness.Production(t, func(w *world) {
		n := sized(100_000, 10_000)
		s := w.System(proc.WithLogger(zerolog.Nop()), proc.WithStopTimeout(time.Minute))
		k := newKeeper(w, s)
		pool := harness.Do(w, k.Pid, func(self *proc.Self[order]) *sup.Pool[int, int, error] {
			pool, err := sup.StartPool(self, sup.PoolSpec[int, int, error]{
				Body: func(self *proc.Self[error], _, _ int) error {
					why, err := self.Receive()
					return errors.Join(why, err)
				},
				Intensity: 1 << 30, Period: time.Hour,
				Stop: sup.Stop{Finish: -1, Cleanup: time.Minute},
			})
			require.NoError(w, err)
			return pool
		})
		spawners := w.Group()
		for g := range 4 {
			spawners.Go(func() {
				for key := g; key < n; key += 4 {
					if _, err := pool.Spawn(context.Background(), key, 0); err != nil {
						w.Error(err)
					}
				}
			})
		}
		spawners.Wait()
		require.Equal(w, n, pool.Len())
		crashed := map[int]proc.ID{}
		for key, pid := range pool.All() {
			if key%5 == 0 { // 20,000 restarts in the window
				crashed[key] = pid.ID
				if key%2 == 0 {
					pid.Kill()
				} else {
					pid.Send(errBroken)
				}
			}
		}
		require.Len(w, crashed, n/5)
		w.Eventually("all that crashed run again", func() bool {
			for key, id := range crashed {
				if pid, ok := pool.Lookup(key); !ok || pid.ID == id {
					return false
				}
			}
			return true
		})
		require.Equal(w, n, pool.Len())
		require.NoError(w, harness.Value(w, harness.Async(w, func() error { return pool.Ref().Stop(context.Background()) })))
		require.Zero(w, pool.Len())
	})
}
