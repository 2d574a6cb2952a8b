package main

import (
	"errors"
	"fmt"

	"github.com/harkgo/hark/pkg/event"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
	"github.com/harkgo/hark/pkg/sup"
)

var clerkName = proc.NewName[string]("clerk")

// clerk crashes at what it cannot do.
func clerk(self *proc.Self[string]) error {
	order, err := self.Receive()
	if err != nil {
		return err
	}
	return errors.New("cannot " + order)
}

func main() {
	proc.Main(func(self *proc.Self[string]) error {
		news := event.New[sup.Event](self, event.Titled("supervision"))
		if err := news.Observe(self); err != nil {
			return err
		}
		tree, err := sup.Start(self, sup.Spec{
			Observe:  news.Publish,
			Children: []sup.Child{sup.Worker("clerk", clerk, proc.Registered(clerkName))},
		})
		if err != nil {
			return err
		}
		// Main waits for exactly the event that matters.
		started := sel.Message[sup.Event]().Where(func(e sup.Event) bool { return e.Kind == sup.ChildStarted })
		if _, err := proc.Receive(self, started); err != nil {
			return err
		}
		proc.Named(self, clerkName).Send("fly")
		for range 3 {
			e, err := proc.Receive(self, sel.Message[sup.Event]())
			if err != nil {
				return err
			}
			if e.Reason != nil {
				fmt.Printf("%s, %v: %v\n", e.Path, e.Kind, e.Reason)
			} else {
				fmt.Printf("%s, %v\n", e.Path, e.Kind)
			}
		}
		news.Forget(self.ID())
		return tree.Stop(self)
	})
}
