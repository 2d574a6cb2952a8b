package server_test

import (
	"context"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/server"
)

// A thousand servers whose handlers are stuck in something that is not Hark's hold
// up no other server.
func TestV13_BlockedHandlersStarveNobody(t *testing.T) {
	harness.Everywhere(t, func(w *harness.World) {
		const n = 1000
		s := w.Quiet()
		of := describe(server.OnCall((*State).ask))
		stuck, open := make(chan struct{}, n), make(chan struct{})
		var all []proc.Pid[Message]
		for range n {
			pid, _ := start(w, s, of)
			all = append(all, pid)
			pid.Send(Order(func(*State, *Self) error { stuck <- struct{}{}; <-open; return server.Stop }))
		}
		for range n {
			harness.Value(w, stuck)
		}
		for range 100 {
			pid, _ := start(w, s, of)
			answer, err := server.Call(context.Background(), pid, new(Ask))
			require.NoError(w, err)
			require.Equal(w, 42, answer)
		}
		close(open)
		for _, pid := range all {
			require.Equal(w, proc.ExitNormally{}, harness.Ended(w, pid.ID))
		}
	})
}
