// Package lock is a small protocol for docs/testing-exhaustive.md: a lock whose holder gives
// it back by ending.
package lock

import (
	"slices"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// Acquire asks for the lock. It is granted in the order of asking.
type Acquire struct{ Who proc.Pid[Granted] }

// Granted is what is sent to who has the lock, from now on until its end.
type Granted struct{}

// Run is the body of a lock.
func Run(self *proc.Self[Acquire]) error {
	var queue []proc.Pid[Granted] // the first of them has it
	for {
		next, err := proc.Receive(self, sel.OneOf(sel.Message[Acquire](), sel.Message[proc.ProcessDown]()))
		if err != nil {
			return err
		}
		if ask, ok := next.Left(); ok {
			self.Monitor(ask.Who.ID)
			if queue = append(queue, ask.Who); len(queue) == 1 {
				ask.Who.Send(Granted{})
			}
			continue
		}
		down, _ := next.Right()
		at := slices.IndexFunc(queue, func(who proc.Pid[Granted]) bool { return who.ID == down.ID })
		if queue = slices.Delete(queue, at, at+1); at == 0 && len(queue) > 0 {
			queue[0].Send(Granted{})
		}
	}
}
