package main

import (
	"fmt"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// Order is what a kitchen accepts. The price is a reply of its own type.
type Order struct {
	Item  string
	Price proc.ReplyTo[int]
}

// Urgent is a message that main waits for by its type.
type Urgent string

func kitchen(self *proc.Self[Order]) error {
	prices := map[string]int{"tea": 2, "cake": 5}
	for order, err := range self.Messages() {
		if err != nil {
			return err
		}
		price, ok := prices[order.Item]
		if !ok {
			return fmt.Errorf("no %s today", order.Item)
		}
		order.Price.Reply(price)
	}
	return nil
}

func main() {
	proc.Main(func(self *proc.Self[any]) error {
		// A Pid[Order]: sending it anything else does not compile.
		orders := proc.SpawnLink(self, kitchen, proc.Titled("kitchen"))

		price, err := proc.Call(self, orders, func(r proc.ReplyTo[int]) Order { return Order{"tea", r} })
		if err != nil {
			return err
		}
		fmt.Println("tea costs", price)

		// Selective receive: the small talk stays where it is.
		self.Pid().Send("small talk")
		self.Pid().Send(Urgent("the milk boils over"))
		urgent, err := proc.Receive(self, sel.Message[Urgent]())
		if err != nil {
			return err
		}
		fmt.Println("first:", urgent)

		// The kitchen crashes. The link interrupts whatever main is waiting for.
		orders.Send(Order{Item: "caviar"})
		_, err = proc.Receive(self, sel.Message[Urgent]())
		fmt.Println("interrupted:", err)

		// An interrupt can be handled: main carries on.
		message, err := self.Receive()
		fmt.Println("then:", message, err)
		return nil
	})
}
