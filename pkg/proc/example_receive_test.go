package proc_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// The first message that any alternative accepts is taken. All others stay where
// they are, in the order in which they came.
func ExampleReceive() {
	type urgent string
	_ = proc.Run(context.Background(), func(self *proc.Self[any]) error {
		for _, m := range []any{"post", 1, "papers", urgent("fire"), 2} {
			self.Pid().Send(m)
		}
		first, err := proc.Receive(self, sel.Message[urgent]())
		if err != nil {
			return err
		}
		number, err := proc.Receive(self, sel.Message[int]().Where(func(n int) bool { return n > 1 }))
		if err != nil {
			return err
		}
		fmt.Println(first, number)
		fmt.Println(self.Flush()...)
		return nil
	})
	// Output:
	// fire 2
	// post 1 papers
}

// Several kinds of messages at once: alternatives of one type T.
func ExampleReceive_or() {
	type celsius float64
	type fahrenheit float64
	degrees := sel.Or(
		sel.Case(func(c celsius) float64 { return float64(c) }),
		sel.Case(func(f fahrenheit) float64 { return (float64(f) - 32) / 1.8 }),
	)
	_ = proc.Run(context.Background(), func(self *proc.Self[any]) error {
		self.Pid().Send(fahrenheit(212))
		self.Pid().Send(celsius(37))
		for range 2 {
			d, err := proc.Receive(self, degrees)
			if err != nil {
				return err
			}
			fmt.Println(d)
		}
		return nil
	})
	// Output:
	// 100
	// 37
}

// After a timeout nothing was taken. With a limit of 0 the mailbox is looked at
// once.
func ExampleReceiveWithin() {
	_ = proc.Run(context.Background(), func(self *proc.Self[any]) error {
		self.Pid().Send("a string")
		_, err := proc.ReceiveWithin(self, time.Millisecond, sel.Message[int]())
		if timeout, ok := errors.AsType[proc.TimeoutInterrupt](err); ok {
			fmt.Println(timeout, errors.Is(err, context.DeadlineExceeded))
		}
		text, err := proc.ReceiveWithin(self, 0, sel.Message[string]())
		fmt.Println(text, err)
		return nil
	})
	// Output:
	// timed out after 1ms true
	// a string <nil>
}

// Waiting for a message that only one process can send: if that ends, so does
// the waiting. What it sent before it ended is received first.
func ExampleReceiveWithMonitor() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		boss := self.Pid()
		worker := proc.Spawn(self, func(*proc.Self[string]) error {
			boss.Send("half done")
			return nil // without a second report
		})
		for {
			report, err := proc.ReceiveWithMonitor(self, worker.ID, sel.Message[string]())
			if gone, ok := errors.AsType[proc.OtherProcessNotRunning](err); ok {
				fmt.Println("the worker has", gone.Reason)
				return nil
			}
			if err != nil {
				return err
			}
			fmt.Println(report)
		}
	})
	// Output:
	// half done
	// the worker has ended normally
}

// Self.Receive takes messages of the process's own type. What else is in the
// mailbox, here a ProcessDown, stays there.
func ExampleSelf_Receive() {
	_ = proc.Run(context.Background(), func(self *proc.Self[string]) error {
		_, down := proc.SpawnMonitor(self, func(*proc.Self[int]) error { return nil })
		self.Pid().Send("hello")
		text, err := self.Receive()
		if err != nil {
			return err
		}
		fmt.Println(text)
		end, err := proc.Receive(self, proc.SelectDown(down))
		fmt.Println(end.Reason, err)
		return nil
	})
	// Output:
	// hello
	// ended normally <nil>
}

// Messages receives again and again. An interrupt is one of its values: the loop
// may go on after it, or return it.
func ExampleSelf_Messages() {
	err := proc.Run(context.Background(), func(self *proc.Self[string]) error {
		adder := proc.Spawn(self, func(a *proc.Self[int]) error {
			sum := 0
			for n, err := range a.Messages() {
				if _, ok := errors.AsType[proc.NormalExitRequested](err); ok {
					break
				}
				if err != nil {
					return err
				}
				sum += n
				if n == 3 {
					a.ID().Interrupt(proc.NormalExitRequested{})
				}
			}
			fmt.Println("sum:", sum)
			return nil
		})
		for n := range 100 {
			adder.Send(n) // an interrupt comes before what is queued
		}
		_, err := proc.Join(self, adder.ID)
		return err
	})
	fmt.Println(err)
	// Output:
	// sum: 6
	// <nil>
}

// Flush empties the mailbox: messages of all types, in the order they came.
func ExampleProcess_Flush() {
	_ = proc.Run(context.Background(), func(self *proc.Self[any]) error {
		self.Pid().Send("one")
		self.Pid().Send(2)
		fmt.Println(self.Flush()...)
		fmt.Println(len(self.Flush()))
		return nil
	})
	// Output:
	// one 2
	// 0
}
