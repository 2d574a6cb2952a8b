package proc_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/proc"
)

// A link makes the crash of another process an interrupt of this one.
func ExampleProcess_Link() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		sensor := proc.Spawn(self, func(s *proc.Self[string]) error {
			order, err := s.Receive()
			if err != nil {
				return err
			}
			return errors.New(order)
		})
		if err := self.Link(sensor.ID); err != nil {
			return err // it has crashed already
		}
		sensor.Send("overheated")

		_, err := self.Receive()
		if crash, ok := errors.AsType[proc.LinkedProcessCrashed](err); ok {
			fmt.Println(crash.ID == sensor.ID, crash.Reason)
		}
		// After the end it makes no difference: the id keeps its reason.
		fmt.Println(self.Link(sensor.ID))
		return nil
	}, proc.WithLogger(zerolog.Nop()))
	// Output:
	// true unhandled error: overheated
	// linked process !2 crashed: unhandled error: overheated
}

// After Unlink no interrupt of that link comes, also not one that was queued.
func ExampleProcess_Unlink() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		pid := proc.SpawnLink(self, func(*proc.Self[string]) error { return errors.New("oops") })
		<-pid.Done() // its links have fired: the interrupt is queued
		self.Unlink(pid.ID)
		fmt.Println(self.Yield())
		return nil
	}, proc.WithLogger(zerolog.Nop()))
	// Output: <nil>
}

// A monitor tells the end of a process, once, as a message. It works for ids of
// processes that have ended, too.
func ExampleProcess_Monitor() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		pid := proc.Spawn(self, func(*proc.Self[string]) error { return errors.New("no route") })
		<-pid.Done()
		ref := self.Monitor(pid.ID)
		down, err := proc.Receive(self, proc.SelectDown(ref))
		fmt.Println(down.Reason, err)
		return nil
	}, proc.WithLogger(zerolog.Nop()))
	// Output: unhandled error: no route <nil>
}

// After Demonitor no ProcessDown of that monitor is received, also not one that
// was in the mailbox.
func ExampleProcess_Demonitor() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		pid, ref := proc.SpawnMonitor(self, func(*proc.Self[string]) error { return nil })
		<-pid.Done() // its ProcessDown is in the mailbox
		self.Demonitor(ref)
		_, err := proc.ReceiveWithin(self, 0, proc.SelectDown(ref))
		fmt.Println(err)
		return nil
	})
	// Output: timed out after 0s
}

// Of several monitors, SelectDown takes the ProcessDown of one.
func ExampleSelectDown() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		body := func(w *proc.Self[string]) error {
			text, err := w.Receive()
			if err != nil {
				return err
			}
			return proc.ExitNormallyWith{Detail: text}
		}
		a, downA := proc.SpawnMonitor(self, body)
		b, downB := proc.SpawnMonitor(self, body)
		a.Send("did the dishes")
		b.Send("swept the floor")
		for _, ref := range []proc.MonitorRef{downB, downA} { // in the order we like
			down, err := proc.Receive(self, proc.SelectDown(ref))
			if err != nil {
				return err
			}
			fmt.Println(down.Reason)
		}
		return nil
	})
	// Output:
	// ended normally: swept the floor
	// ended normally: did the dishes
}

// SelectDownOf is for those who know the process, not the monitor.
func ExampleSelectDownOf() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		pid := proc.Spawn(self, func(*proc.Self[string]) error { return nil })
		self.Monitor(pid.ID)
		down, err := proc.Receive(self, proc.SelectDownOf(pid.ID))
		fmt.Println(down.ID == pid.ID, err)
		return nil
	})
	// Output: true <nil>
}
