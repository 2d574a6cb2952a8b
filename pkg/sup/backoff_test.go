package sup

import (
	"math/rand/v2"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func TestU5_BackoffGrowsByTheFactorUpToMax(t *testing.T) {
	s := time.Second
	for _, c := range []struct {
		backoff Backoff
		waits   []time.Duration
	}{
		{Backoff{}, []time.Duration{0, 0, 0}},
		{Backoff{Factor: 3, Max: s}, []time.Duration{0, 0, 0}},
		{Backoff{First: s}, []time.Duration{s, 2 * s, 4 * s, 8 * s}},
		{Backoff{First: s, Factor: 1}, []time.Duration{s, s, s}},
		{Backoff{First: s, Factor: 1.5}, []time.Duration{s, 1500 * time.Millisecond, 2250 * time.Millisecond}},
		{Backoff{First: s, Max: 5 * s}, []time.Duration{s, 2 * s, 4 * s, 5 * s, 5 * s}},
		{Backoff{First: 10 * s, Max: s}, []time.Duration{s, s}},
	} {
		for i, want := range c.waits {
			require.Equal(t, want, c.backoff.wait(i+1, nil), "%+v, attempt %d", c.backoff, i+1)
		}
	}
}

// However many attempts, a wait is neither negative nor beyond what there is.
func TestU5_BackoffDoesNotOverflow(t *testing.T) {
	for _, b := range []Backoff{{First: 1, Factor: 1e300}, {First: NoLimit}, {First: NoLimit, Jitter: 1}, {First: time.Hour}} {
		for _, attempt := range []int{2, 100, 1 << 40} {
			w := b.wait(attempt, func() *rand.Rand { return rand.New(rand.NewPCG(1, 2)) })
			require.Positive(t, w, "%+v", b)
		}
	}
}

// Jitter J keeps a wait within (1±J) times the plain one, and reaches all of that.
func TestU5_JitterSpreadsEvenly(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		b := Backoff{
			First:  time.Duration(rapid.Int64Range(1_000, int64(time.Hour)).Draw(t, "first")),
			Jitter: rapid.Float64Range(0, 1).Draw(t, "jitter"),
		}
		attempt := rapid.IntRange(1, 5).Draw(t, "attempt")
		random := rand.New(rand.NewPCG(rapid.Uint64().Draw(t, "seed"), 0))
		plain := float64(b.plain(attempt))
		var quarters [4]int
		for range 400 {
			w := float64(b.wait(attempt, func() *rand.Rand { return random }))
			if w < plain*(1-b.Jitter)-1 || w > plain*(1+b.Jitter)+1 {
				t.Fatalf("%v is not within %v of %v", w, b.Jitter, plain)
			}
			if b.Jitter > 0.01 {
				at := (w/plain - (1 - b.Jitter)) / (2 * b.Jitter)
				quarters[min(3, int(at*4))]++
			}
		}
		for _, n := range quarters {
			if b.Jitter > 0.01 && n < 40 { // of 100; below that once in 10^13
				t.Fatalf("not spread evenly: %v", quarters)
			}
		}
	})
}

func TestU5_AttemptsStartOverAfterAPeriodUp(t *testing.T) {
	var a attempts
	require.Equal(t, 1, a.next(0, 10))
	require.Equal(t, 2, a.next(100, 10), "it has not been up since")
	a.up(100)
	require.Equal(t, 3, a.next(109, 10), "not for long enough")
	a.up(110)
	require.Equal(t, 1, a.next(120, 10))
	require.Equal(t, 2, a.next(140, 10), "that was the same time up")
}
