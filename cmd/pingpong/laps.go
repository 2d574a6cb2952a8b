package main

import (
	"runtime"
	"slices"
	"time"

	"github.com/HdrHistogram/hdrhistogram-go"
)

// contender plays the game, on processes or on channels, and has its time taken.
type contender struct {
	player interface {
		play(until uint64) error        // every pair, until that many balls are back
		takeSamples() [][]time.Duration // round-trip times since the last call
	}

	trips     uint64
	took      time.Duration
	laps      []time.Duration
	allocs    uint64
	bytes     uint64
	latencies *hdrhistogram.Histogram
}

// playLaps has the contenders play in turns, lap by lap, until the rounds are
// played or the time is over, and returns how many rounds each pair has played.
// Whatever else the machine does then hits all of them alike; the ratio is the
// median of the laps'. The order is turned round with each lap, so that nobody
// is always the one to clean up after somebody else.
func (g *game) playLaps(contenders []*contender) (uint64, error) {
	clock := newLapClock(g.config, len(contenders))
	g.progress.show(0, 0)
	defer g.progress.end()
	order := slices.Clone(contenders)
	for rounds := clock.next(); rounds > 0 && !g.stopping; rounds = clock.next() {
		for _, c := range order {
			if err := c.lap(clock.played+rounds, rounds*uint64(g.config.pairs)); err != nil {
				return 0, err
			}
		}
		slices.Reverse(order)
		clock.lapPlayed(contenders[0].took)
		g.progress.show(clock.done(), contenders[0].trips)
	}
	return clock.played, nil
}

// lap plays until each pair has had that many balls back, and takes the time.
// Everything that is not the game (counting allocations, which stops the world,
// and filling in the histogram) stays outside of the time taken.
func (c *contender) lap(until, trips uint64) error {
	if c.latencies == nil {
		c.latencies = hdrhistogram.New(1, int64(time.Minute), 3)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	start := time.Now()
	if err := c.player.play(until); err != nil {
		return err
	}
	took := time.Since(start)
	runtime.ReadMemStats(&after)

	c.trips += trips
	c.took += took
	c.laps = append(c.laps, took)
	c.allocs += after.Mallocs - before.Mallocs
	c.bytes += after.TotalAlloc - before.TotalAlloc
	for _, samples := range c.player.takeSamples() {
		for _, sample := range samples {
			// Longer than the histogram's minute: enter the minute.
			_ = c.latencies.RecordValue(min(int64(sample), int64(time.Minute)))
		}
	}
	return nil
}
