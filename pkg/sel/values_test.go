package sel_test

import (
	"fmt"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/sel"
)

// Selectors are values: what is built from one does not change it.
func TestSelector_BuildingChangesNothing(t *testing.T) {
	base := sel.Message[int]()
	small := base.Where(func(i int) bool { return i < 10 })
	tiny := small.Where(func(i int) bool { return i < 5 })
	doubled := sel.Map(base, func(i int) int { return 2 * i })
	yes(t, base, 20, 20)
	yes(t, small, 7, 7)
	no(t, tiny, 7)
	no(t, small, 20)
	yes(t, doubled, 20, 40)
	yes(t, base, 20, 20)
}

// Two selectors built from one Or do not share what was added.
func TestSelector_OrsDoNotShare(t *testing.T) {
	text := func(s string) sel.MessageSelector[string] { return sel.Equal(s) }
	base := sel.Or(sel.Or(text("a"), text("b")), text("c"))
	var grown []sel.MessageSelector[string]
	for i := range 5 {
		grown = append(grown, sel.Or(base, text(fmt.Sprint(i))))
	}
	for i, s := range grown {
		for j := range 5 {
			_, ok := s.Match(fmt.Sprint(j))
			require.Equal(t, i == j, ok)
		}
		yes(t, s, "c", "c")
	}
	no(t, base, "0", "1", "2", "3", "4")
}

// What the caller does with its slice of alternatives later does not matter.
func TestSelector_OrKeepsNoSliceOfTheCaller(t *testing.T) {
	alternatives := []sel.MessageSelector[int]{sel.Equal(1), sel.Equal(2)}
	s := sel.Or(alternatives...)
	alternatives[0], alternatives[1] = sel.None[int](), sel.Equal(3)
	yes(t, s, 1, 1)
	yes(t, s, 2, 2)
	no(t, s, 3)
}

// One selector may be used by many goroutines at once, from its first use on.
func TestSelector_Concurrent(t *testing.T) {
	selectors := make([]specimen, 0, 40)
	for _, a := range leaves() {
		for _, b := range leaves()[:3] {
			selectors = append(selectors, specimen{a.text, sel.Or(b.Where(func(string) bool { return false }), a.MessageSelector), a.naive})
		}
	}
	var all sync.WaitGroup
	wrong := make(chan string, 8*len(selectors)*len(messages))
	for range 8 {
		all.Go(func() {
			for _, s := range selectors {
				for _, m := range messages {
					want, accepted := s.naive(m)
					if got, ok := s.Match(m); ok != accepted || ok && got != want {
						wrong <- fmt.Sprintf("%s of %#v: %q %v", s.text, m, got, ok)
					}
				}
			}
		})
	}
	all.Wait()
	close(wrong)
	for w := range wrong {
		t.Error(w)
	}
}
