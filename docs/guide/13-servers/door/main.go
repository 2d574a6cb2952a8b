package main

import (
	"context"
	"fmt"
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/server"
)

// The phases of a door.
const (
	locked server.Phase = "locked"
	barred server.Phase = "barred"
	open   server.Phase = "open"
)

type (
	// Code is a request to unlock: for a locked door.
	Code struct {
		server.Request[bool]
		Digits string
	}
	// Enter is a request to go through. It has an answer when the door is open.
	Enter struct {
		server.Request[string]
		Who string
	}
)

// Door is the state of a door.
type Door struct {
	code  string
	wrong int
}

func (d *Door) install(_ *proc.Self[any], code string) error { d.code = code; return nil }

func (d *Door) try(_ *proc.Self[any], c *Code) (bool, error) {
	if c.Digits != d.code {
		if d.wrong++; d.wrong == 3 {
			return false, server.To(barred)
		}
		return false, nil
	}
	return true, server.To(open)
}

func (d *Door) enter(_ *proc.Self[any], e *Enter) (string, error) {
	return e.Who + " goes in", nil
}

func (d *Door) forgive(*proc.Self[any]) error { d.wrong = 0; return server.To(locked) }

func (d *Door) shut(*proc.Self[any]) error { return server.To(locked) }

func (d *Door) bolt(*proc.Self[any], server.Phase) error {
	fmt.Println("the door is locked")
	return nil
}

var doors = server.New((*Door).install,
	server.In(locked,
		server.OnEnter((*Door).bolt),
		server.OnCall((*Door).try),
	),
	server.In(barred, server.OnTimeout(200*time.Millisecond, (*Door).forgive)),
	server.In(open,
		server.OnCall((*Door).enter),
		server.OnIdle(200*time.Millisecond, (*Door).shut),
	),
)

func main() {
	proc.Main(func(self *proc.Self[proc.TaskEnded[string]]) error {
		door, err := doors.Start(self, self, "1337")
		if err != nil {
			return err
		}
		// Ada asks to enter while the door is locked, and waits.
		proc.Go(self, func(ctx context.Context) (string, error) {
			return server.Call(ctx, door, &Enter{Who: "Ada"})
		}).Notify(self)
		try := func(digits string) {
			ok, err := server.Call(self, door, &Code{Digits: digits})
			fmt.Println(digits, ok, err)
		}
		try("0000")
		try("1111")
		try("2222")
		try("1337") // waits: the door is barred for a while
		entered, err := self.Receive()
		if err != nil {
			return err
		}
		fmt.Println(entered.Value)

		// A code is for a locked door: this one waits until nobody has come for a
		// while.
		try("1337")
		return nil
	})
}
