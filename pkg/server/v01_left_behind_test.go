package server_test

import (
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/server"
)

// Nor does one that is shut down, or killed, while it waits for a start, leave a
// server behind of which nobody has the pid.
func TestV1_WhoEndsLeavesNothing(t *testing.T) {
	for name, end := range map[string]func(proc.ID){
		"shutdown": func(id proc.ID) { id.Shutdown(proc.ExitNormally{}) },
		"kill":     proc.ID.Kill,
	} {
		for how, derived := range map[string]func(context.Context) (context.Context, context.CancelFunc){
			"self": context.WithCancel,
			"a context": func(ctx context.Context) (context.Context, context.CancelFunc) {
				return context.WithTimeout(ctx, time.Hour)
			},
		} {
			t.Run(name+" "+how, func(t *testing.T) {
				harness.Everywhere(t, func(w *harness.World) {
					s := w.System()
					begun := make(chan proc.ID, 1)
					of := server.New(func(_ *State, self *Self, _ *Trace) error {
						begun <- self.ID()
						return self.Sleep(time.Hour)
					}, server.On((*State).order))
					parent := proc.Spawn(s, func(self *proc.Self[string]) error {
						ctx, cancel := derived(self)
						defer cancel()
						_, err := of.Start(ctx, s, new(Trace))
						return err
					})
					id := harness.Value(w, begun)
					w.Settle()
					end(parent.ID)
					require.Equal(w, proc.ExitNormallyWith{Detail: "nobody waits for its start any more"}, harness.Ended(w, id))
				})
			})
		}
	}
}
