package main

import (
	"fmt"

	"github.com/harkgo/hark/pkg/proc"
)

// session is a process with a helper of its own. It does nothing to end the
// helper, and need not: whatever happens to the session, that ends.
func session(helper chan<- proc.ID) func(*proc.Self[string]) error {
	return func(self *proc.Self[string]) error {
		pid := proc.Spawn(self, heartbeat, proc.Owned(), proc.Titled("heartbeat"))
		helper <- pid.ID
		order, err := self.Receive()
		if err != nil {
			return err
		}
		return fmt.Errorf("cannot %s", order)
	}
}

func heartbeat(self *proc.Self[string]) error {
	for _, err := range self.Messages() {
		if err != nil {
			return err
		}
	}
	return nil
}

func main() {
	proc.Main(func(self *proc.Self[string]) error {
		helpers := make(chan proc.ID, 1)
		for _, end := range []func(proc.Pid[string]){
			func(s proc.Pid[string]) { s.Send("fly") },
			func(s proc.Pid[string]) { s.Shutdown(proc.ExitNormallyWith{Detail: "logged out"}) },
			func(s proc.Pid[string]) { s.Kill() },
		} {
			s, ref := proc.SpawnMonitor(self, session(helpers), proc.Titled("session"))
			helper := <-helpers
			end(s)
			if _, err := proc.Receive(self, proc.SelectDown(ref)); err != nil {
				return err
			}
			// Who sees the session's end finds the helper ended, too.
			fmt.Println(helper.Alive(), helper.Reason())
		}
		return nil
	})
}
