package proc_test

import (
	"context"
	"fmt"

	"github.com/harkgo/hark/pkg/proc"
)

// ToCounter is what a counter accepts: Add or Get.
type ToCounter interface{ toCounter() }

type Add int

type Get struct{ Reply proc.ReplyTo[int] }

func (Add) toCounter() {}
func (Get) toCounter() {}

// count is the body of a process that keeps a number. Nobody else can touch it,
// so that it needs no lock.
func count(self *proc.Self[ToCounter]) error {
	total := 0
	for message, err := range self.Messages() {
		if err != nil {
			return err // asked to end, or a process that it is linked to crashed
		}
		switch m := message.(type) {
		case Add:
			total += int(m)
		case Get:
			m.Reply.Reply(total)
		}
	}
	return nil
}

// A process with a state of its own, messages to it, and a call that asks it.
func Example() {
	err := proc.Run(context.Background(), func(self *proc.Self[string]) error {
		counter := proc.Spawn(self, count, proc.Titled("counter"))
		counter.Send(Add(40))
		counter.Send(Add(2))
		total, err := proc.Call(self, counter, func(r proc.ReplyTo[int]) ToCounter { return Get{r} })
		if err != nil {
			return err
		}
		fmt.Println("total:", total)
		return nil
	})
	fmt.Println("ended with:", err)
	// Output:
	// total: 42
	// ended with: <nil>
}
