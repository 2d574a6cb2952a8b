package seam

import (
	"testing"

	"github.com/stretchr/testify/require"
)

// tracer is a simulation that is at a step, if the caller is one of its threads.
type tracer struct {
	step int
	mine bool
	seen []any
}

func (t *tracer) TraceOperation(how Progress, what any) (int, bool) {
	if t.mine {
		t.seen = append(t.seen, how, what)
	}
	return t.step, t.mine
}

// An operation is told to the one simulation whose thread performs it, as long as that is known.
func TestTraceOperation(t *testing.T) {
	require.Zero(t, TraceOperation(Called, 1))
	other, own := &tracer{step: 3}, &tracer{step: 7, mine: true}
	endOther, endOwn := Trace(other), Trace(own)
	require.Equal(t, 7, TraceOperation(Called, 1))
	endOther()
	require.Equal(t, 7, TraceOperation(Returned, "x"))
	endOwn()
	require.Zero(t, TraceOperation(Failed, 2))
	require.Empty(t, other.seen)
	require.Equal(t, []any{Called, 1, Returned, "x"}, own.seen)
}
