package sim

import (
	"math/rand/v2"
	"runtime"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"
)

// together makes a check parallel, whatever the machine has.
func together(t *testing.T) Option {
	before := runtime.GOMAXPROCS(4)
	t.Cleanup(func() { runtime.GOMAXPROCS(before) })
	return Parallel()
}

// The same run is found and reported as without.
func TestParallel_TheSameReport(t *testing.T) {
	late := func(s *Sim) { // nothing that the first runs find
		if s.Rand().IntN(100) == 0 && s.Rand().IntN(3) > 0 {
			plantedOneSlot(s, false)
		}
		plantedOneSlot(s, true)
	}
	for name, body := range map[string]func(*Sim){
		"in one of the first runs": func(s *Sim) { plantedUnlink(s, false) },
		"in a later one":           late,
	} {
		t.Run(name, func(t *testing.T) {
			find := func(opts ...Option) *report {
				c := newCheck(t, body, append(opts, Seed(7)))
				c.runs, c.id = 2000, 1
				r := c.sweep()
				require.NotNil(t, r)
				return r
			}
			alone := find()
			for range 3 {
				require.Equal(t, alone.String(), find(together(t)).String())
			}
			if name == "in a later one" {
				require.Greater(t, alone.run, firstRuns, "all were found one after the other")
			}
		})
	}
}

// All runs are taken, once each, and several are at a time.
func TestParallel_AllRuns(t *testing.T) {
	const runs = 300
	run := func(opts ...Option) (seeds map[uint64]int, c *check) {
		seeds = make(map[uint64]int)
		all := make(chan uint64, 2*runs)
		var going, most atomic.Int32
		c = newCheck(t, func(s *Sim) {
			for n, m := going.Add(1), most.Load(); n > m && !most.CompareAndSwap(m, n); m = most.Load() {
			}
			defer going.Add(-1)
			all <- s.Rand().Uint64()
			racing(s)
			for range 3 {
				runtime.Gosched() // where the other runs are to come
			}
		}, append(opts, Unrepeatable())) // no run comes twice
		c.runs = runs
		require.Nil(t, c.sweep())
		close(all)
		for seed := range all {
			seeds[seed]++
		}
		if c.parallel {
			require.Greater(t, most.Load(), int32(1))
		}
		return seeds, c
	}
	alone, first := run()
	require.Len(t, alone, runs)
	same, second := run(together(t))
	require.Equal(t, alone, same)
	require.Equal(t, first.tally.runs, second.tally.runs)
}

// A strategy that the test brings along is asked by one run after the other.
func TestParallel_StrategiesOfTheTest(t *testing.T) {
	s := &ofTheTest{Strategy: Random()}
	c := newCheck(t, racing, []Option{together(t), Strategies(s, RoundRobin(), s)})
	c.runs = 400
	require.Nil(t, c.sweep())
	require.False(t, s.disturbed.Load())
	require.Greater(t, s.begun, 200)
}

type ofTheTest struct {
	Strategy
	begun     int // the race detector sees to it too
	asked     atomic.Bool
	disturbed atomic.Bool
}

func (o *ofTheTest) Begin(random *rand.Rand, steps int) {
	o.begun++
	o.Strategy.Begin(random, steps)
}

func (o *ofTheTest) Choose(options []Step) int {
	if o.asked.Swap(true) {
		o.disturbed.Store(true)
	}
	defer o.asked.Store(false)
	runtime.Gosched()
	return o.Strategy.Choose(options)
}

func TestParallel_Skipped(t *testing.T) {
	var runs atomic.Int32
	ok := t.Run("skipped", func(t *testing.T) {
		Check(t, func(s *Sim) {
			if runs.Add(1) > firstRuns {
				t.Skip()
			}
		}, together(t), Unrepeatable(), Runs(100*firstRuns)) // with -short a tenth
		t.Error("the test goes on")
	})
	require.True(t, ok)
	require.LessOrEqual(t, runs.Load(), int32(firstRuns+4))
}

// A run that skips the test does not hide one before it that fails.
func TestParallel_SkippedAfterAFailure(t *testing.T) {
	numbers := make(map[uint64]int) // of the runs
	first := newCheck(t, func(s *Sim) { numbers[s.Rand().Uint64()] = len(numbers) }, []Option{Unrepeatable()})
	first.runs = 60
	require.Nil(t, first.sweep())
	t.Run("skipped", func(t *testing.T) {
		late := make(chan bool)
		c := newCheck(t, func(s *Sim) {
			switch numbers[s.Rand().Uint64()] {
			case firstRuns + 1:
				<-late
				s.Errorf("bad")
			case firstRuns + 2:
				defer close(late)
				t.SkipNow()
			}
		}, []Option{together(t), Seed(first.seed), Unrepeatable()})
		c.runs = 60
		r := c.sweep()
		require.NotNil(t, r)
		require.Equal(t, firstRuns+2, r.run)
		require.Equal(t, "bad", r.outcome.failure.what)
	})
}

// Nor is what it has reported itself lost.
func TestCheck_ReportsAndSkips(t *testing.T) {
	t.Run("skipped", func(t *testing.T) {
		c := newCheck(t, func(s *Sim) {
			s.Errorf("bad")
			t.SkipNow()
		}, nil)
		r := c.sweep()
		require.NotNil(t, r)
		require.Equal(t, "bad", r.outcome.failure.what)
	})
}
