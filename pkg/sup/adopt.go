package sup

import (
	"context"
	"runtime/debug"

	"github.com/harkgo/hark/pkg/proc"
)

// Adopt is a child made of ordinary Go code. Its context is cancelled by the
// child's first interrupt (that is the first step of stopping it) or shutdown.
// What run returns, or its panic, is how the child ends, unless it was shut down.
//
// The cause of the context's end (context.Cause) is the interrupt, or the reason
// of the shutdown. A run that returns it, or ctx.Err(), which stands for it, ends
// with it: normally, if it was asked to end. Any other error, also one that wraps
// these, is a crash.
// The context does not lead to a process: what run does with it, it does from
// outside.
// It ends once: of a shutdown that follows the interrupt run is not told. So what
// run does after the first needs a limit of its own, shorter than Stop.Finish.
//
// run is in a process of its own, which the child owns. So the child is there
// until run has returned, or is killed: what has not returned by then is listed by
// System.Abandoned until it does.
func Adopt(id string, run func(ctx context.Context) error) Child {
	if run == nil {
		return Child{ID: id}
	}
	return Worker(id, func(self *proc.Self[adopted]) error {
		ctx, cancel := context.WithCancelCause(proc.Outside(self))
		var (
			result error
			inner  proc.ID
		)
		defer func() {
			cancel(context.Cause(self))
			// Else its owner's end would limit it, by the system's stop timeout.
			self.AwaitEnd(inner, -1)
		}()
		pid, ref := proc.SpawnMonitor(self, func(*proc.Self[adopted]) error {
			// It ends normally, also by a panic: the child it is that crashes.
			defer func() {
				if value := recover(); value != nil {
					result = proc.ExitPanic{Value: value, Stack: string(debug.Stack())}
				}
			}()
			result = run(ctx)
			return nil
		}, proc.Owned(), proc.Titled(id+" (adopted)"))
		inner = pid.ID
		for {
			down, err := proc.Receive(self, proc.SelectDown(ref))
			if err != nil {
				cancel(err)
				continue
			}
			switch {
			case crashed(down.Reason): // by runtime.Goexit, or as it was not started
				return down.Reason
			case result != nil && result == ctx.Err():
				return context.Cause(ctx)
			}
			return result
		}
	})
}

// adopted is what nobody sends.
type adopted struct{}
