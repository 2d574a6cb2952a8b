package sup_test

import (
	"context"
	"math"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// invalidChildren are children that make no sense, with what is wrong with them.
// They are called x.
func invalidChildren(c *cast) map[string]struct {
	field string
	child sup.Child
} {
	type row = struct {
		field string
		child sup.Child
	}
	ok := c.child("x")
	return map[string]row{
		"no start":                {"", sup.Child{ID: "x"}},
		"no body":                 {"", sup.Worker[string]("x", nil)},
		"no ready body":           {"", sup.WorkerReady[string]("x", 0, nil)},
		"nothing to adopt":        {"", sup.Adopt("x", nil)},
		"negative within":         {"within", c.childWithin("x", -time.Second)},
		"unknown restart":         {"Restart", adjusted(ok, restart(3))},
		"negative restart":        {"Restart", adjusted(ok, restart(-1))},
		"significant, permanent":  {"Significant", adjusted(adjusted(ok, significant), restart(sup.Permanent))},
		"significant, never":      {"Significant", adjusted(adjusted(ok, significant), restart(sup.Transient))},
		"temporary, significant":  {"Significant", adjusted(adjusted(ok, significant), restart(sup.Temporary))},
		"nested: strategy":        {"Strategy", sup.Supervisor("x", sup.Spec{Strategy: 3})},
		"nested: factor":          {"Backoff.Factor", sup.Supervisor("x", sup.Spec{Backoff: sup.Backoff{Factor: 0.5}})},
		"nested: negative period": {"Period", sup.Supervisor("x", sup.Spec{Period: -1})},
	}
}

// invalidSpecs are descriptions whose own fields make no sense.
var invalidSpecs = map[string]struct {
	field string
	spec  sup.Spec
}{
	"strategy":          {"Strategy", sup.Spec{Strategy: 3}},
	"negative strategy": {"Strategy", sup.Spec{Strategy: -1}},
	"auto-shutdown":     {"AutoShutdown", sup.Spec{AutoShutdown: 3}},
	"period":            {"Period", sup.Spec{Period: -time.Second}},
	"first":             {"Backoff.First", sup.Spec{Backoff: sup.Backoff{First: -1}}},
	"max":               {"Backoff.Max", sup.Spec{Backoff: sup.Backoff{First: 1, Max: -1}}},
	"factor below 1":    {"Backoff.Factor", sup.Spec{Backoff: sup.Backoff{First: 1, Factor: 0.99}}},
	"negative factor":   {"Backoff.Factor", sup.Spec{Backoff: sup.Backoff{First: 1, Factor: -2}}},
	"factor no number":  {"Backoff.Factor", sup.Spec{Backoff: sup.Backoff{First: 1, Factor: math.NaN()}}},
	"jitter above 1":    {"Backoff.Jitter", sup.Spec{Backoff: sup.Backoff{First: 1, Jitter: 1.01}}},
	"negative jitter":   {"Backoff.Jitter", sup.Spec{Backoff: sup.Backoff{First: 1, Jitter: -0.1}}},
	"jitter no number":  {"Backoff.Jitter", sup.Spec{Backoff: sup.Backoff{First: 1, Jitter: math.NaN()}}},
}

// Decided: the whole description is checked before anything starts; what is
// wrong is told with the child and the field.
func TestDecided_InvalidSpecs(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		k := newKeeper(w, w.System())
		refused := func(what, child, field string, err error) {
			w.Helper()
			invalid := as[sup.InvalidSpec](w, err)
			require.Equal(w, child, invalid.Child, what)
			if field != "" {
				require.Equal(w, field, invalid.Field, what)
			}
			require.NotEmpty(w, invalid.Field, what)
			require.NotEmpty(w, invalid.Problem, what)
			for _, text := range []string{invalid.Child, invalid.Field, invalid.Problem} {
				require.ErrorContains(w, err, text, what)
			}
		}
		before := spawned(w)
		for what, r := range invalidSpecs {
			r.spec.Children = c.children("a, b")
			refused(what, "", r.field, harness.Value(w, k.begin(r.spec)).err)
			nested := sup.Spec{Children: []sup.Child{c.child("a"), sup.Supervisor("n", r.spec)}}
			refused(what, "n", r.field, harness.Value(w, k.begin(nested)).err)
			nested = sup.Spec{Children: []sup.Child{c.child("a"), sup.Supervisor("m", nested)}}
			refused(what, "m/n", r.field, harness.Value(w, k.begin(nested)).err)
			refused(what, "m/n", r.field, harness.Do(w, k.Pid, func(self *proc.Self[order]) error { return sup.Run(self, nested) }))
		}
		for what, r := range invalidChildren(c) {
			spec := sup.Spec{Children: []sup.Child{c.child("a"), r.child}}
			refused(what, "x", r.field, harness.Value(w, k.begin(spec)).err)
			spec = sup.Spec{Children: []sup.Child{c.child("a"), sup.Supervisor("n", spec)}}
			refused(what, "n/x", r.field, harness.Value(w, k.begin(spec)).err)
		}
		permanent := sup.Spec{AutoShutdown: sup.AnySignificant, Children: c.children("a, x", significant)}
		permanent.Children[0].Significant = false
		refused("significant, permanent, with auto-shutdown", "x", "Significant", harness.Value(w, k.begin(permanent)).err)
		twice := sup.Spec{Children: c.children("a, x, b, x")}
		refused("twice", "x", "ID", harness.Value(w, k.begin(twice)).err)
		refused("twice", "n/x", "ID", harness.Value(w, k.begin(sup.Spec{Children: []sup.Child{c.child("a"), sup.Supervisor("n", twice)}})).err)
		require.Equal(w, before, spawned(w), "something was started")
		require.Empty(w, c.diary())
		k.undisturbed()
	})
}

