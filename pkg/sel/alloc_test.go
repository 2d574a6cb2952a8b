package sel_test

import (
	"fmt"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/sel"
)

// sink keeps results from being optimised away.
var sink struct {
	ok   bool
	n    int
	text string
	big  record
	any  any
	str  fmt.Stringer
}

type record struct{ a, b, c, d int }

// A selector built once matches without allocating, whether it accepts or not.
func TestAllocs_Matching(t *testing.T) {
	var (
		ints    = sel.Message[int]()
		small   = ints.Where(func(i int) bool { return i < 100_000 })
		equal   = sel.Equal(12_345)
		mapped  = sel.Map(ints, func(i int) int { return i + 1000 })
		arm     = sel.Case(func(i int) record { return record{a: i} })
		with    = sel.With(func(i int) (int, bool) { return i * 2, i > 1000 })
		dynamic = sel.Dynamic(func(m any) (int, bool) { i, ok := m.(int); return i, ok })
		records = sel.Message[record]()
		texts   = sel.Message[string]()
		iface   = sel.Message[fmt.Stringer]()
		or      = sel.Or(sel.Case(func(string) int { return 1 }), sel.Case(func(r record) int { return r.d }), small)
		nested  = sel.Or(or, sel.Or(sel.None[int](), sel.Map(or, func(i int) int { return i + 1000 }).Where(func(i int) bool { return i > 0 })))
		both    = sel.Both(ints, small, func(a, b int) int { return a + b })
		either  = sel.OneOf(texts, small)
		none    = sel.None[int]()

		everything = sel.Any()
	)
	matching := map[string]func(m any){
		"Message":   func(m any) { sink.n, sink.ok = ints.Match(m) },
		"Where":     func(m any) { sink.n, sink.ok = small.Match(m) },
		"Equal":     func(m any) { sink.n, sink.ok = equal.Match(m) },
		"Map":       func(m any) { sink.n, sink.ok = mapped.Match(m) },
		"Case":      func(m any) { sink.big, sink.ok = arm.Match(m) },
		"With":      func(m any) { sink.n, sink.ok = with.Match(m) },
		"Dynamic":   func(m any) { sink.n, sink.ok = dynamic.Match(m) },
		"struct":    func(m any) { sink.big, sink.ok = records.Match(m) },
		"string":    func(m any) { sink.text, sink.ok = texts.Match(m) },
		"interface": func(m any) { sink.str, sink.ok = iface.Match(m) },
		"Or":        func(m any) { sink.n, sink.ok = or.Match(m) },
		"nested":    func(m any) { sink.n, sink.ok = nested.Match(m) },
		"Both":      func(m any) { sink.n, sink.ok = both.Match(m) },
		"OneOf":     func(m any) { e, ok := either.Match(m); sink.n, _ = e.Right(); sink.ok = ok },
		"Any":       func(m any) { sink.any, sink.ok = everything.Match(m) },
		"None":      func(m any) { sink.n, sink.ok = none.Match(m) },
	}
	for name, match := range matching {
		for _, m := range []any{12_345, -99_999, 1 << 30, "text", record{1, 2, 3, 4}, celsius(20.5), point{1, 2}, nil} {
			require.Zero(t, testing.AllocsPerRun(100, func() { match(m) }), "%s of %#v", name, m)
		}
	}
}

// Writing sel.Message where it is used costs nothing either.
func TestAllocs_MessageInline(t *testing.T) {
	for _, m := range []any{12_345, "text", record{1, 2, 3, 4}, celsius(20.5), nil} {
		require.Zero(t, testing.AllocsPerRun(100, func() { sink.n, sink.ok = sel.Message[int]().Match(m) }), "%#v", m)
		require.Zero(t, testing.AllocsPerRun(100, func() { sink.big, sink.ok = sel.Message[record]().Match(m) }), "%#v", m)
		require.Zero(t, testing.AllocsPerRun(100, func() { sink.str, sink.ok = sel.Message[fmt.Stringer]().Match(m) }), "%#v", m)
	}
}
