package sim

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// The run of any check of a test is repeated from its line; those before it do nothing.
func TestRepeat_ALaterCheckOfATest(t *testing.T) {
	checks := func(t *testing.T) (first, second *check) {
		tests.Delete(t) // as in another run of the program
		none := func(*Sim) { t.Error("a check that the line is not of runs") }
		return newCheck(t, none, nil), newCheck(t, func(s *Sim) { s.Errorf("bad") }, nil)
	}
	_, second := checks(t)
	r := second.sweep()
	require.NotNil(t, r)
	text := r.recipe().String()

	first, second := checks(t)
	first.replay(text)
	found, err := parseRecipe(text)
	require.NoError(t, err)
	require.Equal(t, second.id, found.check)
	require.Equal(t, "bad", second.repeat(found).outcome.failure.what)
	second.test.repeated = true // as replay does, which ends the test
}

// Of a test that the line is not of it is said that it has been skipped.
func TestRepeat_AnotherTest(t *testing.T) {
	line := newCheck(t, func(s *Sim) { s.Errorf("bad") }, nil).sweep().recipe().String()
	var other *testing.T
	t.Run("other", func(t *testing.T) {
		other = t
		for range 2 {
			newCheck(t, func(*Sim) { t.Error("it runs") }, nil).replay(line)
		}
		require.False(t, t.Skipped(), "before it is over")
	})
	require.True(t, other.Skipped())
}
