package sim

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The picture of a run has no room for more than a line, which is to say what has failed.
func TestHeadline(t *testing.T) {
	for text, want := range map[string]string{
		"":                             "",
		"it is late":                   "it is late",
		"it is late\nby a day":         "it is late",
		"left:":                        "left:",
		"left:\n    one":               "left: one",
		"left:\n    one\n    two\nx\n": "left: one two",
		"Not equal:\nexpected: 1\nactual  : 2\n\nDiff:": "Not equal: expected: 1 actual : 2",
	} {
		require.Equal(t, want, headline(text))
	}
	r := failing(t, func(s *Sim) { require.Equal(s, 1, 2) })
	require.Contains(t, r.String(), "FAILS: Not equal: expected: 1 actual : 2")
}

// Values have their addresses in what a failure says, which differ from run to run: they do not
// tell runs apart.
func TestHeadline_OfAddresses(t *testing.T) {
	for _, text := range []string{"it is:\n%p", "it is\n%p"} {
		r := failing(t, func(s *Sim) {
			idle[int](s.System(), "p")
			s.Settle()
			s.Fatalf(text, new(int))
		})
		require.Empty(t, r.doubt)
		require.NotNil(t, r.shrunk)
		again := r.check.repeat(r.recipe())
		require.Empty(t, again.doubt)
		require.True(t, sameFailure(r.outcome.failure, again.outcome.failure))
	}
}
