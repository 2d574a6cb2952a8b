package main

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
)

func TestLapsAddUpToTheRounds(t *testing.T) {
	for _, rounds := range []uint64{1, 63, 64, 65, 1000, 12_345, 1 << 40} {
		c := newLapClock(config{rounds: rounds}, 2)
		var sum uint64
		for n := c.next(); n > 0; n = c.next() {
			sum += n
			// A round takes no time at all: the laps grow as fast as they may.
			c.lapPlayed(time.Nanosecond)
		}
		require.Equal(t, rounds, sum)
		require.Equal(t, rounds, c.played)
		require.Equal(t, 1.0, c.done())
	}
}

func TestLapsFitTheTarget(t *testing.T) {
	c := newLapClock(config{rounds: 1 << 40}, 2)
	var took time.Duration
	for range 10 {
		n := c.next()
		took += time.Duration(n) * time.Microsecond // what a round takes
		c.lapPlayed(took)
	}
	require.EqualValues(t, c.target/time.Microsecond, c.next())
}

func TestAtLeastOneLapHoweverShortTheTime(t *testing.T) {
	c := newLapClock(config{duration: 1}, 2)
	require.Positive(t, c.next())
	c.lapPlayed(time.Second)
	require.Zero(t, c.next())
}
