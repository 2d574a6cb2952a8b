package sel_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"pgregory.net/rapid"

	"github.com/harkgo/hark/pkg/sel"
)

// law checks a law on random selectors a, b, c and functions f, g.
func law(t *testing.T, holds func(t *rapid.T, a, b, c sel.MessageSelector[string])) {
	t.Helper()
	rapid.Check(t, func(t *rapid.T) {
		holds(t, draw(t, 2).MessageSelector, draw(t, 2).MessageSelector, draw(t, 2).MessageSelector)
	})
}

// Every selector does what its parts, taken at their word, do.
func TestR1_SelectorsMeanWhatTheySay(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := draw(t, 4)
		for _, m := range messages {
			want, accepted := s.naive(m)
			got, ok := s.Match(m)
			require.Equal(t, accepted, ok, "%s of %#v", s.text, m)
			if ok {
				require.Equal(t, want, got, "%s of %#v", s.text, m)
			}
		}
	})
}

// Map of the identity is the identity.
func TestR1_MapIdentity(t *testing.T) {
	law(t, func(t *rapid.T, a, _, _ sel.MessageSelector[string]) {
		same(t, a, sel.Map(a, func(s string) string { return s }))
	})
}

// Mapping twice is mapping the composition, also through another type.
func TestR1_MapComposition(t *testing.T) {
	law(t, func(t *rapid.T, a, _, _ sel.MessageSelector[string]) {
		f, g := drawFunc(t), drawFunc(t)
		same(t, sel.Map(sel.Map(a, f), g), sel.Map(a, func(s string) string { return g(f(s)) }))
		same(t,
			sel.Map(sel.Map(a, func(s string) int { return len(s) }), func(n int) bool { return n > 2 }),
			sel.Map(a, func(s string) bool { return len(s) > 2 }))
	})
}

// Or is associative, however its alternatives are grouped.
func TestR1_OrAssociative(t *testing.T) {
	law(t, func(t *rapid.T, a, b, c sel.MessageSelector[string]) {
		same(t, sel.Or(sel.Or(a, b), c), sel.Or(a, sel.Or(b, c)))
		same(t, sel.Or(a, b, c), sel.Or(a, sel.Or(b, c)))
	})
}

// None is the unit of Or on both sides, and so are no alternatives and the zero value.
func TestR1_NoneIsTheUnitOfOr(t *testing.T) {
	none := sel.None[string]()
	same(t, none, sel.Or[string]())
	law(t, func(t *rapid.T, a, _, _ sel.MessageSelector[string]) {
		same(t, a, sel.Or(a))
		for _, unit := range []sel.MessageSelector[string]{none, sel.Or[string](), {}} {
			same(t, a, sel.Or(unit, a))
			same(t, a, sel.Or(a, unit))
			same(t, a, sel.Or(unit, a, unit))
		}
	})
}

// A selector beside itself changes nothing; of two that accept, the first wins.
func TestR1_TheFirstAlternativeWins(t *testing.T) {
	law(t, func(t *rapid.T, a, b, _ sel.MessageSelector[string]) {
		same(t, a, sel.Or(a, a))
		either := sel.Or(a, b)
		for _, m := range messages {
			v, left := a.Match(m)
			u, right := b.Match(m)
			got, ok := either.Match(m)
			require.Equal(t, left || right, ok)
			if left {
				require.Equal(t, v, got)
			} else if right {
				require.Equal(t, u, got)
			}
		}
	})
}

// Map distributes over Or. Where does not: it sees the value of the alternative that won.
func TestR1_MapDistributesOverOr(t *testing.T) {
	law(t, func(t *rapid.T, a, b, _ sel.MessageSelector[string]) {
		f := drawFunc(t)
		same(t, sel.Map(sel.Or(a, b), f), sel.Or(sel.Map(a, f), sel.Map(b, f)))
	})
	first := sel.Or(
		sel.Map(sel.Message[int](), func(int) string { return "first" }),
		sel.Map(sel.Message[int](), func(int) string { return "second" }),
	)
	no(t, first.Where(func(s string) bool { return s == "second" }), 1)
}

