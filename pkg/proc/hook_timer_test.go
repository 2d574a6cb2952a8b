package proc_test

import (
	"testing"
	"time"

	"github.com/harkgo/hark/pkg/proc"
)

// Decided: the dead-letter hook may kill the owner of the timer whose message it
// is shown.
func TestDecided_HookMayKillTheOwnerOfATimer(t *testing.T) {
	everywhere(t, func(w *world) {
		var owner proc.ID
		s := w.system(proc.WithDeadLetters(func(proc.DeadLetter) { owner.Kill() }))
		dead := proc.Spawn(s, func(*proc.Self[int]) error { return nil })
		ended(w, dead.ID)
		begin := make(chan struct{})
		pid := proc.Spawn(s, func(self *proc.Self[int]) error {
			<-begin
			proc.SendEvery(self, time.Millisecond, dead, 1)
			_, err := self.Receive()
			return err
		})
		owner = pid.ID
		close(begin)
		ended(w, owner)
	})
}
