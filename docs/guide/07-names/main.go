package main

import (
	"errors"
	"fmt"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// Square asks for a number's square.
type Square struct {
	N      int
	Answer proc.ReplyTo[int]
}

// calculator is a name: a text and a type. Made once, it is how everybody finds
// the process, whichever it is at the moment.
var calculator = proc.NewName[Square]("calculator")

func calculate(self *proc.Self[Square]) error {
	for q, err := range self.Messages() {
		if err != nil {
			return err
		}
		if q.N == 13 {
			panic("unlucky number")
		}
		q.Answer.Reply(q.N * q.N)
	}
	return nil
}

// keep runs a calculator, and another one whenever it crashes; but no more than
// most of them. It tells the news.
func keep(most int, news proc.Pid[string]) func(*proc.Self[string]) error {
	return func(self *proc.Self[string]) error {
		for range most {
			// Spawned, owned, registered and monitored in one step: there is no
			// moment at which a crash could be missed, or a name be left behind.
			_, ref := proc.SpawnMonitor(self, calculate,
				proc.Registered(calculator), proc.Owned(), proc.Titled("calculator"))
			news.Send("there is a calculator")
			down, err := proc.Receive(self, proc.SelectDown(ref))
			if err != nil {
				return err // asked to end; what it owns ends with it
			}
			if errors.Is(down.Reason, proc.ErrStopping) {
				return nil // the system is stopping: nothing starts any more
			}
			if down.Reason.Severity() == proc.ExitSuccess {
				return nil
			}
			news.Send(down.Reason.Error())
		}
		return errors.New("the calculator has crashed too often")
	}
}

func main() {
	proc.Main(func(self *proc.Self[string]) error {
		_, ended := proc.SpawnMonitor(self, keep(2, self.Pid()), proc.Titled("keeper"))
		pid := proc.Named(self, calculator) // looked up at each use
		square := func(n int) {
			answer, err := proc.Call(self, pid, func(r proc.ReplyTo[int]) Square { return Square{n, r} })
			fmt.Printf("%d: %d, %v\n", n, answer, err)
		}
		news := sel.OneOf(sel.Message[string](), proc.SelectDown(ended))

		n := 7
		for {
			got, err := proc.Receive(self, news)
			if err != nil {
				return err
			}
			if down, ok := got.Right(); ok {
				fmt.Println("the keeper has given up:", down.Reason)
				square(n)
				return nil
			}
			text, _ := got.Left()
			fmt.Println("news:", text)
			if text == "there is a calculator" {
				square(n)
				square(13)
				n++
			}
		}
	})
}
