package sup

import (
	"slices"
	"testing"
	"time"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

type bell struct{ alarm }

func (*bell) ring() {}

// The alarms ring in order of time, each once, and none that was cancelled.
func TestAlarms_AgainstAList(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var h alarms
		bells := make([]bell, 12)
		want := map[*bell]time.Duration{}
		now := time.Duration(0)
		for range rapid.IntRange(1, 100).Draw(t, "steps") {
			b := &bells[rapid.IntRange(0, len(bells)-1).Draw(t, "bell")]
			switch rapid.IntRange(0, 3).Draw(t, "what") {
			case 0, 1:
				due := now + time.Duration(rapid.IntRange(0, 30).Draw(t, "due"))
				h.set(&b.alarm, due, b)
				want[b] = due
			case 2:
				h.cancel(&b.alarm)
				delete(want, b)
			case 3:
				now += time.Duration(rapid.IntRange(0, 20).Draw(t, "later"))
				last := time.Duration(0)
				for {
					of, ok := h.take(now)
					if !ok {
						break
					}
					due, set := want[of.(*bell)]
					if !set || due > now || due < last {
						t.Fatalf("rang at %d, after %d: due %d, set %v", now, last, due, set)
					}
					last = due
					delete(want, of.(*bell))
				}
			}
			first, any := h.first()
			if len(h) != len(want) || any != (len(want) > 0) {
				t.Fatalf("%d are set instead of %d", len(h), len(want))
			}
			if any {
				dues := []time.Duration{}
				for _, due := range want {
					dues = append(dues, due)
				}
				if earliest := slices.Min(dues); first != earliest || first <= now && h[0].due > now {
					t.Fatalf("the first is due %d, not %d", first, earliest)
				}
			}
		}
	})
}

func TestAlarms_CancelledOnesAreNotKept(t *testing.T) {
	var h alarms
	b := new(bell)
	h.set(&b.alarm, 1, b)
	h.cancel(&b.alarm)
	h.cancel(&b.alarm)
	require.Empty(t, h)
	require.Nil(t, b.of)
	require.Nil(t, h[:1][0], "the place in the heap")
}
