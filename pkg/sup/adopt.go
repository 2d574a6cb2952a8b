package sup

import (
	"context"
	"runtime/debug"
	"time"

	"github.com/harkgo/hark/pkg/proc"
)

// Adopt is a child made of ordinary Go code. Its context is cancelled by the
// child's first interrupt (that is the first step of stopping it) or shutdown.
// What run returns, or its panic, is how the child ends, unless it was shut down.
//
// It counts as up at once. What can fail to start, such as a server whose port may be
// taken, is for [AdoptReady].
//
// The cause of the context's end (context.Cause) is the interrupt, or the reason
// of the shutdown. A run that returns it, or ctx.Err(), which stands for it, ends
// with it: normally, if it was asked to end. Any other error, also one that wraps
// these, is a crash.
// The context does not lead to a process: what run does with it, it does from
// outside. It has the child's logger, which zerolog.Ctx finds.
// It ends once, when run is to finish; [Finishing] is the context for what run does
// then, and ends with the second step.
//
// run is in a process of its own, which the child owns. So the child is there
// until run has returned, or is killed: what has not returned by then is listed by
// System.Abandoned until it does.
func Adopt(id string, run func(ctx context.Context) error) Child {
	if run == nil {
		return Child{ID: id}
	}
	return Worker(id, func(self *proc.Self[adopted]) error { return adopt(self, id, run) })
}

// AdoptReady is [Adopt] for code that calls ready once it has initialised, as
// [WorkerReady] is [Worker] for such a body: until then the next child is not
// started; to return before that, or to take longer than within (if that is above 0),
// is a failed start. It is the way to run an HTTP server:
//
//	func serve(ctx context.Context, ready func()) error {
//		listener, err := net.Listen("tcp", addr)
//		if err != nil {
//			return err // a failed start
//		}
//		server := &http.Server{
//			Handler:     handler,
//			BaseContext: func(net.Listener) context.Context { return sup.Finishing(ctx) },
//		}
//		defer server.Close() // cuts off who is left
//		server.RegisterOnShutdown(events.Close) // ends the streams, which Shutdown waits for
//		drained := make(chan error, 1)
//		stop := context.AfterFunc(ctx, func() { drained <- server.Shutdown(sup.Finishing(ctx)) })
//		defer stop()
//		ready()
//		if err := server.Serve(listener); err != http.ErrServerClosed {
//			return err // a crash
//		}
//		return <-drained
//	}
func AdoptReady(id string, within time.Duration, run func(ctx context.Context, ready func()) error) Child {
	if run == nil {
		return Child{ID: id}
	}
	return WorkerReady(id, within, func(self *proc.Self[adopted], ready func()) error {
		return adopt(self, id, func(ctx context.Context) error { return run(ctx, ready) })
	})
}

// Finishing is the context for what an adopted function does when its own context, or
// one derived from that, has ended: to finish. It ends with the second step of the
// stop, when the time to finish is over or a second signal comes, or else when the
// child has ended. Its cause is the reason of the shutdown. So
// server.Shutdown(sup.Finishing(ctx)) drains for as long as it may, and requests
// whose contexts derive from it live as long.
//
// It has the child's logger, but no values that ctx has been given since. Of a context
// that is not from an adopted function it is one with the same values that never ends.
func Finishing(ctx context.Context) context.Context {
	if f, ok := ctx.Value(finishingKey{}).(finishContext); ok {
		return f
	}
	return context.WithoutCancel(ctx)
}

type (
	// finishContext is a context that is found by those that derive from it.
	finishContext struct{ context.Context }
	finishingKey  struct{}
)

func (f finishContext) Value(key any) any {
	if key == (finishingKey{}) {
		return f
	}
	return f.Context.Value(key)
}

// adopt is the body of a child that is an adopted function.
func adopt(self *proc.Self[adopted], id string, run func(context.Context) error) error {
	ctx, cancel := context.WithCancelCause(finishContext{self.Log().WithContext(proc.Outside(self))})
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
}

// adopted is what nobody sends.
type adopted struct{}
