package sup

import (
	"math"
	"math/rand/v2"
	"time"
)

// Backoff delays restarts: First, then each Factor times longer, up to Max,
// spread by Jitter (0 to 1). The zero value restarts at once.
//
// Each child has a back-off of its own, which starts over when the child has
// been up for the Period of its supervisor. Jitter J makes a wait of w one
// between (1-J)w and (1+J)w; Max caps w.
type Backoff struct {
	First, Max time.Duration // Max 0 means no cap
	Factor     float64       // 0 means 2; less than 1 is refused
	Jitter     float64
}

// wait is the wait before the attempt of that number; they count from 1.
func (b Backoff) wait(attempt int, random func() *rand.Rand) time.Duration {
	w := b.plain(attempt)
	if w == 0 || b.Jitter == 0 {
		return w
	}
	return duration(float64(w) * (1 + b.Jitter*(2*random().Float64()-1)))
}

// plain is the wait without its jitter.
func (b Backoff) plain(attempt int) time.Duration {
	factor := b.Factor
	if factor == 0 {
		factor = 2
	}
	w := b.First
	if attempt > 1 && w > 0 {
		w = duration(float64(w) * math.Pow(factor, float64(attempt-1)))
	}
	if b.Max > 0 {
		w = min(w, b.Max)
	}
	return w
}

// duration is f, or the longest there is.
func duration(f float64) time.Duration {
	if f >= float64(NoLimit) {
		return NoLimit
	}
	return time.Duration(f)
}

// attempts is where in its back-off a child is.
type attempts struct {
	inRow   int           // restarts, each before the child had been up for long enough
	upSince time.Duration // of its present or last life
	wasUp   bool          // since the last attempt
}

func (a *attempts) up(now time.Duration) { a.upSince, a.wasUp = now, true }

// next is the number of the attempt that is due now.
func (a *attempts) next(now, period time.Duration) int {
	if a.wasUp && now-a.upSince >= period {
		a.inRow = 0
	}
	a.wasUp = false
	a.inRow++
	return a.inRow
}
