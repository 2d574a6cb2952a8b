package main

import (
	"errors"
	"fmt"

	"github.com/harkgo/hark/pkg/proc"
)

// report is what a process would rather have done by another one.
func report(text string) func(*proc.Self[string]) error {
	return func(*proc.Self[string]) error {
		fmt.Println("reported by another process:", text)
		return nil
	}
}

// file has a text reported. Once the system is stopping nothing starts any more:
// the new process is dead already, and its reason says why.
func file(self *proc.Self[string], text string) {
	pid := proc.Spawn(self, report(text))
	if errors.Is(pid.Reason(), proc.ErrStopping) {
		fmt.Println("reported in person:", text)
	}
}

func clerk(self *proc.Self[string]) error {
	defer file(self, "the last one")
	for text, err := range self.Messages() {
		if err != nil {
			return err
		}
		file(self, text)
	}
	return nil
}

func main() {
	proc.Main(func(self *proc.Self[string]) error {
		pid := proc.Spawn(self, clerk, proc.Titled("clerk"))
		pid.Send("the first one")
		for self.System().Counters().Ended == 0 { // until that has been reported
			if err := self.Yield(); err != nil {
				return err
			}
		}
		return nil // the system stops, and shuts the clerk down
	})
}
