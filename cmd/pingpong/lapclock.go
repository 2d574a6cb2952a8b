package main

import "time"

const (
	firstLap   = 128 // rounds: enough to set up the stacks and take a sample or two
	minLap     = 64  // rounds: of fewer, the start of a lap would be what is measured
	maxLapGrow = 8   // times: what the last lap took may have been an accident
)

// lapClock decides how long a lap is and when the game is over.
type lapClock struct {
	rounds uint64        // of each pair; 0: no limit
	limit  time.Duration // 0: no limit
	target time.Duration // of one contender's part of a lap
	start  time.Time
	lap    uint64
	played uint64
}

func newLapClock(config config, contenders int) *lapClock {
	// Some thirty laps make a median, and a progress line that moves; but a lap
	// of less than a millisecond would measure its start.
	target := 100 * time.Millisecond
	if config.duration > 0 {
		target = min(target, max(time.Millisecond, config.duration/time.Duration(30*contenders)))
	}
	return &lapClock{rounds: config.rounds, limit: config.duration, target: target, start: time.Now(), lap: firstLap}
}

// next returns the number of rounds of the next lap: 0 when the game is over.
func (c *lapClock) next() uint64 {
	if c.played > 0 && c.limit > 0 && time.Since(c.start) >= c.limit {
		return 0
	}
	if c.rounds > 0 {
		// At least ten laps, if there are enough rounds for that.
		c.lap = min(c.lap, max(minLap, c.rounds/10), c.rounds-c.played)
	}
	return c.lap
}

// lapPlayed tells that the lap is over, and what one contender has taken for
// all laps so far.
func (c *lapClock) lapPlayed(took time.Duration) {
	c.played += c.lap
	fitting := float64(c.played) * float64(c.target) / float64(max(took, 1))
	c.lap = max(minLap, uint64(min(fitting, float64(c.lap*maxLapGrow))))
}

// done is the part of the game that is over, from 0 to 1.
func (c *lapClock) done() float64 {
	var part float64
	if c.limit > 0 {
		part = float64(time.Since(c.start)) / float64(c.limit)
	}
	if c.rounds > 0 {
		part = max(part, float64(c.played)/float64(c.rounds))
	}
	return min(part, 1)
}
