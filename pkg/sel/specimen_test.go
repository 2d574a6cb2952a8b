package sel_test

import (
	"errors"
	"fmt"
	"strconv"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/harkgo/hark/pkg/sel"
)

// Message types of the tests.
type (
	celsius float64            // a named type with a method
	fault   struct{ code int } // an error by its pointer
	point   struct{ x, y int } // comparable
	box     struct{ v any }    // comparable only if what it holds is
)

func (c celsius) String() string { return strconv.FormatFloat(float64(c), 'f', 1, 64) + " C" }
func (f *fault) Error() string   { return "fault " + strconv.Itoa(f.code) }
func (f *fault) String() string  { return "F" + strconv.Itoa(f.code) }

// messages are values of many types, some equal, some without ==, and nil.
var messages = []any{
	nil, 0, 1, 2, 3, 1000, int64(1), uint8(1), 1.0, "", "a", "b", "1", true, false,
	celsius(1), celsius(20.5), point{}, point{1, 2}, &fault{1}, (*fault)(nil), errors.New("e"),
	[]int{1}, []int(nil), map[string]int{"a": 1}, box{1}, box{[]int{1}}, [1]any{1}, [1]any{[]int{1}}, struct{}{},
}

// specimen is a selector, and beside it what it should do in the plainest words.
type specimen struct {
	text string
	sel.MessageSelector[string]
	naive func(message any) (string, bool)
}

func (s specimen) GoString() string { return s.text }

// print tells values of different types apart.
func print[T any](v T) string { return fmt.Sprintf("%T:%v", any(v), any(v)) }

// typed is the naive Case: interfaces are implemented by dynamic types, which nil has not.
func typed[A any](message any) (string, bool) {
	v, ok := message.(A)
	if !ok {
		return "", false
	}
	return print(v), true
}

// patterns are those of the selectors.
func patterns(selectors ...sel.MessageSelector[string]) []sel.Pattern {
	var all []sel.Pattern
	for _, s := range selectors {
		one, many := s.Index()
		if many == nil {
			many = []sel.Pattern{one}
		}
		all = append(all, many...)
	}
	return all
}

func leaves() []specimen {
	even := func(i int) (string, bool) { return print(i), i%2 == 0 }
	short := func(m any) (string, bool) { s := fmt.Sprint(m); return s, len(s) < 3 }
	return []specimen{
		{"None", sel.None[string](), func(any) (string, bool) { return "", false }},
		{"zero", sel.MessageSelector[string]{}, func(any) (string, bool) { return "", false }},
		{"Any", sel.Map(sel.Any(), print[any]), func(m any) (string, bool) { return print(m), true }},
		{"Message[string]", sel.Message[string](), func(m any) (string, bool) { s, ok := m.(string); return s, ok }},
		{"Case[int]", sel.Case(print[int]), typed[int]},
		{"Case[point]", sel.Case(print[point]), typed[point]},
		{"Case[[]int]", sel.Case(print[[]int]), typed[[]int]},
		{"Case[*fault]", sel.Case(func(f *fault) string { return print(f != nil) }), func(m any) (string, bool) {
			f, ok := m.(*fault)
			return print(f != nil), ok
		}},
		{"Case[Stringer]", sel.Case(func(v fmt.Stringer) string { return fmt.Sprintf("%T", v) }), func(m any) (string, bool) {
			v, ok := m.(fmt.Stringer)
			return fmt.Sprintf("%T", v), ok
		}},
		{"Case[error]", sel.Case(func(v error) string { return fmt.Sprintf("%T", v) }), func(m any) (string, bool) {
			v, ok := m.(error)
			return fmt.Sprintf("%T", v), ok
		}},
		{"Equal(1)", sel.Map(sel.Equal(1), print[int]), func(m any) (string, bool) { i, ok := m.(int); return print(i), ok && i == 1 }},
		{"Equal(point)", sel.Map(sel.Equal(point{1, 2}), print[point]), func(m any) (string, bool) {
			p, ok := m.(point)
			return print(p), ok && p.x == 1 && p.y == 2
		}},
		{"Raw[int]", sel.Map(sel.Raw[int](), print[any]), typed[int]},
		{"Raw[error]", sel.Map(sel.Raw[error](), print[any]), func(m any) (string, bool) {
			_, ok := m.(error)
			return print(m), ok
		}},
		{"RawDeliverable[error]", sel.Map(sel.RawDeliverable[error](), print[any]), func(m any) (string, bool) {
			_, ok := m.(error)
			return print(m), ok || m == nil
		}},
		{"Except()", sel.Map(sel.Except(), print[any]), func(m any) (string, bool) { return print(m), true }},
		{"Except(string, Stringer)", sel.Map(sel.Except(patterns(sel.Message[string](), sel.Case(fmt.Stringer.String))...), print[any]),
			func(m any) (string, bool) {
				_, text := m.(string)
				_, stringer := m.(fmt.Stringer)
				return print(m), !text && !stringer
			}},
		{"Except(Any)", sel.Map(sel.Except(patterns(sel.Case(print[any]), sel.Dynamic(short))...), print[any]), func(m any) (string, bool) {
			return "", false
		}},
		{"With(even)", sel.With(even), func(m any) (string, bool) {
			if i, ok := m.(int); ok {
				return even(i)
			}
			return "", false
		}},
		{"Dynamic(short)", sel.Dynamic(short), short},
	}
}

