package server_test

import (
	"context"
	"sync/atomic"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/server"
)

// The idle time is never shorter than it is to be: also of a server that was so busy
// that nobody looked at the clock, and that has refused something since.
func TestV9_NeverEarly(t *testing.T) {
	harness.Production(t, func(w *harness.World) {
		const d = 128 * time.Millisecond // long enough to be a little late
		begun := time.Now()
		var last atomic.Int64
		idle := make(chan time.Duration, 100)
		pid, _ := start(w, w.Quiet(), describe(
			server.OnCall(func(*State, *Self, *Ask) (int, error) { last.Store(int64(time.Since(begun))); return 1, nil }),
			server.OnIdle(d, func(*State, *Self) error {
				idle <- time.Since(begun) - time.Duration(last.Load())
				return nil
			}),
		).Unhandled(server.RefuseQuietly))
		for range 8 {
			for range 2000 {
				_, err := server.Call(context.Background(), pid, new(Ask))
				require.NoError(w, err)
			}
			for range len(idle) { // of a machine that had other things to do
				<-idle
			}
			for i := range 5 {
				pid.Send(Red{i})
				time.Sleep(300 * time.Microsecond)
			}
			require.GreaterOrEqual(w, harness.Value(w, idle), d)
		}
	})
}
