package main

import (
	"fmt"

	"github.com/harkgo/hark/pkg/proc"
)

// Greet asks for a greeting to be sent to somebody who accepts texts.
type Greet struct {
	Name string
	To   proc.Pid[string]
}

// greeter is a body: the function that a process runs. What it remembers is in
// its variables, which nobody else can reach.
func greeter(self *proc.Self[Greet]) error {
	greeted := 0
	for {
		g, err := self.Receive() // waits for the next message
		if err != nil {
			return err // the process is asked to end
		}
		greeted++
		g.To.Send(fmt.Sprintf("hello, %s! You are number %d.", g.Name, greeted))
	}
}

func main() {
	proc.Main(func(self *proc.Self[string]) error {
		pid := proc.Spawn(self, greeter, proc.Titled("greeter"))
		for _, name := range []string{"Ada", "Joe"} {
			pid.Send(Greet{name, self.Pid()}) // does not wait
		}
		for range 2 {
			text, err := self.Receive()
			if err != nil {
				return err
			}
			fmt.Println(text)
		}
		fmt.Println(self.ID(), "is main,", pid.ID, "the greeter; alive:", pid.Alive())
		return nil // main ends, and with it everything else
	})
}
