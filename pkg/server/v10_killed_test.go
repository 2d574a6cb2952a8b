package server_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/harkgo/hark/internal/harness"
	"github.com/harkgo/hark/pkg/proc"
)

// What counts is whether the server has been killed, not what its reason is: a reason
// is passed on, and may be that of somebody who was.
func TestV10_TheReasonOfAKillIsNoKill(t *testing.T) {
	for name, end := range map[string]func(pid proc.Pid[Message]){
		"shutdown": func(pid proc.Pid[Message]) { pid.Shutdown(proc.ExitKilled{}) },
		"exit": func(pid proc.Pid[Message]) {
			pid.Send(Order(func(_ *State, self *Self) error { self.Exit(proc.ExitKilled{}); return nil }))
		},
	} {
		t.Run(name, func(t *testing.T) {
			harness.Everywhere(t, func(w *harness.World) {
				cleaned := make(chan bool, 1)
				pid, _ := start(w, w.System(), describe().Finally(func(_ *State, self *Self) { cleaned <- proc.Killed(self) }))
				end(pid)
				require.False(w, harness.Value(w, cleaned))
				require.Equal(w, proc.ExitKilled{}, harness.Ended(w, pid.ID))
			})
		})
	}
}
