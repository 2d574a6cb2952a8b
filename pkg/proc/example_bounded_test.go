package proc_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/proc"
)

// A bounded mailbox that is full refuses what is sent: TrySend says so, and Send
// makes it a dead letter.
func ExampleBounded() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		open := make(chan struct{})
		shop := proc.Spawn(self, func(s *proc.Self[string]) error {
			<-open
			for range 2 {
				customer, err := s.Receive()
				if err != nil {
					return err
				}
				fmt.Println("served", customer)
			}
			return nil
		}, proc.Bounded(2, proc.Reject))

		for _, customer := range []string{"Ada", "Bob", "Cem"} {
			if err := shop.TrySend(customer); errors.Is(err, proc.ErrMailboxFull) {
				fmt.Println("no room for", customer)
			}
		}
		close(open)
		_, err := proc.Join(self, shop.ID)
		return err
	})
	// Output:
	// no room for Cem
	// served Ada
	// served Bob
}

// DropOldest keeps what is new, for example of a measurement.
func ExampleBounded_dropOldest() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		begin := make(chan struct{})
		display := proc.Spawn(self, func(d *proc.Self[int]) error {
			<-begin
			degrees, err := d.Receive()
			if err != nil {
				return err
			}
			fmt.Println(degrees)
			return nil
		}, proc.Bounded(1, proc.DropOldest))
		for _, degrees := range []int{20, 21, 22} {
			display.Send(degrees)
		}
		close(begin)
		_, err := proc.Join(self, display.ID)
		fmt.Println(self.System().Counters().DeadLetters)
		return err
	})
	// Output:
	// 22
	// map[dropped to make room:2]
}

// SendContext waits for room: a slow receiver slows its senders down.
func ExamplePid_SendContext() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		printer := proc.Spawn(self, func(p *proc.Self[int]) error {
			for range 4 {
				n, err := p.Receive()
				if err != nil {
					return err
				}
				fmt.Println(n)
			}
			return nil
		}, proc.Bounded(1, proc.Reject))
		for n := range 4 {
			if err := printer.SendContext(self, n); err != nil {
				return err
			}
		}
		_, err := proc.Join(self, printer.ID)
		return err
	})
	// Output:
	// 0
	// 1
	// 2
	// 3
}

// TrySend also tells that the process has ended, and why.
func ExamplePid_TrySend() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		pid := proc.Spawn(self, func(*proc.Self[string]) error { return errors.New("gone fishing") })
		<-pid.Done()
		fmt.Println(pid.TrySend("hello?"))
		return nil
	}, proc.WithLogger(zerolog.Nop()))
	// Output: process !2 is not running: unhandled error: gone fishing
}
