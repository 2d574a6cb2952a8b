// Package till is a service for docs/testing-faults.md: it crashes, is started again by its
// supervisor, and goes on from its journal.
package till

import (
	"time"

	"github.com/harkgo/hark/pkg/proc"
	"github.com/harkgo/hark/pkg/sup"
)

// Payment is money that is to be paid out. Its ID is the same however often it is asked for.
type Payment struct {
	ID     string
	Amount int
}

// Pay asks a till for a payment. The reply is whether there is enough.
type Pay struct {
	Payment
	Reply proc.ReplyTo[bool]
}

// Journal is what a till has paid. It outlives the till, as the file does that it stands for.
type Journal struct {
	Opening int // what there was at the beginning
	Paid    []Payment
	Again   int // payments that were asked for after they had been written
}

// Left is what has not been paid.
func (j *Journal) Left() int {
	left := j.Opening
	for _, p := range j.Paid {
		left -= p.Amount
	}
	return left
}

// Append writes a payment, which takes time.
func (j *Journal) Append(self *proc.Self[Pay], p Payment) error {
	if err := self.Sleep(time.Millisecond); err != nil { // who is killed here has written nothing
		return err
	}
	j.Paid = append(j.Paid, p)
	return self.Sleep(time.Millisecond) // and here all of it
}

// Name is that of the till, whichever life it is in.
var Name = proc.NewName[Pay]("till")

// Supervised is a till that is started again when it crashes.
func Supervised(body func(*proc.Self[Pay]) error) sup.Spec {
	return sup.Spec{Children: []sup.Child{sup.Worker("till", body, proc.Registered(Name))}}
}

// Ask asks for a payment until it has an answer: a till that has crashed is soon back.
func Ask(self proc.Receiver, p Payment) (bool, error) {
	for {
		paid, err := proc.Call(self, proc.Named(self, Name), func(r proc.ReplyTo[bool]) Pay { return Pay{p, r} })
		if _, gone := err.(proc.OtherProcessNotRunning); !gone {
			return paid, err
		}
		if err := self.Sleep(10 * time.Millisecond); err != nil {
			return false, err
		}
	}
}