// draw makes a random selector.
func draw(t *rapid.T, depth int) specimen {
	kind := 0
	if depth > 0 {
		kind = rapid.IntRange(0, 5).Draw(t, "kind")
	}
	switch kind {
	case 1: // Or
		n := rapid.IntRange(0, 4).Draw(t, "alternatives")
		all := make([]specimen, n)
		selectors := make([]sel.MessageSelector[string], n)
		text := "Or("
		for i := range all {
			all[i] = draw(t, depth-1)
			selectors[i] = all[i].MessageSelector
			text += all[i].text + ","
		}
		return specimen{text + ")", sel.Or(selectors...), func(m any) (string, bool) {
			for _, s := range all {
				if v, ok := s.naive(m); ok {
					return v, true
				}
			}
			return "", false
		}}
	case 2: // Map
		s := draw(t, depth-1)
		f := drawFunc(t)
		return specimen{"Map(" + s.text + ")", sel.Map(s.MessageSelector, f), func(m any) (string, bool) {
			v, ok := s.naive(m)
			if !ok {
				return "", false
			}
			return f(v), true
		}}
	case 3: // Where
		s := draw(t, depth-1)
		keep := drawKeep(t)
		return specimen{s.text + ".Where", s.Where(keep), func(m any) (string, bool) {
			v, ok := s.naive(m)
			return v, ok && keep(v)
		}}
	case 4: // Both
		a, b := draw(t, depth-1), draw(t, depth-1)
		join := func(a, b string) string { return a + "&" + b }
		return specimen{"Both(" + a.text + "," + b.text + ")", sel.Both(a.MessageSelector, b.MessageSelector, join), func(m any) (string, bool) {
			v, left := a.naive(m)
			u, right := b.naive(m)
			return join(v, u), left && right
		}}
	case 5: // OneOf
		a, b := draw(t, depth-1), draw(t, depth-1)
		side := func(e sel.Either[string, string]) string {
			left, isLeft := e.Left()
			right, isRight := e.Right()
			switch {
			case isLeft && !isRight:
				return "left " + left
			case isRight && !isLeft:
				return "right " + right
			}
			return "not exactly one side"
		}
		return specimen{"OneOf(" + a.text + "," + b.text + ")", sel.Map(sel.OneOf(a.MessageSelector, b.MessageSelector), side), func(m any) (string, bool) {
			if v, ok := a.naive(m); ok {
				return "left " + v, true
			}
			v, ok := b.naive(m)
			return "right " + v, ok
		}}
	default:
		return rapid.SampledFrom(leaves()).Draw(t, "leaf")
	}
}

// drawFunc makes a random pure function.
func drawFunc(t *rapid.T) func(string) string {
	add := rapid.SampledFrom([]string{"", "x", "yy"}).Draw(t, "added")
	cut := rapid.IntRange(0, 2).Draw(t, "cut")
	return func(s string) string { return s[min(cut, len(s)):] + add }
}

// drawKeep makes a random predicate.
func drawKeep(t *rapid.T) func(string) bool {
	by := rapid.IntRange(1, 3).Draw(t, "divisor")
	return func(s string) bool { return len(s)%by == 0 }
}

// same demands that two selectors do the same with every message.
func same[T any](t require.TestingT, a, b sel.MessageSelector[T]) {
	for _, m := range messages {
		v, left := a.Match(m)
		u, right := b.Match(m)
		require.Equal(t, left, right, "message %#v", m)
		if left {
			require.Equal(t, v, u, "message %#v", m)
		}
	}
}
