package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// source sends what it has, and crashes.
func source(to proc.Pid[int]) func(*proc.Self[string]) error {
	return func(*proc.Self[string]) error {
		for n := range 3 {
			to.Send(n)
		}
		return io.ErrUnexpectedEOF
	}
}

// drain handles what a crashed process had still sent. The interrupt of a link
// comes before any message; the ProcessDown of a monitor comes after all that the
// process has sent, also if the monitor is made after the end.
func drain(self *proc.Self[int], from proc.ID, handle func(int)) error {
	ref := self.Monitor(from)
	defer self.Demonitor(ref)
	rest := sel.OneOf(sel.Message[int](), proc.SelectDown(ref))
	for {
		got, err := proc.Receive(self, rest)
		if err != nil {
			return err
		}
		n, ok := got.Left()
		if !ok {
			return nil
		}
		handle(n)
	}
}

func main() {
	proc.Main(func(self *proc.Self[int]) error {
		pid := proc.SpawnLink(self, source(self.Pid()))
		<-pid.Done() // for this text: so that all has been sent
		for n, err := range self.Messages() {
			if crash, ok := errors.AsType[proc.LinkedProcessCrashed](err); ok {
				fmt.Println("crashed:", crash.Reason)
				return drain(self, crash.ID, func(n int) { fmt.Println("had sent", n) })
			}
			if err != nil {
				return err
			}
			fmt.Println("received", n)
		}
		return nil
	})
}
