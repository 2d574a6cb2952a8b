package sup

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/pkg/proc"
)

// Those who have given up waiting for a key do not pile up.
func TestPool_ThoseWhoHaveGivenUpDoNotPileUp(t *testing.T) {
	var m member[int, int, int]
	for range 10_000 {
		m.awaitChange(&poolStart[int, int, int]{}) // nobody waits for its answer
		m.awaitStop(proc.ReplyTo[answer]{})
		require.LessOrEqual(t, len(m.waiting.starts), 8)
		require.LessOrEqual(t, len(m.waiting.stops), 8)
	}
}
