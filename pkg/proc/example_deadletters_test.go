package proc_test

import (
	"context"
	"fmt"

	"github.com/harkgo/hark/pkg/proc"
)

// A message that nobody will receive is counted, and shown to the hook.
func ExampleWithDeadLetters() {
	show := func(letter proc.DeadLetter) {
		fmt.Printf("%v to %v: %s\n", letter.Message, letter.To, letter.Reason)
	}
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		pid := proc.Spawn(self, func(p *proc.Self[string]) error {
			text, err := p.Receive()
			fmt.Println("received", text)
			return err
		})
		pid.Send("one")
		<-pid.Done()
		pid.Send("two")
		return nil
	}, proc.WithDeadLetters(show))
	// Output:
	// received one
	// two to !2: process not running
}

// Dead letters are counted by reason, without a hook too.
func ExampleSystem_Counters() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		pid := proc.Spawn(self, func(*proc.Self[string]) error { return nil })
		<-pid.Done()
		pid.Send("too late")
		c := self.System().Counters()
		fmt.Println(c.Spawned, c.Ended, c.Crashed, c.DeadLetters["process not running"])
		return nil
	})
	// Output: 2 1 0 1
}