// Where(true) is the identity, Where(false) is None.
func TestR1_WhereTrueIdentity(t *testing.T) {
	law(t, func(t *rapid.T, a, _, _ sel.MessageSelector[string]) {
		same(t, a, a.Where(func(string) bool { return true }))
		same(t, sel.None[string](), a.Where(func(string) bool { return false }))
	})
}

// Where after Where keeps what both keep, and the second sees only what the first kept.
func TestR1_WhereComposition(t *testing.T) {
	law(t, func(t *rapid.T, a, _, _ sel.MessageSelector[string]) {
		p, q := drawKeep(t), drawKeep(t)
		same(t, a.Where(p).Where(q), a.Where(func(s string) bool { return p(s) && q(s) }))
		guarded := a.Where(p).Where(func(s string) bool {
			require.True(t, p(s), "a value that was not kept: %q", s)
			return q(s)
		})
		same(t, guarded, a.Where(q).Where(p))
	})
}

// Where looks at what Map made.
func TestR1_WhereAfterMap(t *testing.T) {
	law(t, func(t *rapid.T, a, _, _ sel.MessageSelector[string]) {
		f, keep := drawFunc(t), drawKeep(t)
		same(t, sel.Map(a, f).Where(keep), sel.Map(a.Where(func(s string) bool { return keep(f(s)) }), f))
	})
}

// Both accepts what both accept, and only then combines.
func TestR1_Both(t *testing.T) {
	type pair struct{ a, b string }
	law(t, func(t *rapid.T, a, b, _ sel.MessageSelector[string]) {
		combined := 0
		both := sel.Both(a, b, func(a, b string) pair { combined++; return pair{a, b} })
		for _, m := range messages {
			v, left := a.Match(m)
			u, right := b.Match(m)
			combined = 0
			got, ok := both.Match(m)
			require.Equal(t, left && right, ok, "message %#v", m)
			if ok {
				require.Equal(t, pair{v, u}, got, "message %#v", m)
			} else {
				require.Zero(t, combined, "combined without two values: %#v", m)
			}
		}
		first := func(v, _ string) string { return v }
		same(t, a, sel.Both(a, a, first))
		same(t, a, sel.Both(a, sel.Any(), func(v string, _ any) string { return v }))
		same(t, a, sel.Both(sel.Any(), a, func(_ any, v string) string { return v }))
		same(t, sel.None[string](), sel.Both(a, sel.None[string](), first))
		same(t, sel.None[string](), sel.Both(sel.None[string](), a, first))
	})
}

// OneOf tells which of two selectors of different types matched, the first one first.
func TestR1_OneOf(t *testing.T) {
	law(t, func(t *rapid.T, a, b, _ sel.MessageSelector[string]) {
		size := sel.Map(b, func(s string) int { return 100 + len(s) })
		either := sel.OneOf(a, size)
		for _, m := range messages {
			v, left := a.Match(m)
			n, right := size.Match(m)
			got, ok := either.Match(m)
			require.Equal(t, left || right, ok, "message %#v", m)
			if !ok {
				continue
			}
			gotLeft, isLeft := got.Left()
			gotRight, isRight := got.Right()
			require.Equal(t, left, isLeft, "message %#v", m)
			require.Equal(t, !left, isRight, "message %#v", m)
			if isLeft {
				require.Equal(t, v, gotLeft)
			} else {
				require.Equal(t, n, gotRight)
			}
		}
	})
}

// The zero value accepts nothing, alone and as a part of every other selector.
func TestR1_ZeroValueAcceptsNothing(t *testing.T) {
	var zero sel.MessageSelector[string]
	none := sel.None[string]()
	same(t, none, zero)
	same(t, none, zero.Where(func(string) bool { return true }))
	same(t, none, sel.Map(zero, func(s string) string { return s }))
	same(t, none, sel.Or(zero, zero))
	same(t, none, sel.Both(zero, sel.Any(), func(s string, _ any) string { return s }))
	same(t, sel.None[any](), sel.Map(sel.OneOf(zero, zero), func(e sel.Either[string, string]) any { return e }))
	law(t, func(t *rapid.T, a, _, _ sel.MessageSelector[string]) {
		right := func(e sel.Either[string, string]) string { v, _ := e.Right(); return v }
		same(t, a, sel.Map(sel.OneOf(zero, a), right))
	})
}
