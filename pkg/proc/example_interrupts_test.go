package proc_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/proc"
)

// An interrupt is an error of a blocking operation. The process may handle it
// and carry on.
func ExampleID_Interrupt() {
	type reload struct{}
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		server := proc.Spawn(self, func(s *proc.Self[string]) error {
			for {
				message, err := s.Receive()
				if by, ok := errors.AsType[proc.InterruptedBy](err); ok && by.Value == (reload{}) {
					fmt.Println("reloading")
					continue
				}
				if err != nil {
					return err // not ours: end
				}
				fmt.Println(message)
			}
		})
		server.Interrupt(proc.InterruptedBy{Value: reload{}})
		server.Interrupt(proc.NormalExitRequested{})
		reason, err := proc.Join(self, server.ID)
		fmt.Println(reason)
		return err
	})
	// Output:
	// reloading
	// ended normally
}

// A shutdown ends the process at its next operation, at once if it is blocked in
// one. Deferred functions run; nothing in the process can stop it.
func ExampleID_Shutdown() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		worker := proc.Spawn(self, func(w *proc.Self[string]) error {
			defer fmt.Println("cleaning up")
			for {
				_, err := w.Receive()
				fmt.Println("never seen:", err) // a shutdown is no error: Receive does not return
			}
		})
		worker.Shutdown(proc.ExitNormallyWith{Detail: "no longer needed"})
		reason, err := proc.Join(self, worker.ID)
		fmt.Println(reason)
		return err
	})
	// Output:
	// cleaning up
	// ended normally: no longer needed
}

// Kill is for a process that does not answer. It is dead when Kill returns, and
// whoever waits for it knows; its goroutine ends at its next operation.
func ExampleID_Kill() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		proceed := make(chan struct{})
		stubborn := proc.Spawn(self, func(s *proc.Self[string]) error {
			<-proceed // no operation of the process: nothing can interrupt it
			return s.Yield()
		})
		stubborn.Kill()
		fmt.Println(stubborn.Alive(), stubborn.Reason())
		close(proceed)
		return nil
	}, proc.WithLogger(zerolog.Nop()))
	// Output: false killed
}

// A process is a context. It is cancelled by a shutdown or a kill, with the
// reason as cause, also while the process is blocked in something else than an
// operation of this package.
func ExampleProcess() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		reader := proc.Spawn(self, func(r *proc.Self[string]) error {
			block := func(ctx context.Context) error { // stands for a query, a request, ...
				<-ctx.Done()
				return context.Cause(ctx)
			}
			fmt.Println("gave up because:", block(r))
			return nil
		})
		reader.Shutdown(proc.ExitNormallyWith{Detail: "closing time"})
		_, err := proc.Join(self, reader.ID)
		return err
	})
	// Output: gave up because: ended normally: closing time
}

// Exit ends the process from wherever its code is.
func ExampleProcess_Exit() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		pid := proc.Spawn(self, func(p *proc.Self[string]) error {
			defer fmt.Println("deferred functions run")
			func() {
				p.Exit(proc.ExitNormallyWith{Detail: "all done"})
			}()
			panic("never reached")
		})
		reason, err := proc.Join(self, pid.ID)
		fmt.Println(reason)
		return err
	})
	// Output:
	// deferred functions run
	// ended normally: all done
}

// The three steps of ending a process: ask it to finish, make it clean up, kill
// it. AwaitEnd says when a step has sufficed.
func ExampleProcess_AwaitEnd() {
	end := func(self proc.Receiver, id proc.ID, finish, cleanUp time.Duration) proc.ShutdownReason {
		id.Interrupt(proc.NormalExitRequested{})
		if !self.AwaitEnd(id, finish) {
			id.Shutdown(proc.ExitNormallyWith{Detail: "did not finish in time"})
			if !self.AwaitEnd(id, cleanUp) {
				id.Kill()
			}
		}
		return id.Reason()
	}
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		polite := proc.Spawn(self, func(p *proc.Self[string]) error {
			_, err := p.Receive()
			return err
		})
		deaf := proc.Spawn(self, func(p *proc.Self[string]) error {
			for {
				_, _ = p.Receive() // ignores interrupts
			}
		})
		fmt.Println(end(self, polite.ID, time.Minute, time.Minute))
		fmt.Println(end(self, deaf.ID, time.Millisecond, time.Minute))
		return nil
	})
	// Output:
	// ended normally
	// ended normally: did not finish in time
}

// Sleep takes interrupts, as every blocking operation does.
func ExampleProcess_Sleep() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		self.ID().Interrupt(proc.InterruptedBy{Value: "the alarm clock"})
		fmt.Println(self.Sleep(time.Hour))
		fmt.Println(self.Sleep(time.Millisecond))
		return nil
	})
	// Output:
	// interrupted by the alarm clock
	// <nil>
}

// What a process ends with if it returns an interrupt.
func ExampleInterruptToExit() {
	for _, interrupt := range []proc.InterruptReason{
		proc.NormalExitRequested{},
		proc.TimeoutInterrupt{After: time.Second},
		proc.OtherProcessNotRunning{Reason: proc.ExitUnhandledError{Err: io.EOF}},
	} {
		exit := proc.InterruptToExit(interrupt)
		fmt.Printf("%T: %T, a %v\n", interrupt, exit, exit.Severity())
	}
	// Output:
	// proc.NormalExitRequested: proc.ExitNormally, a success
	// proc.TimeoutInterrupt: proc.ExitUnhandledError, a crash
	// proc.OtherProcessNotRunning: proc.ExitOtherProcessNotRunning, a crash
}

// Reasons are errors. However long the chain, errors.Is, errors.As and
// errors.AsType find the first cause in it.
func ExampleShutdownReason() {
	errQuery := fmt.Errorf("query: %w", io.ErrUnexpectedEOF)
	err := proc.Run(context.Background(), func(self *proc.Self[string]) error {
		proc.SpawnLink(self, func(middle *proc.Self[string]) error {
			proc.SpawnLink(middle, func(*proc.Self[string]) error { panic(errQuery) })
			_, err := middle.Receive()
			return err
		})
		_, err := self.Receive()
		return err
	}, proc.WithLogger(zerolog.Nop()))

	fmt.Println(errors.Is(err, io.ErrUnexpectedEOF))
	if panicked, ok := errors.AsType[proc.ExitPanic](err); ok {
		fmt.Println(panicked.Value, len(panicked.Stack) > 0)
	}
	// Output:
	// true
	// query: unexpected EOF true
}