// spawned is how many processes there have been.
func spawned(w *world) (n uint64) {
	for _, s := range w.Systems() {
		n += s.Counters().Spawned
	}
	return n
}

// Decided: empty ids are refused.
func TestDecided_EmptyIDs(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		k := newKeeper(w, w.System())
		for _, spec := range []sup.Spec{
			{Children: []sup.Child{c.child("a"), c.child("")}},
			{Children: []sup.Child{c.child("a"), sup.Supervisor("n", sup.Spec{Children: []sup.Child{c.child("")}})}},
			{Children: []sup.Child{c.child("a"), sup.Supervisor("", sup.Spec{})}},
		} {
			require.Equal(w, "ID", as[sup.InvalidSpec](w, harness.Value(w, k.begin(spec)).err).Field)
		}
		require.Empty(w, c.diary())
		ref := k.start(sup.Spec{})
		_, err := ref.StartChild(context.Background(), c.child(""))
		require.Equal(w, "ID", as[sup.InvalidSpec](w, err).Field)
	})
}

// The same goes for what StartChild adds; the supervisor goes on.
func TestDecided_StartChildChecksTheDescription(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c, ctx := newCast(w), context.Background()
		ref := start(w, sup.Spec{Children: c.children("a")})
		before := spawned(w)
		for what, r := range invalidChildren(c) {
			_, err := ref.StartChild(ctx, r.child)
			invalid := as[sup.InvalidSpec](w, err)
			require.Equal(w, "x", invalid.Child, what)
			if r.field != "" {
				require.Equal(w, r.field, invalid.Field, what)
			}
		}
		for what, r := range invalidSpecs {
			_, err := ref.StartChild(ctx, sup.Supervisor("n", sup.Spec{Children: []sup.Child{sup.Supervisor("m", r.spec)}}))
			invalid := as[sup.InvalidSpec](w, err)
			require.Equal(w, "n/m", invalid.Child, what)
			require.Equal(w, r.field, invalid.Field, what)
		}
		_, err := ref.StartChild(ctx, sup.Supervisor("n", sup.Spec{Children: c.children("x, x")}))
		require.Equal(w, "n/x", as[sup.InvalidSpec](w, err).Child)
		require.Equal(w, before, spawned(w))
		require.Equal(w, words("a running"), list(w, ref))
	})
}

// What makes sense though it looks odd is accepted.
func TestDecided_ValidSpecs(t *testing.T) {
	harness.Everywhere(t, func(w *world) {
		c := newCast(w)
		for what, spec := range map[string]sup.Spec{
			"nothing":          {},
			"no children":      {Strategy: sup.OneForAll, AutoShutdown: sup.AllSignificant},
			"negative limits":  {Intensity: -5, Children: c.children("a", stop(sup.Stop{Finish: -1, Cleanup: -7}))},
			"no limit":         {Children: c.children("b", stop(sup.Stop{Finish: sup.NoLimit, Cleanup: sup.NoLimit}))},
			"full jitter":      {Backoff: sup.Backoff{First: 1, Factor: 1, Jitter: 1}},
			"max below first":  {Backoff: sup.Backoff{First: 2, Max: 1}},
			"same id, nested":  {Children: []sup.Child{c.child("d"), sup.Supervisor("n", sup.Spec{Children: c.children("d")})}},
			"significant ones": {AutoShutdown: sup.AnySignificant, Children: c.children("e", restart(sup.Transient), significant)},
		} {
			ref := start(w, spec)
			require.True(w, ref.Alive(), what)
			require.Len(w, statuses(w, ref), len(spec.Children), what)
		}
	})
}
