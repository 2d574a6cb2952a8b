package main

import (
	"errors"
	"fmt"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

type (
	Floor int                 // somebody presses the button of a floor
	Alarm struct{}            // stop where you are
	Close struct{ By string } // the caretaker closes the lift
)

// ride is what a lift waits for when it waits for anything: alternatives that
// come out as one type. It is a value, made once.
var ride = sel.Or(
	sel.Case(func(f Floor) string { return fmt.Sprintf("to floor %d", int(f)) }),
	sel.Case(func(c Close) string { return "closed by " + c.By }),
)

// next waits for the next thing to do. An alarm comes before everything that is
// queued already.
func next(self *proc.Self[any]) (string, error) {
	_, err := proc.ReceiveWithin(self, 0, sel.Message[Alarm]()) // one look
	if err == nil {
		return "alarm!", nil
	}
	if _, none := errors.AsType[proc.TimeoutInterrupt](err); !none {
		return "", err
	}
	return proc.Receive(self, sel.Or(ride, sel.Case(func(Alarm) string { return "alarm!" })))
}

func main() {
	proc.Main(func(self *proc.Self[any]) error {
		lift := self.Pid()
		for _, m := range []any{Floor(3), "graffiti", Floor(-1), Close{"Ms Otis"}, Alarm{}} {
			lift.Send(m)
		}
		for range 2 {
			todo, err := next(self)
			if err != nil {
				return err
			}
			fmt.Println(todo)
		}

		// A predicate narrows a selector. It is asked about Floors only.
		below := sel.Message[Floor]().Where(func(f Floor) bool { return f < 0 })
		floor, err := proc.Receive(self, below)
		if err != nil {
			return err
		}
		fmt.Println("below ground:", int(floor))

		// Whichever comes first, each with its own type.
		either, err := proc.Receive(self, sel.OneOf(sel.Message[Close](), sel.Message[string]()))
		if err != nil {
			return err
		}
		if text, ok := either.Right(); ok {
			fmt.Println("on the wall:", text)
		}
		fmt.Println("still waiting:", self.Flush())
		return nil
	})
}
