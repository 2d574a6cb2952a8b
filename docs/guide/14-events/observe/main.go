package main

import (
	"fmt"

	"github.com/harkgo/hark/pkg/event"
	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sel"
)

// Rate is an event.
type Rate struct {
	Pair  string
	Cents int
}

// Order is what a trader accepts of others, and Move what it makes of events.
type (
	ToTrader interface{ toTrader() }
	Order    struct{ Report proc.ReplyTo[string] }
	Move     struct{ Cents int }
)

func (Order) toTrader() {}
func (Move) toTrader()  {}

// trader wants one pair, as messages of its own.
func trader(rates *event.Topic[Rate], ready chan<- bool) func(*proc.Self[ToTrader]) error {
	return func(self *proc.Self[ToTrader]) error {
		err := event.ObserveAs(rates, self.Pid(), func(r Rate) (ToTrader, bool) {
			return Move{r.Cents}, r.Pair == "EUR/USD"
		}, event.Last(1)) // begin with the present rate
		if err != nil {
			return err
		}
		ready <- true
		text := "moves:"
		for m, err := range self.Messages() {
			if err != nil {
				return err
			}
			switch m := m.(type) {
			case Move:
				text += fmt.Sprint(" ", m.Cents)
			case Order:
				m.Report.Reply(text)
			}
		}
		return nil
	}
}

func main() {
	proc.Main(func(self *proc.Self[string]) error {
		rates := event.New[Rate](self, event.Titled("rates"), event.Keep(1))
		rates.Publish(Rate{"EUR/USD", 108})

		ready := make(chan bool)
		pid := proc.Spawn(self, trader(rates, ready), proc.Titled("trader"))
		<-ready
		if err := rates.Observe(self); err != nil { // main wants all, as they are
			return err
		}
		rates.Publish(Rate{"EUR/GBP", 85})
		rates.Publish(Rate{"EUR/USD", 109})

		report, err := proc.Call(self, pid, func(r proc.ReplyTo[string]) ToTrader { return Order{r} })
		fmt.Println(report, err)
		for range 2 {
			rate, err := proc.Receive(self, sel.Message[Rate]())
			fmt.Println(rate, err)
		}

		fmt.Println("observers:", rates.Info().Observers)
		pid.Kill()
		fmt.Println("observers:", rates.Info().Observers)
		rates.Forget(self.ID())
		fmt.Println("observers:", rates.Info().Observers)
		return nil
	})
}
