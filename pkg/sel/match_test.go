package sel_test

import (
	"errors"
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/sel"
)

// yes demands that s accepts message as want.
func yes[T any](t *testing.T, s sel.MessageSelector[T], message any, want T) {
	t.Helper()
	got, ok := s.Match(message)
	require.True(t, ok, "refused %#v", message)
	require.Equal(t, want, got)
}

// no demands that s refuses each message.
func no[T any](t *testing.T, s sel.MessageSelector[T], refused ...any) {
	t.Helper()
	for _, m := range refused {
		_, ok := s.Match(m)
		require.False(t, ok, "accepted %#v", m)
	}
}

// Message of a concrete type takes exactly that dynamic type: no conversion, no nil.
func TestMessage_ExactType(t *testing.T) {
	type number int
	yes(t, sel.Message[int](), 1, 1)
	no(t, sel.Message[int](), nil, int64(1), int32(1), uint(1), 1.0, "1", number(1), new(1))
	yes(t, sel.Message[number](), number(1), number(1))
	no(t, sel.Message[number](), 1)
	no(t, sel.Message[float64](), celsius(1))
	yes(t, sel.Message[[]int](), []int{1}, []int{1})
	yes(t, sel.Message[struct{}](), struct{}{}, struct{}{})
	no(t, sel.Message[point](), &point{1, 2})
	yes(t, sel.Message[map[string]int](), map[string]int{"a": 1}, map[string]int{"a": 1})
}

// A typed nil is a message of its type; nil without a type is none.
func TestMessage_TypedNil(t *testing.T) {
	yes(t, sel.Message[*fault](), (*fault)(nil), (*fault)(nil))
	no(t, sel.Message[*fault](), nil, (*point)(nil))
	yes[error](t, sel.Message[error](), (*fault)(nil), (*fault)(nil))
	yes(t, sel.Message[[]int](), []int(nil), []int(nil))
	no(t, sel.Message[[]int](), nil)
}

// Message of an interface takes every dynamic type that implements it, and nothing else.
func TestMessage_Interface(t *testing.T) {
	yes[fmt.Stringer](t, sel.Message[fmt.Stringer](), celsius(1), celsius(1))
	f := &fault{1}
	yes[fmt.Stringer](t, sel.Message[fmt.Stringer](), f, f)
	yes[error](t, sel.Message[error](), f, f)
	no(t, sel.Message[fmt.Stringer](), 1.0, "a", nil, fault{1}, errors.New("no Stringer"))
	no(t, sel.Message[error](), celsius(1), fault{1}, nil)

	// the same types again: what was learned about a type stays true
	yes[fmt.Stringer](t, sel.Message[fmt.Stringer](), celsius(2), celsius(2))
	no(t, sel.Message[fmt.Stringer](), 2.0)

	both := sel.Message[interface {
		error
		fmt.Stringer
	}]()
	_, ok := both.Match(f)
	require.True(t, ok)
	no(t, both, celsius(1), errors.New("e"))

	for _, m := range messages[1:] {
		yes(t, sel.Message[any](), m, m)
	}
}

// Any takes every message as it is, nil too; None takes nothing.
func TestAny_EveryMessage(t *testing.T) {
	for _, m := range messages {
		yes(t, sel.Any(), m, m)
	}
	yes(t, sel.Any(), nil, nil)
	no(t, sel.None[any](), messages...)
	no(t, sel.None[int](), messages...)
}

// With calls its function with messages of its type alone.
func TestWith_OnlyItsType(t *testing.T) {
	var seen []int
	positive := sel.With(func(i int) (string, bool) {
		seen = append(seen, i)
		return fmt.Sprint(i), i > 0
	})
	yes(t, positive, 5, "5")
	no(t, positive, -5, nil, "5", int64(5), []int{5})
	require.NotContains(t, seen, 0)
	require.Contains(t, seen, 5)
	require.Contains(t, seen, -5)

	described := sel.With(func(s fmt.Stringer) (string, bool) { return s.String(), s.String() != "F0" })
	yes(t, described, celsius(1), "1.0 C")
	yes(t, described, &fault{1}, "F1")
	no(t, described, &fault{0}, "F1", nil, fault{1})
}

