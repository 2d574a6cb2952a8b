package proc_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// Start waits until the new process says that it is up, or learns why it is not.
func ExampleStart() {
	ctx := context.Background()
	_ = proc.Run(ctx, func(self *proc.Self[string]) error {
		listener := func(port int) func(*proc.Self[string], proc.ReplyTo[string]) error {
			return func(self *proc.Self[string], up proc.ReplyTo[string]) error {
				if port < 1024 {
					return errors.New("not permitted")
				}
				up.Reply(fmt.Sprintf("listening on port %d", port))
				_, err := self.Receive()
				return err
			}
		}
		_, where, err := proc.Start(self, self, listener(8080))
		fmt.Println(where, err)
		_, _, err = proc.Start(self, self, listener(80))
		fmt.Println(err)
		return nil
	})
	// Output:
	// listening on port 8080 <nil>
	// process !3 is not running: unhandled error: not permitted
}

// A process that takes everything may refuse what it does not handle: whoever
// called with it learns so at once.
func ExampleRefuse() {
	type question struct{ reply proc.ReplyTo[int] }
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		deaf := proc.Spawn(self, func(self *proc.Self[question]) error {
			for {
				m, err := proc.Receive(self, sel.Except())
				if err != nil {
					return err
				}
				proc.Refuse(self, m)
			}
		})
		_, err := proc.Call(self, deaf, func(r proc.ReplyTo[int]) question { return question{r} })
		fmt.Println(errors.Is(err, proc.ErrRefused))
		return nil
	})
	// Output: true
}

// Notify is for a process that goes on receiving while a task works for it.
func ExampleTask_Notify() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		sum := proc.Go(self, func(context.Context) (int, error) { return 1 + 2, nil })
		sum.Notify(self)
		done, err := proc.Receive(self, sel.Message[proc.TaskEnded[int]]())
		if err != nil {
			return err
		}
		fmt.Println(done.Ref == sum.Ref, done.Value, done.Err)
		return nil
	})
	// Output: true 3 <nil>
}
