package sup

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

// The window admits what counting all restarts of the last period would.
func TestU4_WindowAgainstBruteForce(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := window{
			limit:  rapid.IntRange(0, 12).Draw(t, "limit"),
			period: time.Duration(rapid.IntRange(1, 20).Draw(t, "period")),
		}
		var admitted []time.Duration
		now := time.Duration(rapid.IntRange(0, 5).Draw(t, "begin"))
		for range rapid.IntRange(1, 200).Draw(t, "restarts") {
			now += time.Duration(rapid.IntRange(0, 6).Draw(t, "later"))
			within := 0
			for _, at := range admitted {
				if now-at < w.period {
					within++
				}
			}
			want := within < w.limit
			if got := w.admit(now); got != want {
				t.Fatalf("at %d with %d of %d in the last %d: admitted: %v", now, within, w.limit, w.period, got)
			}
			if want {
				admitted = append(admitted, now)
				within++
			}
			if w.len != within {
				t.Fatalf("counts %d restarts of %d", w.len, within)
			}
		}
	})
}

func TestU4_WindowWithoutLimitKeepsNothing(t *testing.T) {
	w := window{limit: Unlimited, period: time.Hour}
	for range 10_000 {
		require.True(t, w.admit(0))
	}
	require.Nil(t, w.times)
}

// A window that has been full of restarts gives its memory back.
func TestU4_WindowShrinksAfterAStorm(t *testing.T) {
	w := window{limit: 1_000_000, period: time.Second}
	for i := range 20_000 {
		require.True(t, w.admit(time.Duration(i)))
	}
	require.Equal(t, 20_000, w.len)
	require.True(t, w.admit(time.Hour))
	require.Equal(t, 1, w.len)
	require.Less(t, cap(w.times), 1024)
}

func BenchmarkWindow(b *testing.B) {
	for _, n := range []int{10, 20_000} {
		b.Run(time.Duration(n).String(), func(b *testing.B) {
			w := window{limit: n + 1, period: time.Duration(n)}
			for now := time.Duration(0); b.Loop(); now++ {
				w.admit(now)
			}
		})
	}
}
