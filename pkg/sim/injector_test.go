package sim

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// firstFired is at which of some opportunities a fault fires first in a run, -1 if at none.
func firstFired(f Fault, seed uint64, opportunities int) int {
	in := newInjector(plan{seed: seed})
	in.add(f, "")
	for i := range opportunities {
		if in.fires(in.rules[0]) {
			return i
		}
	}
	return -1
}

// Early opportunities and late ones are met: number n, from 1, first in one of some 7n
// runs.
func TestInjector_EarlyAndLate(t *testing.T) {
	const runs = 5_000
	first := make(map[int]int)
	for seed := range uint64(runs) {
		first[firstFired(Kill(Any()), seed, 1000)]++
	}
	between := func(from, to int) (n int) {
		for i := from - 1; i < to; i++ {
			n += first[i]
		}
		return n
	}
	require.InDelta(t, runs/7, first[0], runs/50)
	for _, from := range []int{5, 25, 125, 500} { // the sum of 1/7n up to twice that is ln(2)/7, less towards 1000
		require.Greater(t, between(from, 2*from), runs/25, "from %d", from)
	}
	require.Positive(t, first[-1], "runs without a fault")
}

func TestInjector_ChanceAndLimits(t *testing.T) {
	in := newInjector(plan{seed: 1})
	in.add(Kill(Any()).Chance(1).AtMost(3), "")
	in.add(Kill(Any()).Nth(4), "")
	in.add(Kill(Any()).Chance(0.25).AtMost(Unlimited), "")
	counts := make([]int, 3)
	for range 1000 {
		for i, r := range in.rules {
			if in.fires(r) {
				counts[i]++
			}
		}
	}
	require.Equal(t, []int{3, 1}, counts[:2])
	require.InDelta(t, 250, counts[2], 50)
	require.Equal(t, []int{0, 3, 6}, pick(in.fired, 0), "the opportunities of all are counted together")
	require.Equal(t, []int{10}, pick(in.fired, 1))
	require.Equal(t, 3000, in.seen)
}

// pick is those of some opportunities that are the nth rule's of three.
func pick(fired []int, nth int) (of []int) {
	for _, at := range fired {
		if at%3 == nth {
			of = append(of, at)
		}
	}
	return of
}
