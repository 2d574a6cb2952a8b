package sim

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/stretchr/testify/require"
)

// play lets actors with so many steps each run under a strategy, and returns whose
// step each was. The number of its choices is at most that of the steps.
func play(s Strategy, seed uint64, length int, steps ...int) []int {
	s.Begin(rand.New(rand.NewPCG(seed, 0)), length)
	var order []int
	for {
		var options []Step
		for actor, left := range steps {
			if left > 0 {
				options = append(options, Step{Actor: actor})
			}
		}
		if len(options) == 0 {
			return order
		}
		i := 0
		if len(options) > 1 {
			i = s.Choose(options)
		}
		order = append(order, options[i].Actor)
		steps[options[i].Actor]--
	}
}

func TestRoundRobin_TakesTurns(t *testing.T) {
	for seed := range uint64(20) {
		order := play(RoundRobin(), seed, 0, 5, 5, 5)
		for i := range order[3:] {
			require.Equal(t, order[i], order[i+3])
		}
	}
}

// A mistake of depth d is found with a probability of at least 1/(n·k^(d-1)). Here it
// is that one actor's only step comes between two neighbouring ones of another: depth
// 2, for n actors and k steps.
func TestPCT_Bound(t *testing.T) {
	const n, k, runs = 3, 21, 40_000
	found := 0
	s := PCT(2)
	for seed := range uint64(runs) {
		order := play(s, seed, k, 10, 1, 10)
		seen := 0
		for _, actor := range order {
			if actor == 0 {
				seen++
			}
			if actor == 1 {
				break
			}
		}
		if seen == 5 {
			found++
		}
	}
	bound := 1 / (n * math.Pow(k, 1))
	require.GreaterOrEqual(t, float64(found)/runs, bound)
}

// Without a change of priorities one actor after the other runs to its end.
func TestPCT_DepthOneNeverSwitches(t *testing.T) {
	for seed := range uint64(100) {
		order := play(PCT(1), seed, 12, 4, 4, 4)
		for i := range order {
			require.Equal(t, order[i/4*4], order[i])
		}
	}
	require.Panics(t, func() { PCT(0) })
}

func TestRandom_ReachesEveryOrder(t *testing.T) {
	orders := make(map[[4]int]bool)
	for seed := range uint64(500) {
		orders[[4]int(play(Random(), seed, 0, 2, 2))] = true
	}
	require.Len(t, orders, 6)
}

// In the fair suffix nobody waits for longer than it takes all others to have a turn.
func TestChooser_FairSuffix(t *testing.T) {
	c := &chooser{strategy: PCT(1)}
	options := []Step{{Actor: 3}, {Actor: 0}, {Actor: 7}}
	counts := make(map[int]int)
	for range 30 {
		counts[options[c.choose(options, true)].Actor]++
	}
	require.Equal(t, map[int]int{0: 10, 3: 10, 7: 10}, counts)
}
