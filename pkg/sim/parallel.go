package sim

import (
	"runtime"
	"slices"
	"sync"
)

// Parallel makes as many runs at a time as the program uses processors, each with
// systems of its own. Whatever body uses and has not made itself must then be safe for
// use by several goroutines: a counter outside of it, for example. All else is as
// without: the same runs, and the same one is reported. The first few come one after
// the other all the same, and so do those with strategies that are not of this package.
// It does nothing to an [Exhaustive] check, in which a run depends on the
// one before it.
//
// Tests that are parallel to each other, by [testing.T.Parallel], gain nothing from it.
func Parallel() Option { return func(c *check) { c.parallel = true } }

// workTogether takes the runs on several goroutines.
func (s *sweep) workTogether() {
	var foreign sync.Mutex
	var all sync.WaitGroup
	ended := make([]bool, min(runtime.GOMAXPROCS(0), s.runs))
	for w := range ended {
		all.Go(func() {
			defer func() {
				if !ended[w] {
					s.stop(0, nil)
				}
			}()
			own := slices.Clone(s.strategies)
			for i, strategy := range own {
				if c, ok := strategy.(copied); ok {
					own[i] = c.copy()
				} else {
					own[i] = exclusive{strategy, &foreign}
				}
			}
			s.work(own, s.runs)
			ended[w] = true
		})
	}
	all.Wait()
	if slices.Contains(ended, false) {
		s.t.FailNow() // as one of them has done: the race detector has found something
	}
}

// copied is a strategy that each goroutine has a copy of.
type copied interface {
	Strategy
	copy() Strategy
}

func (*randomly) copy() Strategy   { return Random() }
func (*roundRobin) copy() Strategy { return RoundRobin() }
func (p *pct) copy() Strategy      { return PCT(p.depth) }

// exclusive is a strategy with which there is one run at a time.
type exclusive struct {
	Strategy
	mu *sync.Mutex
}
