package event_test

import (
	"context"
	"errors"
	"fmt"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/event"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// Payment is an event.
type Payment struct {
	Account string
	Amount  int
}

// inProcess runs an example as the main process of a system that logs nothing.
func inProcess(example func(self *proc.Self[string]) error) {
	if err := proc.Run(context.Background(), example, proc.WithLogger(zerolog.Nop())); err != nil {
		fmt.Println("failed:", err)
	}
}

// A process observes a topic and gets its events as messages, beside its own.
func Example() {
	inProcess(func(self *proc.Self[string]) error {
		payments := event.New[Payment](self, event.Titled("payments"))
		if err := payments.Observe(self); err != nil {
			return err
		}
		payments.Publish(Payment{"rent", 700})
		payments.Publish(Payment{"food", 20})
		for range 2 {
			p, err := proc.Receive(self, sel.Message[Payment]())
			if err != nil {
				return err
			}
			fmt.Println(p.Account, p.Amount)
		}
		return nil
	})
	// Output:
	// rent 700
	// food 20
}

// ToLedger is what a ledger accepts.
type ToLedger interface{ toLedger() }

// Paid is what becomes of a Payment on its way to a ledger, Print a question.
type (
	Paid  struct{ Payment }
	Print struct{ Done proc.ReplyTo[bool] }
)

func (Paid) toLedger()  {}
func (Print) toLedger() {}

// A process that has a message type of its own has events mapped to that: it then
// receives them with all else, in order. The function chooses, too: here, payments to one
// account.
func ExampleObserveAs() {
	inProcess(func(self *proc.Self[string]) error {
		payments := event.New[Payment](self)
		ledger := proc.Spawn(self, func(ledger *proc.Self[ToLedger]) error {
			sum := 0
			for m, err := range ledger.Messages() {
				switch m := m.(type) {
				case Paid:
					sum += m.Amount
				case Print:
					fmt.Println("rent:", sum)
					m.Done.Reply(true)
				}
				if err != nil {
					return err
				}
			}
			return nil
		})
		err := event.ObserveAs(payments, ledger, func(p Payment) (ToLedger, bool) {
			return Paid{p}, p.Account == "rent"
		})
		if err != nil {
			return err
		}
		payments.Publish(Payment{"rent", 700})
		payments.Publish(Payment{"food", 20})
		payments.Publish(Payment{"rent", 3})
		// What a process publishes and what it sends arrives in order.
		_, err = proc.Call(self, ledger, func(r proc.ReplyTo[bool]) ToLedger { return Print{r} })
		return err
	})
	// Output:
	// rent: 703
}

// A process can choose events without mapping them.
func ExampleWhere() {
	inProcess(func(self *proc.Self[string]) error {
		payments := event.New[Payment](self)
		large := event.Where(func(p Payment) bool { return p.Amount >= 100 })
		if err := event.ObserveAs(payments, proc.PidFor[Payment](self), large); err != nil {
			return err
		}
		payments.Publish(Payment{"food", 20})
		payments.Publish(Payment{"rent", 700})
		p, err := proc.Receive(self, sel.Message[Payment]())
		fmt.Println(p, err)
		return err
	})
	// Output:
	// {rent 700} <nil>
}

// Any mapping can be a function of an observer. Two topics of one type are told apart
// like this.
func ExampleMap() {
	inProcess(func(self *proc.Self[string]) error {
		type Refund struct{ Payment }
		payments, refunds := event.New[Payment](self), event.New[Payment](self)
		asRefund := event.Map(func(p Payment) Refund { return Refund{p} })
		if err := errors.Join(
			payments.Observe(self),
			event.ObserveAs(refunds, proc.PidFor[Refund](self), asRefund),
		); err != nil {
			return err
		}
		refunds.Publish(Payment{"food", 5})
		payments.Publish(Payment{"rent", 700})
		for range 2 {
			either, err := proc.Receive(self, sel.OneOf(sel.Message[Payment](), sel.Message[Refund]()))
			if err != nil {
				return err
			}
			if r, ok := either.Right(); ok {
				fmt.Println("back:", r.Amount)
			}
			if p, ok := either.Left(); ok {
				fmt.Println("paid:", p.Amount)
			}
		}
		return nil
	})
	// Output:
	// back: 5
	// paid: 700
}

// A process whose messages are events can be added by anybody who has its pid.
func ExampleTopic_Add() {
	inProcess(func(self *proc.Self[string]) error {
		payments := event.New[Payment](self)
		seen := make(chan struct{})
		printer := proc.Spawn(self, func(printer *proc.Self[Payment]) error {
			for p, err := range printer.Messages() {
				if err != nil {
					return err
				}
				fmt.Println(p.Account, p.Amount)
				seen <- struct{}{}
			}
			return nil
		})
		if err := payments.Add(printer); err != nil {
			return err
		}
		payments.Publish(Payment{"rent", 700})
		<-seen
		return nil
	})
	// Output:
	// rent 700
}

// Who comes late may ask for the last events. What follows comes after them, without a
// gap.
func ExampleLast() {
	inProcess(func(self *proc.Self[string]) error {
		rates := event.New[int](self, event.Keep(3))
		for rate := range 5 {
			rates.Publish(rate)
		}
		if err := rates.Observe(self, event.Last(2)); err != nil {
			return err
		}
		rates.Publish(5)
		for range 3 {
			rate, err := proc.Receive(self, sel.Message[int]())
			if err != nil {
				return err
			}
			fmt.Println(rate)
		}
		return nil
	})
	// Output:
	// 3
	// 4
	// 5
}

// When Forget has returned nothing more comes. What had come before is still there.
func ExampleTopic_Forget() {
	inProcess(func(self *proc.Self[string]) error {
		payments := event.New[Payment](self)
		if err := payments.Observe(self); err != nil {
			return err
		}
		payments.Publish(Payment{"rent", 700})
		payments.Forget(self.ID())
		payments.Publish(Payment{"food", 20})
		for { // drop what is there, too
			p, err := proc.ReceiveWithin(self, 0, sel.Message[Payment]())
			if err != nil {
				return nil
			}
			fmt.Println("not wanted any more:", p.Amount)
		}
	})
	// Output:
	// not wanted any more: 700
}

// A topic is closed when its owner has ended.
func ExampleTopic_TryPublish() {
	inProcess(func(self *proc.Self[string]) error {
		topics := make(chan *event.Topic[Payment], 1)
		_, ref := proc.SpawnMonitor(self, func(owner *proc.Self[string]) error {
			topics <- event.New[Payment](owner, event.Titled("payments"))
			return nil
		})
		payments := <-topics
		if _, err := proc.Receive(self, proc.SelectDown(ref)); err != nil {
			return err
		}
		err := payments.TryPublish(Payment{"rent", 700})
		fmt.Println(err)
		fmt.Println(errors.Is(err, event.ErrClosed))
		return nil
	})
	// Output:
	// publish on topic payments: the topic is closed
	// true
}
