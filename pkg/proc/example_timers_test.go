package proc_test

import (
	"context"
	"fmt"
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// A timer is a message to the process itself. Here: whatever comes first.
func ExampleStartTimer() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		timer := proc.StartTimer(self, time.Millisecond)
		defer proc.CancelTimer(self, timer)
		first, err := proc.Receive(self, sel.OneOf(sel.Message[string](), proc.SelectTimer(timer)))
		if err != nil {
			return err
		}
		if text, ok := first.Left(); ok {
			fmt.Println("received", text)
		} else {
			fmt.Println("nobody wrote")
		}
		return nil
	})
	// Output: nobody wrote
}

// A message for later.
func ExampleSendAfter() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		proc.SendAfter(self, time.Millisecond, self.Pid(), "wake up")
		text, err := self.Receive()
		fmt.Println(text, err)
		return nil
	})
	// Output: wake up <nil>
}

// A message again and again, until the timer is cancelled or its process ends.
func ExampleSendEvery() {
	type tick struct{}
	_ = proc.Run(context.Background(), func(self *proc.Self[tick]) error {
		timer := proc.SendEvery(self, time.Millisecond, self.Pid(), tick{})
		for n := range 3 {
			if _, err := self.Receive(); err != nil {
				return err
			}
			fmt.Println("tick", n)
		}
		proc.CancelTimer(self, timer)
		return nil
	})
	// Output:
	// tick 0
	// tick 1
	// tick 2
}

// True is final: nothing of the timer will be received, even if its message was
// in the mailbox already.
func ExampleCancelTimer() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		timer := proc.SendAfter(self, 0, self.Pid(), "too late")
		_ = self.Sleep(time.Millisecond) // the message is queued by now, or will be soon
		fmt.Println(proc.CancelTimer(self, timer))
		fmt.Println(len(self.Flush()))
		fmt.Println(proc.CancelTimer(self, timer)) // it has been cancelled before
		return nil
	})
	// Output:
	// true
	// 0
	// false
}

// SelectTimer takes the message of one timer; another one's stays queued.
func ExampleSelectTimer() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		first := proc.StartTimer(self, time.Millisecond)
		second := proc.StartTimer(self, 2*time.Millisecond)
		elapsed, err := proc.Receive(self, proc.SelectTimer(second))
		fmt.Println(elapsed.Ref == second, err)
		elapsed, err = proc.Receive(self, proc.SelectTimer(first))
		fmt.Println(elapsed.Ref == first, err)
		return nil
	})
	// Output:
	// true <nil>
	// true <nil>
}
