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
