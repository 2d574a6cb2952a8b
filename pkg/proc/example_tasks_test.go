package proc_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/harkgo/hark/pkg/proc"
)

// Blocking work, beside the process. The task's context ends with the process.
func ExampleGo() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		task := proc.Go(self, func(ctx context.Context) (int, error) {
			// A query, a download: whatever takes a context.
			return 6 * 7, ctx.Err()
		})
		answer, err := task.Await(self)
		fmt.Println(answer, err)
		return nil
	})
	// Output: 42 <nil>
}

// Several tasks at once. A panic of one is its error, and ends nothing else.
func ExampleTask_Await() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		var tasks []proc.Task[int]
		for n := range 3 {
			tasks = append(tasks, proc.Go(self, func(context.Context) (int, error) {
				return 12 / n, nil
			}))
		}
		for _, t := range tasks {
			n, err := t.Await(self)
			if panicked, ok := errors.AsType[proc.ExitPanic](err); ok {
				fmt.Println("panicked:", panicked.Value)
				continue
			}
			fmt.Println(n, err)
		}
		return nil
	})
	// Output:
	// panicked: runtime error: integer divide by zero
	// 12 <nil>
	// 6 <nil>
}

// A task reports by a message where the process has other things to do, too. It
// acts from outside: only the process's own goroutine may act as the process.
func ExampleGo_message() {
	type result struct {
		text string
		err  error
	}
	_ = proc.Run(context.Background(), func(self *proc.Self[result]) error {
		pid := self.Pid()
		proc.Go(self, func(ctx context.Context) (struct{}, error) {
			pid.Send(result{"fetched", ctx.Err()})
			return struct{}{}, nil
		})
		r, err := self.Receive()
		fmt.Println(r.text, r.err, err)
		return nil
	})
	// Output: fetched <nil> <nil>
}

// Outside is what to give to goroutines of one's own: a context that ends with
// the process, by which nobody can act as the process.
func ExampleOutside() {
	stopped := make(chan struct{})
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		ctx := proc.Outside(self)
		go func() {
			defer close(stopped)
			<-ctx.Done()
			fmt.Println(context.Cause(ctx))
		}()
		return nil
	})
	<-stopped
	// Output: ended normally
}
