package sim

import (
	"math/rand/v2"
	"sync/atomic"
	"testing"

	"github.com/harkgo/hark/pkg/proc"
)

// BenchmarkSteps is the rate of steps: pairs of processes that send each other one
// message after the other, and the strategy that has most to do. A run has to be in
// a test; so here is one around each.
func BenchmarkSteps(b *testing.B) {
	for name, opts := range map[string][]Option{"queues": nil, "instant": {Instant()}} {
		b.Run(name, func(b *testing.B) { benchmarkSteps(b, false, opts) })
		b.Run(name+", careful", func(b *testing.B) { benchmarkSteps(b, true, opts) })
	}
}

func benchmarkSteps(b *testing.B, careful bool, opts []Option) {
	const messages = 1000
	inTest(b, func(t *testing.T) {
		c := newCheck(t, func(s *Sim) {
			sys := s.System()
			for range 4 {
				var left, right proc.Pid[int]
				play := func(self *proc.Self[int], to *proc.Pid[int]) error {
					for n, err := range self.Messages() {
						if err != nil {
							return err
						}
						if n == 0 {
							return nil
						}
						to.Send(n - 1)
					}
					return nil
				}
				left = proc.Spawn(sys, func(self *proc.Self[int]) error { return play(self, &right) })
				right = proc.Spawn(sys, func(self *proc.Self[int]) error { return play(self, &left) })
				left.Send(messages)
			}
			s.Settle()
		}, opts)
		b.ResetTimer()
		steps := 0
		for steps < b.N {
			o := c.run(plan{seed: 1, strategy: Random(), careful: careful})
			if o.failure != nil {
				t.Fatal(o.failure.what)
			}
			steps += o.steps
			c.spare.put(o.events)
		}
		b.ReportMetric(float64(steps)/b.Elapsed().Seconds(), "steps/s")
	})
}

// BenchmarkRun is a whole run of some 130 steps.
func BenchmarkRun(b *testing.B) {
	inTest(b, func(t *testing.T) {
		c := newCheck(t, func(s *Sim) {
			callers(s, 7)
		}, nil)
		steps := 0
		random := rand.New(rand.NewPCG(1, 2))
		for range b.N {
			o := c.run(plan{seed: random.Uint64(), strategy: Random()})
			if o.failure != nil {
				t.Fatal(o.failure.what)
			}
			steps += o.steps
			c.spare.put(o.events)
		}
		b.ReportMetric(float64(steps)/float64(b.N), "steps/run")
	})
}

// callers are three clients that call a server so many times each.
func callers(s *Sim, times int) {
	sys := s.System()
	echo := proc.Spawn(sys, func(self *proc.Self[proc.ReplyTo[int]]) error {
		for reply, err := range self.Messages() {
			if err != nil {
				return err
			}
			reply.Reply(1)
		}
		return nil
	})
	for range 3 {
		proc.Spawn(sys, func(self *proc.Self[int]) error {
			for range times {
				if _, err := proc.Call(self, echo, func(r proc.ReplyTo[int]) proc.ReplyTo[int] { return r }); err != nil {
					return err
				}
			}
			return nil
		})
	}
	s.Settle()
}

// BenchmarkCheck is a test as users have one: a thousand runs of 200 steps, whose
// messages are looked at and some of which are repeated; alone, and in parallel.
func BenchmarkCheck(b *testing.B) {
	for name, opts := range map[string][]Option{"alone": nil, "parallel": {Parallel()}} {
		b.Run(name, func(b *testing.B) {
			inTest(b, func(t *testing.T) {
				var steps atomic.Int64
				for range b.N {
					c := newCheck(t, func(s *Sim) {
						callers(s, 12)
						steps.Add(int64(s.s.steps))
					}, opts)
					c.runs = defaultRuns
					if r := c.sweep(); r != nil {
						t.Fatal(r)
					}
				}
				b.ReportMetric(float64(steps.Load())/float64(b.N)/defaultRuns, "steps/run")
			})
		})
	}
}

// inTest runs f as a test inside of a benchmark.
func inTest(b *testing.B, f func(t *testing.T)) {
	all := func(string, string) (bool, error) { return true, nil }
	if !testing.RunTests(all, []testing.InternalTest{{Name: b.Name(), F: f}}) {
		b.Fatal("it has failed")
	}
}

// BenchmarkSeals is what it costs that a message with a reference is looked at.
func BenchmarkSeals(b *testing.B) {
	type entry struct {
		name string
		tags []string
	}
	message := []entry{{"a", []string{"x", "y"}}, {"b", []string{"z"}}, {"c", nil}}
	b.Run("hash", func(b *testing.B) {
		for range b.N {
			contentsOf(message, nil)
		}
	})
	for name, opts := range map[string][]Option{"sealed": nil, "shared": {Shared(message)}} {
		b.Run(name, func(b *testing.B) {
			inTest(b, func(t *testing.T) {
				c := newCheck(t, func(s *Sim) {
					to := proc.Spawn(s.System(), func(self *proc.Self[[]entry]) error {
						for _, err := range self.Messages() {
							if err != nil {
								return err
							}
						}
						return nil
					})
					for range 1000 {
						to.Send(message)
					}
					s.Settle()
				}, opts)
				b.ResetTimer()
				steps := 0
				for steps < b.N {
					o := c.run(plan{seed: 1, strategy: Random()})
					steps += o.steps
					c.spare.put(o.events)
				}
				b.ReportMetric(float64(steps)/b.Elapsed().Seconds(), "steps/s")
			})
		})
	}
}
