package sup_test

import (
	"context"
	"runtime"
	"strconv"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// benchPool runs a benchmark as a process that has a pool of idle children.
func benchPool(b *testing.B, bench func(self *proc.Self[struct{}], pool *sup.Pool[string, int, struct{}])) {
	b.Helper()
	inSystem(b, func(self *proc.Self[struct{}]) {
		pool, err := sup.StartPool(self, sup.PoolSpec[string, int, struct{}]{
			Body: func(self *proc.Self[struct{}], _ string, _ int) error { return drain(self) },
		})
		if err != nil {
			b.Error(err)
			return
		}
		bench(self, pool)
		if err := pool.Ref().Stop(self); err != nil {
			b.Error(err)
		}
	})
}

// drain receives until it is interrupted.
func drain(self *proc.Self[struct{}]) error {
	for {
		if _, err := self.Receive(); err != nil {
			return err
		}
	}
}

func benchKeys(n int) []string {
	keys := make([]string, n)
	for i := range keys {
		keys[i] = "session-" + strconv.Itoa(i)
	}
	return keys
}

// Lookup by any number of goroutines, in a pool that is quiet and in one that
// starts and stops a child all the time. Beside it a sync.Map of the same pids,
// which a program without a pool would have.
func BenchmarkPoolLookup(b *testing.B) {
	const n = 10_000
	keys := benchKeys(n)
	parallel := func(b *testing.B, find func(key string) bool) {
		b.ReportAllocs()
		var begin atomic.Int64
		b.ResetTimer()
		b.RunParallel(func(pb *testing.PB) {
			for i := int(begin.Add(7919)); pb.Next(); i++ {
				if !find(keys[i%n]) {
					b.Error("not found")
				}
			}
		})
		b.StopTimer()
	}
	for _, churn := range []bool{false, true} {
		name := map[bool]string{false: "quiet", true: "churn"}[churn]
		b.Run("pool/"+name, func(b *testing.B) {
			benchPool(b, func(self *proc.Self[struct{}], pool *sup.Pool[string, int, struct{}]) {
				fill(b, self, pool, keys)
				stop := whileChurning(churn, pool)
				parallel(b, func(key string) bool { _, ok := pool.Lookup(key); return ok })
				stop()
			})
		})
	}
	b.Run("sync.Map", func(b *testing.B) {
		benchPool(b, func(self *proc.Self[struct{}], pool *sup.Pool[string, int, struct{}]) {
			fill(b, self, pool, keys)
			var m sync.Map
			for key, pid := range pool.All() {
				m.Store(key, pid)
			}
			parallel(b, func(key string) bool { _, ok := m.Load(key); return ok })
		})
	})
}

func fill(b *testing.B, self *proc.Self[struct{}], pool *sup.Pool[string, int, struct{}], keys []string) {
	for _, key := range keys {
		if _, err := pool.Spawn(self, key, 0); err != nil {
			b.Error(err)
		}
	}
}

// whileChurning starts and stops a child again and again, until stop is called.
func whileChurning(churn bool, pool *sup.Pool[string, int, struct{}]) (stop func()) {
	var over atomic.Bool
	var done sync.WaitGroup
	if churn {
		done.Go(func() {
			for !over.Load() {
				_, _ = pool.Spawn(context.Background(), "other", 0)
				_ = pool.StopChild(context.Background(), "other")
			}
		})
	}
	return func() { over.Store(true); done.Wait() }
}

// Spawn and StopChild of one key by one process, one after the other.
func BenchmarkPoolSpawnStop(b *testing.B) {
	benchPool(b, func(self *proc.Self[struct{}], pool *sup.Pool[string, int, struct{}]) {
		b.ReportAllocs()
		for b.Loop() {
			if _, err := pool.Spawn(self, "key", 0); err != nil {
				b.Fatal(err)
			}
			if err := pool.StopChild(self, "key"); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// Restarts of one child among n, with more and more of them in the window: what
// one costs depends on neither.
func BenchmarkPoolRestart(b *testing.B) {
	for _, n := range []int{1, 100_000} {
		b.Run("among="+strconv.Itoa(n), func(b *testing.B) {
			inSystem(b, func(self *proc.Self[struct{}]) {
				begin, over := make(chan struct{}), make(chan struct{})
				lives := 0
				pool, err := sup.StartPool(self, sup.PoolSpec[int, int, struct{}]{
					Body: func(child *proc.Self[struct{}], key, _ int) error {
						if key > 0 {
							return drain(child)
						}
						if lives == 0 {
							<-begin
						}
						if lives++; lives > b.N {
							close(over)
							return drain(child)
						}
						return errBench
					},
					Intensity: 1 << 30, PerKey: 1 << 30, Period: time.Hour,
				})
				if err != nil {
					b.Error(err)
					return
				}
				for key := range n {
					if _, err := pool.Spawn(self, key, 0); err != nil {
						b.Error(err)
					}
				}
				b.ReportAllocs()
				b.ResetTimer()
				close(begin)
				<-over
				b.StopTimer()
				if err := pool.Ref().Stop(self); err != nil {
					b.Error(err)
				}
			})
		})
	}
}

// Start and stop of n children, per child; and what a child takes beyond its
// process, against the same processes without a pool.
func BenchmarkPoolChildren(b *testing.B) {
	for _, n := range []int{10_000, 100_000} {
		keys := benchKeys(n)
		b.Run(strconv.Itoa(n), func(b *testing.B) {
			bare := memoryOf(b, func(self *proc.Self[struct{}]) {
				for range keys {
					proc.Spawn(self, drain, proc.Owned())
				}
			})
			var starting, stopping time.Duration
			var extra uint64
			for b.Loop() {
				inSystem(b, func(self *proc.Self[struct{}]) {
					before := settledMemory()
					pool, err := sup.StartPool(self, sup.PoolSpec[string, int, struct{}]{
						Body: func(self *proc.Self[struct{}], _ string, _ int) error { return drain(self) },
					})
					if err != nil {
						b.Error(err)
						return
					}
					begin := time.Now()
					var spawners sync.WaitGroup
					for g := range 4 {
						spawners.Go(func() {
							for i := g; i < n; i += 4 {
								if _, err := pool.Spawn(context.Background(), keys[i], 0); err != nil {
									b.Error(err)
								}
							}
						})
					}
					spawners.Wait()
					starting += time.Since(begin)
					extra = settledMemory() - before - bare
					begin = time.Now()
					if err := pool.Ref().Stop(self); err != nil {
						b.Error(err)
					}
					stopping += time.Since(begin)
				})
			}
			perChild := func(d time.Duration) float64 { return float64(d.Nanoseconds()) / float64(b.N) / float64(n) }
			b.ReportMetric(perChild(starting), "start-ns/child")
			b.ReportMetric(perChild(stopping), "stop-ns/child")
			b.ReportMetric(float64(extra)/float64(n), "extra-B/child")
		})
	}
}

// memoryOf is what the heap and the stacks grow by when f has run in a process.
func memoryOf(b *testing.B, f func(self *proc.Self[struct{}])) (grown uint64) {
	inSystem(b, func(self *proc.Self[struct{}]) {
		before := settledMemory()
		f(self)
		grown = settledMemory() - before
	})
	return grown
}

func settledMemory() uint64 {
	var m runtime.MemStats
	time.Sleep(10 * time.Millisecond) // the processes that have been started come to rest
	runtime.GC()
	runtime.GC()
	runtime.ReadMemStats(&m)
	return m.HeapAlloc + m.StackInuse
}

// A send through Via, which asks the pool each time, beside one to the pid itself.
func BenchmarkPoolVia(b *testing.B) {
	for _, via := range []bool{false, true} {
		b.Run(map[bool]string{false: "pid", true: "via"}[via], func(b *testing.B) {
			s := proc.NewSystem(proc.WithLogger(zerolog.Nop()))
			defer func() { _ = s.Stop(context.Background()) }()
			started := make(chan *sup.Pool[string, int, int])
			done := make(chan struct{})
			proc.Spawn(s, func(self *proc.Self[struct{}]) error {
				pool, err := sup.StartPool(self, sup.PoolSpec[string, int, int]{
					Body: func(self *proc.Self[int], _ string, _ int) error {
						for {
							m, err := self.Receive()
							if err != nil {
								return err
							}
							if m < 0 {
								done <- struct{}{}
							}
						}
					},
				})
				if err != nil {
					b.Error(err)
				}
				started <- pool
				return drain(self)
			})
			pool := <-started
			pid, err := pool.Spawn(context.Background(), "key", 0)
			if err != nil {
				b.Fatal(err)
			}
			if via {
				pid = pool.Via(s, "key")
			}
			b.ReportAllocs()
			for b.Loop() {
				pid.Send(1)
			}
			pid.Send(-1)
			<-done
		})
	}
}
