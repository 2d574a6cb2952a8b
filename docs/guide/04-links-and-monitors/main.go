package main

import (
	"errors"
	"fmt"
	"io"

	"github.com/harkgo/hark/pkg/proc"
)

// reader reads until its source breaks.
func reader(to proc.Pid[string]) func(*proc.Self[string]) error {
	return func(*proc.Self[string]) error {
		to.Send("first line")
		return fmt.Errorf("reading the log: %w", io.ErrUnexpectedEOF)
	}
}

// parser cannot do without its reader: it links with it, and does not handle the
// interrupt.
func parser(self *proc.Self[string]) error {
	proc.SpawnLink(self, reader(self.Pid()), proc.Titled("reader"))
	for _, err := range self.Messages() {
		if err != nil {
			return err
		}
	}
	return nil
}

func main() {
	proc.Main(func(self *proc.Self[string]) error {
		// A monitor is for those who want to know: the end comes as a message.
		p, ref := proc.SpawnMonitor(self, parser, proc.Titled("parser"))
		down, err := proc.Receive(self, proc.SelectDown(ref))
		if err != nil {
			return err
		}
		fmt.Println("monitored:", down.Reason)
		fmt.Println("the first cause is known:", errors.Is(down.Reason, io.ErrUnexpectedEOF))

		// A link is for those who depend on it: a crash comes as an interrupt,
		// whatever one is waiting for. That it has crashed already makes no
		// difference, but that Link returns it.
		fmt.Println("linked:", self.Link(p.ID) != nil)

		// A normal end is no reason to interrupt anybody.
		proc.SpawnLink(self, func(*proc.Self[string]) error { return nil })
		q := proc.SpawnLink(self, func(*proc.Self[string]) error { panic("the cat on the keyboard") })
		_, err = self.Receive()
		crash, ok := errors.AsType[proc.LinkedProcessCrashed](err)
		if !ok {
			return err
		}
		fmt.Println("interrupted by the right one:", crash.ID == q.ID)
		fmt.Println("because of a", crash.Reason)
		return nil // handled: main ends normally
	})
}
