package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// ToHub is what a hub accepts.
type ToHub interface{ toHub() }

type (
	// Subscribe asks the hub to send to a process, from now on.
	Subscribe struct {
		Who  string
		To   proc.Pid[string]
		Done proc.ReplyTo[int] // how many there are
	}
	// Publish sends to all who have subscribed.
	Publish struct{ Text string }
)

func (Subscribe) toHub() {}
func (Publish) toHub()   {}

var hubName = proc.NewName[ToHub]("hub")

// hub keeps in its memory who has subscribed. A hub that is started again knows
// nobody any more. (It does not notice when a subscriber ends. One that is to live
// long would monitor them: chapter 4.)
func hub(self *proc.Self[ToHub], ready func()) error {
	fmt.Println("hub: begins") // here it would read its settings, or open a port
	ready()                    // whoever starts after this can subscribe
	var subscribers []proc.Pid[string]
	for m, err := range self.Messages() {
		if err != nil {
			return err
		}
		switch m := m.(type) {
		case Subscribe:
			subscribers = append(subscribers, m.To)
			m.Done.Reply(len(subscribers))
		case Publish:
			if m.Text == "" {
				return errors.New("nothing to publish")
			}
			for _, s := range subscribers {
				s.Send(m.Text)
			}
		}
	}
	return nil
}

// screen subscribes when it starts, and only then: so it must be started again
// whenever the hub is.
func screen(id string) sup.Child {
	return sup.WorkerReady(id, 5*time.Second, func(self *proc.Self[string], ready func()) error {
		n, err := proc.Call(self, proc.Named(self, hubName), func(r proc.ReplyTo[int]) ToHub {
			return Subscribe{Who: id, To: self.Pid(), Done: r}
		})
		if err != nil {
			return err // a failed start
		}
		fmt.Printf("%s: is subscriber %d\n", id, n)
		ready()
		for _, err := range self.Messages() { // here it would show what it is sent
			if err != nil {
				fmt.Printf("%s: %v\n", id, err)
				return err
			}
		}
		return nil
	})
}

func run(self *proc.Self[string]) error {
	up := self.Pid()
	tree, err := sup.Start(self, sup.Spec{
		Strategy: sup.RestForOne,
		Children: []sup.Child{
			sup.WorkerReady("hub", 5*time.Second, hub, proc.Registered(hubName)),
			screen("hall"),
			screen("yard"),
		},
		Observe: func(e sup.Event) {
			if e.Kind == sup.ChildStarted && e.Path == "yard" {
				up.Send("all are up")
			}
		},
	})
	if err != nil {
		return err
	}
	if _, err := self.Receive(); err != nil {
		return err
	}

	fmt.Println("-- the hub crashes")
	proc.Named(self, hubName).Send(Publish{""})
	if _, err := self.Receive(); err != nil {
		return err
	}

	fmt.Println("-- the yard's screen crashes")
	children, err := tree.Children(self)
	if err != nil {
		return err
	}
	children[2].ID.Kill()
	if _, err := self.Receive(); err != nil {
		return err
	}

	fmt.Println("-- the service stops")
	return tree.Stop(self)
}

func main() {
	proc.Main(run, proc.WithLogger(zerolog.Nop()))
}
