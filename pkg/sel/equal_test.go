package sel_test

import (
	"errors"
	"fmt"
	"math"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/sel"
)

// Equal takes values that are == and of the same type.
func TestEqual(t *testing.T) {
	yes(t, sel.Equal(1), 1, 1)
	no(t, sel.Equal(1), 2, int64(1), 1.0, "1", nil, true)
	yes(t, sel.Equal("a"), "a", "a")
	yes(t, sel.Equal(point{1, 2}), point{1, 2}, point{1, 2})
	no(t, sel.Equal(point{1, 2}), point{2, 1}, &point{1, 2})
	yes(t, sel.Equal(celsius(1)), celsius(1), celsius(1))
	no(t, sel.Equal(celsius(1)), 1.0)
	yes(t, sel.Equal(struct{}{}), struct{}{}, struct{}{})
	yes(t, sel.Equal(0.0), math.Copysign(0, -1), math.Copysign(0, -1))
	no(t, sel.Equal(math.NaN()), math.NaN())
	same(t, sel.Message[int]().Where(func(i int) bool { return i == 1 }), sel.Equal(1))
}

// Pointers are equal when they are the same, not when they point to equal things.
func TestEqual_Pointers(t *testing.T) {
	p, q := &point{1, 2}, &point{1, 2}
	got, ok := sel.Equal(p).Match(p)
	require.True(t, ok)
	require.Same(t, p, got)
	no(t, sel.Equal(p), q, *p, nil)
	yes(t, sel.Equal((*point)(nil)), (*point)(nil), (*point)(nil))
	no(t, sel.Equal((*point)(nil)), nil, p)
	c := make(chan int)
	yes(t, sel.Equal(c), c, c)
	no(t, sel.Equal(c), make(chan int))
}

// Equal to a value of an interface type compares dynamic type and value.
func TestEqual_Interface(t *testing.T) {
	e := errors.New("e")
	yes(t, sel.Equal(e), e, e)
	no(t, sel.Equal(e), errors.New("e"), "e", nil)
	yes[fmt.Stringer](t, sel.Equal[fmt.Stringer](celsius(1)), celsius(1), celsius(1))
	no(t, sel.Equal[fmt.Stringer](celsius(1)), celsius(2), 1.0, &fault{1})
	yes[any](t, sel.Equal[any](1), 1, 1)
	no(t, sel.Equal[any](1), int64(1), "1", 2)
}

// What has no == equals nothing, itself included; asking is no panic.
func TestEqual_UncomparableDynamicType(t *testing.T) {
	var list any = []int{1}
	same, other := []int{1}, map[string]int{}
	no(t, sel.Equal(list), list, same, other, 1, func() {})
	no(t, sel.Equal[any](1), list, other, func() {}, struct{ f func() }{})
	no(t, sel.Equal[any](struct{ f []int }{}), struct{ f []int }{}, 1)

	no(t, sel.Equal(box{list}), box{list}, box{same}, box{1}, box{})
	no(t, sel.Equal(box{1}), box{list}, box{other}, box{2})
	yes(t, sel.Equal(box{1}), box{1}, box{1})
	no(t, sel.Equal([1]any{list}), [1]any{list})
	no(t, sel.Equal[any](box{list}), box{list})
	no(t, sel.Equal(box{box{list}}), box{box{list}})

	type labelled struct {
		label string
		v     any
	}
	no(t, sel.Equal(labelled{"a", list}), labelled{"b", list}, labelled{"a", list}, labelled{"a", 1})
	yes(t, sel.Equal(labelled{"a", 1}), labelled{"a", 1}, labelled{"a", 1})
}

// Not accepting what has no == leaves later alternatives their turn.
func TestEqual_UncomparableInOr(t *testing.T) {
	var list any = []int{1}
	s := sel.Or(sel.Map(sel.Equal(list), func(any) string { return "equal" }), sel.Map(sel.Any(), func(any) string { return "any" }))
	yes(t, s, list, "any")
	yes(t, s, 1, "any")
	held := sel.Or(sel.Map(sel.Equal(box{list}), func(box) string { return "equal" }), sel.Case(func(box) string { return "case" }))
	yes(t, held, box{list}, "case")
}

// That Equal swallows a comparison's panic does not mean that it swallows one of a predicate, be it of the same kind.
func TestEqual_PredicateStillPanics(t *testing.T) {
	var list any = []int{1}
	compare := func(v any) bool { return v == list || list == list } //nolint:staticcheck // panics: that is the point
	require.Panics(t, func() { sel.Equal[any](1).Where(compare).Match(1) })
	require.Panics(t, func() { sel.Or(sel.Equal(list), sel.Any().Where(compare)).Match(list) })
	require.Panics(t, func() { sel.Any().Where(compare).Match(1) })
}