// Case is Map of Message: an arm that sees messages of its type alone.
func TestCase_IsMapOfMessage(t *testing.T) {
	same(t, sel.Map(sel.Message[int](), print[int]), sel.Case(print[int]))
	same(t, sel.Map(sel.Message[celsius](), print[celsius]), sel.Case(print[celsius]))
	text := func(e error) string { return fmt.Sprintf("%T", e) }
	same(t, sel.Map(sel.Message[error](), text), sel.Case(text))

	calls := 0
	arm := sel.Case(func(i int) int { calls++; return i + 1 })
	no(t, arm, "1", nil, int8(1), true)
	require.Zero(t, calls)
	yes(t, arm, 1, 2)
}

// Dynamic is asked about every message, nil too, and decides alone.
func TestDynamic_EveryMessage(t *testing.T) {
	asked := 0
	all := sel.Dynamic(func(m any) (any, bool) { asked++; return m, true })
	for _, m := range messages {
		asked = 0
		yes(t, all, m, m)
		require.NotZero(t, asked)
	}
	no(t, sel.Dynamic(func(m any) (any, bool) { return m, false }), messages...)
	yes(t, sel.Dynamic(func(m any) (bool, bool) { return m == nil, m == nil }), nil, true)
}

// Predicates of one alternative never see messages of another's type.
func TestOr_AsksOnlyThoseOfTheType(t *testing.T) {
	ints, texts := 0, 0
	s := sel.Or(
		sel.Map(sel.Message[int]().Where(func(int) bool { ints++; return false }), print[int]),
		sel.Message[string]().Where(func(string) bool { texts++; return true }),
	)
	yes(t, s, "a", "a")
	require.Zero(t, ints)
	before := texts
	no(t, s, 1)
	require.Equal(t, before, texts)
}

// Both of two different types accepts nothing; of two views of one type, that type.
func TestBoth_Types(t *testing.T) {
	join := func(a, b any) string { return fmt.Sprintf("%T %T", a, b) }
	asAny := func(v fmt.Stringer) any { return v }
	no(t, sel.Both(sel.Message[int](), sel.Message[string](), func(int, string) string { return "" }), messages...)
	views := sel.Both(sel.Map(sel.Message[fmt.Stringer](), asAny), sel.Map(sel.Message[error](), func(e error) any { return e }), join)
	yes(t, views, &fault{1}, "*sel_test.fault *sel_test.fault")
	no(t, views, celsius(1), errors.New("e"), nil, 1)
	half := sel.Both(sel.Map(sel.Message[celsius](), func(c celsius) any { return c }), sel.Map(sel.Message[fmt.Stringer](), asAny), join)
	yes(t, half, celsius(1), "sel_test.celsius sel_test.celsius")
	no(t, half, &fault{1})
	scanned := sel.Both(sel.Dynamic(func(m any) (any, bool) { return m, m != 3 }), sel.Map(sel.Message[int](), func(i int) any { return i }), join)
	yes(t, scanned, 2, "int int")
	no(t, scanned, 3, "2")
}

// OneOf of two selectors that both accept is the first one's.
func TestOneOf_TheFirstWins(t *testing.T) {
	e, ok := sel.OneOf(sel.Message[fmt.Stringer](), sel.Message[celsius]()).Match(celsius(1))
	require.True(t, ok)
	left, isLeft := e.Left()
	_, isRight := e.Right()
	require.True(t, isLeft)
	require.False(t, isRight)
	require.Equal(t, celsius(1), left)
}

// A panic of a predicate or function of the selector reaches who matches.
func TestMatch_PanicsPropagate(t *testing.T) {
	boom := errors.New("boom")
	ints := sel.Message[int]()
	for name, s := range map[string]sel.MessageSelector[int]{
		"Where":      ints.Where(func(int) bool { panic(boom) }),
		"Map":        sel.Map(ints, func(int) int { panic(boom) }),
		"Case":       sel.Case(func(int) int { panic(boom) }),
		"With":       sel.With(func(int) (int, bool) { panic(boom) }),
		"Dynamic":    sel.Dynamic(func(any) (int, bool) { panic(boom) }),
		"Both":       sel.Both(ints, ints, func(int, int) int { panic(boom) }),
		"inside Or":  sel.Or(sel.None[int](), ints.Where(func(int) bool { panic(boom) })),
		"Equal":      sel.Equal(1).Where(func(int) bool { panic(boom) }),
		"beside it":  sel.Or(sel.Equal(2), sel.Map(sel.Equal(1), func(int) int { panic(boom) })),
		"both Equal": sel.Both(sel.Equal(1), sel.Equal(1), func(int, int) int { panic(boom) }),
	} {
		t.Run(name, func(t *testing.T) {
			require.PanicsWithError(t, "boom", func() { s.Match(1) })
		})
	}
}
