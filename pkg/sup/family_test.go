package sup

import (
	"slices"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"
)

func (f *family) ids() (ids []string) {
	for c := f.after(nil); c != nil; c = f.after(c) {
		ids = append(ids, c.ID)
	}
	return ids
}

func (f *family) idsBackwards() (ids []string) {
	for c := f.last; c != nil; c = c.prev {
		ids = append(ids, c.ID)
	}
	return ids
}

func TestFamily_KeepsTheOrder(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		var (
			f    family
			want []string
			next int
		)
		for range rapid.IntRange(1, 60).Draw(t, "steps") {
			if len(want) == 0 || rapid.Bool().Draw(t, "add") {
				id := strconv.Itoa(next)
				next++
				f.add(&child{Child: Child{ID: id}})
				want = append(want, id)
			} else {
				i := rapid.IntRange(0, len(want)-1).Draw(t, "which")
				removed := f.byID[want[i]]
				f.remove(removed)
				require.Zero(t, removed.siblings, "who still refers to it keeps its neighbours")
				want = slices.Delete(want, i, i+1)
			}
			require.True(t, slices.Equal(want, f.ids()), "%v", f.ids())
			backwards := f.idsBackwards()
			slices.Reverse(backwards)
			require.True(t, slices.Equal(want, backwards), "%v", backwards)
			require.Len(t, f.byID, len(want))
		}
	})
}
