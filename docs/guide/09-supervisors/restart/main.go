package main

import (
	"fmt"
	"os"
	"strconv"

	"github.com/rs/zerolog"

	"github.com/harkgo/hark/pkg/log"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// Reading is what a meter adds up.
type Reading struct {
	Text  string
	Total proc.ReplyTo[int]
}

var meterName = proc.NewName[Reading]("meter")

// meter is an ordinary process. It knows nothing of supervisors: what it cannot
// deal with it returns, and so crashes.
func meter(self *proc.Self[Reading]) error {
	total := 0
	for r, err := range self.Messages() {
		if err != nil {
			return err
		}
		n, err := strconv.Atoi(r.Text)
		if err != nil {
			return fmt.Errorf("a reading after %d: %w", total, err)
		}
		total += n
		r.Total.Reply(total)
	}
	return nil
}

func run(self *proc.Self[string]) error {
	news := self.Pid()
	tree, err := sup.Start(self, sup.Spec{
		Children: []sup.Child{
			sup.Worker("meter", meter, proc.Registered(meterName)),
		},
		Observe: func(e sup.Event) { // must not block, and a send does not
			if e.Kind == sup.ChildStarted {
				news.Send(e.Path + " is up")
			}
		},
	})
	if err != nil {
		return err
	}
	pid := proc.Named(self, meterName) // whichever meter there is
	for _, texts := range [][]string{{"3", "4", "n/a"}, {"5"}} {
		up, err := self.Receive()
		if err != nil {
			return err
		}
		fmt.Println("-", up)
		for _, text := range texts {
			total, err := proc.Call(self, pid, func(r proc.ReplyTo[int]) Reading { return Reading{text, r} })
			if err == nil {
				fmt.Println("- total:", total)
			} // else the log says why
		}
	}
	children, err := tree.Children(self)
	if err != nil {
		return err
	}
	for _, c := range children {
		fmt.Printf("- %s: %v, %d restarts, last: %v\n", c.Child, c.State, c.Restarts, c.LastExit)
	}
	return tree.Stop(self)
}

func main() {
	logger := log.JSON(log.NewConsoleWriter(os.Stdout), log.WithoutTime()) // without the time, for this text
	proc.Main(run, proc.WithLogger(logger.Level(zerolog.InfoLevel)))
}
